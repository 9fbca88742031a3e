"""Reports of carriers that were dealt with: a signature proves origin, not freshness, so each counts once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select

from storage.database import Database
from storage.tables import Callback, utc_now


async def is_noted(database: Database, call_id: str, kind: str, number: str) -> bool:
    """Whether this report was dealt with before.

    Args:
        database: Where.
        call_id: The carrier's.
        kind: `status`, `amd`, `stream` or `recording`.
        number: What tells it from other reports of its kind: SequenceNumber, an id.
    """
    statement = select(Callback.call_id).where(
        Callback.call_id == call_id, Callback.kind == kind, Callback.number == number
    )
    async with database.session(read_only=True) as session:
        return await session.scalar(statement) is not None


async def note_callback(database: Database, call_id: str, kind: str, number: str, value: str) -> bool:
    """Note that a report was dealt with; committed on return.

    Returns:
        False if another one was quicker.
    """
    row = {"call_id": call_id, "kind": kind, "number": number, "value": value, "at": utc_now()}
    statement = database.insert(Callback).values(row).on_conflict_do_nothing().returning(Callback.call_id)
    async with database.session() as session:
        return (await session.execute(statement)).scalar() is not None


async def callbacks_of(database: Database, call_id: str, kind: str) -> list[Callback]:
    """A call's reports of one kind, in the order in which they came."""
    statement = select(Callback).where(Callback.call_id == call_id, Callback.kind == kind)
    async with database.session(read_only=True) as session:
        return list(await session.scalars(statement.order_by(Callback.at, Callback.number)))


async def recordings_of(database: Database, call_ids: Collection[str]) -> list[str]:
    """Ids of the recordings that the carrier has made of these calls."""
    statement = select(Callback.value).where(Callback.kind == "recording", Callback.call_id.in_(list(call_ids)))
    async with database.session(read_only=True) as session:
        return list(await session.scalars(statement.distinct()))


async def recordings_before(database: Database, before: datetime) -> list[str]:
    """Ids of the carrier's recordings that were last heard of before a moment (aware)."""
    statement = select(Callback.value).where(Callback.kind == "recording").group_by(Callback.value)
    async with database.session(read_only=True) as session:
        return list(await session.scalars(statement.having(func.max(Callback.at) < before)))


async def forget_recording(database: Database, recording: str) -> None:
    """Forgets a recording of the carrier that is no more; committed on return."""
    async with database.session() as session:
        await session.execute(delete(Callback).where(Callback.kind == "recording", Callback.value == recording))
