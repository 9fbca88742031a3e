"""What is kept of calls is kept for so many days, and then really deleted: files and what points to them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loguru import logger

from bot.recording import FOLDER
from bot.settings import Settings
from storage.calls import forget_tapes
from storage.database import Database
from storage.dials import forget_unplaced
from storage.errors import StorageError

PAUSE_S = 3600.0


async def sweep(settings: Settings, database: Database, now: datetime) -> int:
    """Deletes recordings that are older than is allowed.

    Args:
        settings: How long they are kept, and where.
        database: Whose rows name them.
        now: Aware.

    Returns:
        How many files are gone.

    Raises:
        StorageError: the rows could not be changed; what is left is deleted the next time.
    """
    if not settings.recordings_keep_days:
        return 0
    before = now - timedelta(days=settings.recordings_keep_days)
    # Files first: a row that names a file which is gone does no harm, a file that no row names would be forgotten.
    deleted = await asyncio.to_thread(_delete_files, settings.data_dir / FOLDER, before.timestamp())
    await forget_tapes(database, before)
    # Orders that never became calls hold nothing but a number.
    await forget_unplaced(database, before)
    return deleted


def _delete_files(folder: Path, before: float) -> int:
    deleted = 0
    for path in folder.glob("*.wav") if folder.is_dir() else ():
        if path.stat().st_mtime < before:  # the end of the call: each piece of sound renews it
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


async def keep_swept(settings: Settings, database: Database, pause_s: float = PAUSE_S) -> None:
    """Sweeps now and each hour, until it is cancelled."""
    while True:
        try:
            deleted = await sweep(settings, database, datetime.now(UTC))
        except (OSError, StorageError) as exc:
            logger.error("old recordings not deleted", code=getattr(exc, "code", type(exc).__name__))
        else:
            if deleted:
                logger.info("old recordings deleted", files=deleted)
        await asyncio.sleep(pause_s)
