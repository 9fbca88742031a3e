"""What a call process does while it waits, so that its caller does not wait for it."""

from __future__ import annotations

import contextlib

from bot.endpoints import stage_endpoints
from bot.settings import Settings
from pipelines.clients import tls_context
from pipelines.services import build_llm, build_stt, build_tts, understands
from pipelines.turns import TurnModels
from storage.database import Database
from storage.errors import StorageError
from tools.registry import discover


async def prepare(settings: Settings) -> None:
    """Imports and builds once what the first call would otherwise import and build while its caller listens.

    Args:
        settings: Names the database, whose absence here is no error: the call itself will tell.
    """
    tls_context()
    language = settings.default_language
    build_llm(stage_endpoints(settings, "llm"), "")
    for endpoint in stage_endpoints(settings, "stt"):
        if understands(endpoint, language):
            build_stt(endpoint, language)
    for endpoint in stage_endpoints(settings, "tts"):
        build_tts(endpoint, language)
    TurnModels.build()
    discover()
    database = Database.open(settings.database)
    try:
        with contextlib.suppress(StorageError):
            await database.ping()
    finally:
        await database.close()
