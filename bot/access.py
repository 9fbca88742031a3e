"""The key of /api."""

from __future__ import annotations

import os
import secrets

from bot.settings import Settings
from bot.stages import SettingsError

KEY_FILE = "api_key"


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
        key = secrets.token_urlsafe(24)
        with os.fdopen(fd, "w") as file:
            file.write(key + "\n")
        return key
    except OSError as exc:
        raise SettingsError(f"API_KEY: cannot keep a key in {path}: {exc.strerror}") from exc


def is_authorised(header: str | None, key: str) -> bool:
    """Whether an Authorization header is `Bearer <key>`; takes the same time for every wrong key."""
    scheme, _, given = (header or "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), key.encode())
