"""Bringing a database to the newest schema, safely when several processes start at once."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x766F6963  # any number that no other program on the same server takes
_alembic = threading.Lock()  # Alembic keeps its context in its modules: one upgrade a process at a time


def upgrade_blocking(engine: AsyncEngine, file: Path | None, deadline_s: float) -> None:
    """Upgrade to the newest schema; runs a loop of its own, so call it in a thread.

    Args:
        engine: Not used by any other loop; disposed at the end.
        file: Of an SQLite database.
        deadline_s: For the wait for another process's migration, and then for this one.

    Raises:
        TimeoutError: After the deadline.
    """

    async def upgrade() -> None:
        try:
            async with asyncio.timeout(deadline_s), engine.connect() as connection, connection.begin():
                if connection.dialect.name == "postgresql":
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
                await connection.run_sync(_run)
        finally:
            await engine.dispose()

    with _alembic, _alone_with(file, deadline_s):
        asyncio.run(upgrade())


@contextmanager
def _alone_with(file: Path | None, deadline_s: float) -> Iterator[None]:
    """Keep other processes from migrating the same file.

    SQLite's own locks do not do that: turning a new file to WAL fails at once when another process
    has it open. The lock is on the directory, for a lock file of its own would have to stay forever.
    """
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        until_s = time.monotonic() + deadline_s
        while True:
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise TimeoutError from None
                time.sleep(0.02)
        yield
    finally:
        os.close(directory)


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
