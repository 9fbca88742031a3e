"""Deletion of calls with everything that is kept of them."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.records.at_carrier import RemovalError, delete_at_carrier
from bot.settings import Settings
from storage.callbacks import recordings_of
from storage.database import Database
from storage.removal import remove_calls
from storage.tables import Call

RECORDINGS = "recordings"
ROWS = {
    "calls": ("call", "calls"),
    "call_event": ("journal entry", "journal entries"),
    "tool_effect": ("ledger entry", "ledger entries"),
    "callback": ("report of the carrier", "reports of the carrier"),
    "dial": ("order to ring", "orders to ring"),
}


@dataclass(frozen=True)
class Removed:
    """What a deletion took away."""

    calls: list[str]
    """Their ids."""
    rows: dict[str, int]
    """Rows by table."""
    recordings: int
    """Sounds: files here, and recordings at the carrier."""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    def as_text(self) -> str:
        """`1 call, 12 journal entries, 1 ledger entry and 1 recording`."""
        parts = [_counted(self.rows.get("calls", 0), *ROWS["calls"])]
        others = [name for name in self.rows if name != "calls"]
        parts += [_counted(self.rows[name], *ROWS.get(name, (f"row of {name}", f"rows of {name}"))) for name in others]
        parts.append(_counted(self.recordings, "recording", "recordings"))
        return f"{', '.join(parts[:-1])} and {parts[-1]}"


async def remove_records(
    database: Database, settings: Settings, calls: Sequence[Call], *, person: str | None = None
) -> Removed:
    """Delete recordings, journals, tool effects and rows of calls. What their tools did to orders stays done.

    Recordings go first, the carrier's too: while a row is there, a deletion that broke off can be repeated.

    Args:
        database: Where the rows are.
        settings: Where the recordings are.
        calls: Which calls.
        person: E.164; orders to ring this number go too.

    Raises:
        RemovalError: a recording cannot be deleted.
        StorageError: the database did not delete; recordings are gone by then.
    """
    kept = await recordings_of(database, [call.call_id for call in calls])
    there = await delete_at_carrier(settings, kept)
    files = await asyncio.to_thread(_remove_files, settings.data_dir, calls)
    rows = await remove_calls(database, [call.call_id for call in calls], person=person)
    return Removed(calls=[call.call_id for call in calls], rows=rows, recordings=files + there)


def _remove_files(data_dir: Path, calls: Sequence[Call]) -> int:
    removed = 0
    for path in sorted(_recordings(data_dir, calls)):
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as exc:
            raise RemovalError(f"cannot delete the recording {path}: {exc.strerror}; nothing was deleted") from exc
        removed += 1
    return removed


def _recordings(data_dir: Path, calls: Iterable[Call]) -> set[Path]:
    found: set[Path] = set()
    for call in calls:
        found.update((data_dir / RECORDINGS).glob(f"{glob.escape(call.call_id)}.*"))
        if call.tape:
            found.add(Path(call.tape))
    return {path.resolve() for path in found}


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
