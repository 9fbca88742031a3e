"""What a call process does while it waits, so that its caller does not wait for it."""

from __future__ import annotations

import contextlib

from bot.settings import Settings
from pipelines.services import Endpoint, build_llm, build_stt, build_tts
from pipelines.turns import ClosingMute, phone_turns
from storage.database import Database
from storage.errors import StorageError
from tools.registry import discover

# Nothing is sent there: the services are made to have their libraries imported and TLS contexts built.
NOWHERE = Endpoint("http://127.0.0.1:9/v1", "none", "none")


async def prepare(settings: Settings) -> None:
    """Imports and builds once what the first call would otherwise import and build while its caller listens.

    Args:
        settings: Names the database, whose absence here is no error: the call itself will tell.
    """
    build_stt(NOWHERE, settings.default_language)
    build_llm(NOWHERE, "")
    build_tts(NOWHERE, settings.default_language)
    phone_turns(ClosingMute())
    discover()
    database = Database.open(settings.database)
    try:
        with contextlib.suppress(StorageError):
            await database.ping()
    finally:
        await database.close()
