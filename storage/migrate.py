"""Bringing a database to the newest schema, safely when several processes start at once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x766F6963  # any number that no other program on the same server takes
_alembic = threading.Lock()  # Alembic keeps its context in its modules: one upgrade a process at a time


def upgrade_blocking(engine: AsyncEngine, deadline_s: float) -> None:
    """Upgrade to the newest schema within `deadline_s`; runs a loop of its own, so call it in a thread.

    Args:
        engine: Not used by any other loop; disposed at the end.
        deadline_s: For everything, the wait for another process's migration included.
    """

    async def upgrade() -> None:
        try:
            async with asyncio.timeout(deadline_s), engine.connect() as connection, connection.begin():
                if connection.dialect.name == "postgresql":
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
                await connection.run_sync(_run)
        finally:
            await engine.dispose()

    with _alembic:
        asyncio.run(upgrade())


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
