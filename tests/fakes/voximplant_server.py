"""What a live server needs to take calls over Voximplant, and the platform that calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.live_server import PUBLIC, LiveServer, server_settings

from bot.settings import Settings
from emulators.voximplant import Platform

SECRET = "0123456789abcdefghijklmnop"


def voximplant_settings(data_dir: Path, **changes: Any) -> Settings:
    """Settings of a server that both carriers can call."""
    return server_settings(data_dir, voximplant_secret=SECRET, **changes)


def platform_for(live: LiveServer, **options: Any) -> Platform:
    """A platform whose scenario asks this server."""
    return Platform(SECRET, PUBLIC, connect_to=f"http://127.0.0.1:{live.port}", **options)
