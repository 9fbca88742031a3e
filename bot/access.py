"""Who may use /api: keys with roles, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from loguru import logger
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.settings import Settings
from bot.stages import SettingsError

KEY_FILE = "api_key"
KEYS_FILE = "api_keys.json"
KEY_BYTES = 24
Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may: look, hold calls, delete."""
READING = {"GET", "HEAD", "OPTIONS"}


class KeyEntry(BaseModel):
    """One key as it is kept; a key has 192 random bits, so a fast hash gives nothing away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    made_at: datetime


ENTRIES = TypeAdapter(dict[str, KeyEntry])


@dataclass(frozen=True)
class Holder:
    """Whoever presented a key."""

    name: str
    role: Role

    def may(self, needed: Role) -> bool:
        """Whether this role does what `needed` does."""
        return ROLES.index(self.role) >= ROLES.index(needed)


def role_for(method: str) -> Role:
    """The role that an HTTP method needs, whatever the route: looking, acting, deleting."""
    if method in READING:
        return "viewer"
    return "admin" if method == "DELETE" else "operator"


def api_key(settings: Settings) -> str:
    """API_KEY, or a random one kept in the data directory, readable by its owner only.

    Raises:
        SettingsError: the file cannot be read or written.
    """
    given = settings.api_key.get_secret_value()
    if given:
        return given
    path = settings.data_dir / KEY_FILE
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_text(encoding="ascii").strip()
            if not key:
                raise SettingsError(f"API_KEY: {path} is empty; remove it or set API_KEY") from None
            return key
        key = secrets.token_urlsafe(KEY_BYTES)
        with os.fdopen(fd, "w") as file:
            file.write(key + "\n")
        return key
    except OSError as exc:
        raise SettingsError(f"API_KEY: cannot keep a key in {path}: {exc.strerror}") from exc


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class KeyFile:
    """The keys that `voice-agent keys` has made, by name.

    Args:
        data_dir: Folder that holds the file.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / KEYS_FILE

    def version(self) -> tuple[int, int] | None:
        """Changes with the file; None while there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def entries(self) -> dict[str, KeyEntry]:
        """What is kept; raises SettingsError if it is no list of keys."""
        try:
            return ENTRIES.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as exc:
            raise SettingsError(f"{self._path} is no list of keys; remove it and make the keys anew") from exc

    def add(self, name: str, role: Role) -> str:
        """Makes a key, which nobody can read again.

        Raises:
            SettingsError: the name is taken, or the file cannot be written.
        """
        entries = self.entries()
        if name in entries:
            raise SettingsError(f"a key named {name!r} exists; remove it first, or choose another name")
        key = secrets.token_urlsafe(KEY_BYTES)
        self._write({**entries, name: KeyEntry(role=role, sha256=_hash(key), made_at=datetime.now(UTC))})
        return key

    def remove(self, name: str) -> None:
        """Makes a key worthless at once; raises SettingsError if there is none of this name."""
        entries = self.entries()
        if entries.pop(name, None) is None:
            raise SettingsError(f"no key is named {name!r}; voice-agent keys list shows them")
        self._write(entries)

    def _write(self, entries: dict[str, KeyEntry]) -> None:
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(ENTRIES.dump_python(entries, mode="json"), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as exc:
            raise SettingsError(f"{self._path}: cannot be written: {exc.strerror}") from exc


class KeyRing:
    """Tells keys apart: API_KEY is an admin's, the others have the roles they were made with.

    Keys that are made or removed count from the next request on.

    Args:
        settings: API_KEY, and where the other keys are kept.

    Raises:
        SettingsError: a file of keys cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._own = KeyEntry(role="admin", sha256=_hash(api_key(settings)), made_at=datetime.now(UTC))
        self._file = KeyFile(settings.data_dir)
        self._version = self._file.version()
        self._entries = self._file.entries()

    def holder(self, header: str | None) -> Holder | None:
        """Whose key an Authorization header `Bearer <key>` holds; takes the same time for every wrong key."""
        scheme, _, given = (header or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        digest = _hash(given.strip())
        found = None
        for name, entry in {**self._current(), "API_KEY": self._own}.items():
            if secrets.compare_digest(digest, entry.sha256):
                found = Holder(name, entry.role)
        return found

    def _current(self) -> dict[str, KeyEntry]:
        version = self._file.version()
        if version != self._version:
            self._version = version
            try:
                self._entries = self._file.entries()
            except SettingsError as exc:
                self._entries = {}  # nobody gets in by a file that cannot be read
                logger.error("keys not read", reason=str(exc))
        return self._entries
