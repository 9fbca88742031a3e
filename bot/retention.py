"""What is kept of calls is kept for so many days, and then really deleted: files and what points to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loguru import logger

from bot.records.at_carrier import RemovalError, delete_at_carrier
from bot.records.removal import RECORDINGS, remove_records
from bot.settings import Settings
from storage.callbacks import forget_recording, recordings_before
from storage.calls import calls_ended_before, forget_tapes
from storage.database import Database
from storage.dials import forget_unplaced
from storage.errors import StorageError

PAUSE_S = 3600.0


@dataclass(frozen=True)
class Swept:
    """How much is gone."""

    recordings: int = 0
    calls: int = 0


async def sweep(settings: Settings, database: Database, now: datetime) -> Swept:
    """Deletes what is older than is allowed: recordings, and calls with their journals, orders and reports.

    Args:
        settings: How long they are kept, and where.
        database: Whose rows they are.
        now: Aware.

    Raises:
        StorageError, OSError, RemovalError: what is left is deleted the next time.
    """
    recordings = calls = 0
    if settings.recordings_keep_days:
        before = now - timedelta(days=settings.recordings_keep_days)
        # Files first: a row that names a file which is gone does no harm, a file that no row names would be forgotten.
        recordings = await asyncio.to_thread(_delete_files, settings.data_dir / RECORDINGS, before.timestamp())
        await forget_tapes(database, before)
        recordings += await _delete_at_carrier(settings, database, before)
        # Orders that never became calls hold nothing but a number.
        await forget_unplaced(database, before)
    if settings.calls_keep_days:
        before = now - timedelta(days=settings.calls_keep_days)
        while old := await calls_ended_before(database, before):
            calls += len((await remove_records(database, settings, old)).calls)
    return Swept(recordings, calls)


async def _delete_at_carrier(settings: Settings, database: Database, before: datetime) -> int:
    deleted = 0
    for recording in await recordings_before(database, before):
        deleted += await delete_at_carrier(settings, [recording])
        await forget_recording(database, recording)
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
            swept = await sweep(settings, database, datetime.now(UTC))
        except (OSError, StorageError, RemovalError) as exc:
            logger.error("old calls not deleted", code=getattr(exc, "code", type(exc).__name__))
        else:
            if swept != Swept():
                logger.info("old calls deleted", recordings=swept.recordings, calls=swept.calls)
        await asyncio.sleep(pause_s)
