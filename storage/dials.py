"""Orders to ring somebody: one row an order, committed before the carrier is asked, so that none is placed twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Unpack

from sqlalchemy import ColumnElement, delete, func, select, text, update

from storage.calls import NewCall, insert_call
from storage.database import Database
from storage.do_not_call import has_opted_out
from storage.tables import Dial, DialStatus, utc_now

# Any number that no other program on the same PostgreSQL server takes.
_LOCK = 0x6469616C


@dataclass(frozen=True)
class Caps:
    """The most calls that may be placed since `since`."""

    since: dt.datetime
    per_number: int
    in_all: int


async def open_dial(
    database: Database,
    *,
    dial_id: str,
    key: str,
    carrier: str,
    to_number: str,
    order: dict[str, Any],
    caps: Caps,
    created_at: dt.datetime | None = None,
) -> Dial | str:
    """Writes an order down, unless its key is known, nobody is to call there, or a cap is reached.

    One order at a time is counted.

    Args:
        database: Where.
        dial_id: A new id.
        key: What the client calls this order; the same key is the same order, for ever.
        carrier: Who will ring.
        to_number: E.164.
        order: Everything the client asked for, to tell a repeat from another order.
        caps: Orders that were refused by the carrier do not count.
        created_at: Aware; the present moment if not given.

    Returns:
        The order's row, an earlier one if the key is known; or `opted_out`, `number_cap` or `day_cap`.
    """
    async with database.session() as session:
        if not database.is_sqlite:  # SQLite lets one writer at a time in anyway
            await session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK})
        known = await session.scalar(select(Dial).where(Dial.key == key))
        if known is not None:
            return known
        if await has_opted_out(session, to_number):
            return "opted_out"
        counted = (Dial.created_at >= caps.since, Dial.status != "refused")
        count = select(func.count()).select_from(Dial).where(*counted)
        if ((await session.scalar(count.where(Dial.to_number == to_number))) or 0) >= caps.per_number:
            return "number_cap"
        if ((await session.scalar(count)) or 0) >= caps.in_all:
            return "day_cap"
        row = Dial(
            dial_id=dial_id,
            key=key,
            carrier=carrier,
            to_number=to_number,
            order=order,
            status="dialing",
            created_at=created_at or utc_now(),
        )
        session.add(row)
        return row


async def get_dial(database: Database, dial_id: str) -> Dial | None:
    """The order's row, detached, or None."""
    return await _find(database, Dial.dial_id == dial_id)


async def dial_of_key(database: Database, key: str) -> Dial | None:
    """The order that a client knows by `key`."""
    return await _find(database, Dial.key == key)


async def dial_of_call(database: Database, call_id: str) -> Dial | None:
    """The order that a call was placed for."""
    return await _find(database, Dial.call_id == call_id)


async def _find(database: Database, condition: ColumnElement[bool]) -> Dial | None:
    async with database.session(read_only=True) as session:
        found: Dial | None = await session.scalar(select(Dial).where(condition))
        return found


async def bind_dial(database: Database, dial_id: str, **call: Unpack[NewCall]) -> bool:
    """The carrier rings: the order has this call now, and the call a row. Whoever sees one sees the other.

    Args:
        database: Where.
        dial_id: The order's.
        call: It.

    Returns:
        False if the order is unknown or has another call.
    """
    call_id = call["call_id"]
    statement = (
        update(Dial)
        .where(Dial.dial_id == dial_id, (Dial.call_id.is_(None)) | (Dial.call_id == call_id))
        .values(call_id=call_id, status="placed", reason=None)
        .returning(Dial.dial_id)
    )
    async with database.session() as session:
        is_bound = (await session.execute(statement)).scalar() is not None
        if is_bound:
            await session.execute(insert_call(database, call))
        return is_bound


async def close_dial(database: Database, dial_id: str, status: DialStatus, reason: str) -> None:
    """The carrier refused, or nobody knows whether it rings; an order that has a call keeps it."""
    statement = update(Dial).where(Dial.dial_id == dial_id, Dial.call_id.is_(None))
    async with database.session() as session:
        await session.execute(statement.values(status=status, reason=reason))


async def note_answered_by(database: Database, dial_id: str, answered_by: str) -> None:
    """Who picked up, as the carrier says."""
    async with database.session() as session:
        await session.execute(update(Dial).where(Dial.dial_id == dial_id).values(answered_by=answered_by))


async def forget_dial(database: Database, dial_id: str) -> None:
    """Takes an order back that never reached the carrier: its key may be used again, and no cap counts it."""
    async with database.session() as session:
        await session.execute(delete(Dial).where(Dial.dial_id == dial_id, Dial.call_id.is_(None)))


async def settle_dials(database: Database, before: dt.datetime) -> int:
    """Orders that a server left behind while it asked the carrier: nobody knows whether it rings.

    Returns:
        How many there were.
    """
    statement = (
        update(Dial)
        .where(Dial.status == "dialing", Dial.created_at < before)
        .values(status="unknown", reason="the server ended while the carrier was asked")
        .returning(Dial.dial_id)
    )
    async with database.session() as session:
        return len((await session.execute(statement)).all())


async def forget_unplaced(database: Database, before: dt.datetime) -> int:
    """Deletes orders from before a time that never had a call.

    Returns:
        How many there were.
    """
    statement = delete(Dial).where(Dial.created_at < before, Dial.call_id.is_(None)).returning(Dial.dial_id)
    async with database.session() as session:
        return len((await session.execute(statement)).all())
