"""Settings that can be used as they are: the embedded server runs where a stage is local, the tables exist."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bot.embedded_host import EmbeddedServer, Progress
from bot.settings import Settings
from storage.database import Database

STAGE_PARTS = {"stt": "stt", "tts": "tts"}


@asynccontextmanager
async def hosted(
    settings: Settings,
    *,
    parts: tuple[str, ...] = ("stt", "tts"),
    on_progress: Progress | None = None,
    uses_database: bool = True,
) -> AsyncIterator[Settings]:
    """The settings with the address of the embedded server, which lives at least as long as the block.

    Args:
        settings: Everything configured.
        parts: What must have loaded: `stt`, `tts`.
        on_progress: Told what is still loading.
        uses_database: Whether the configured database is brought to its newest schema; a rehearsal has its own.

    Raises:
        StorageError: the database cannot be used.
        EmbeddedError: the embedded server did not start, or a model is missing.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if uses_database:
        database = Database.open(settings.database)
        try:
            await database.migrate()
        finally:
            await database.close()
    if not settings.uses_local() or settings.embedded_url:
        yield settings
        return
    async with EmbeddedServer.join(settings.data_dir, extra_args=settings.embedded_args()) as server:
        if parts:
            await server.wait_ready(parts, on_progress)
        update = {"embedded_url": server.base_url, "embedded_key": SecretStr(server.api_key)}
        yield settings.model_copy(update=update)
