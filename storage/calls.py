"""The row of each call: written at the webhook, finished at the end, fenced by the resume count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import Executable, and_, delete, func, or_, select, update

from storage.database import Database
from storage.errors import CallUnknownError
from storage.outcomes import insert_news
from storage.tables import Call, CallEvent, OutcomeEvent, utc_now


class NewCall(TypedDict):
    """What is known of a call when it begins.

    Attributes:
        call_id: The carrier's own (Twilio: CallSid).
        carrier: `twilio`, `voximplant`, `browser`, …
        direction: `inbound` or `outbound`.
        from_number: E.164, None when withheld.
        to_number: E.164.
        language: The greeting's.
        flow: The scenario's name.
        started_at: Aware; the present moment if not given.
    """

    call_id: str
    carrier: str
    direction: str
    from_number: NotRequired[str | None]
    to_number: NotRequired[str | None]
    language: NotRequired[str | None]
    flow: NotRequired[str | None]
    started_at: NotRequired[dt.datetime]


async def record_call(database: Database, **call: Unpack[NewCall]) -> bool:
    """Write the row of a new call; committed on return.

    Returns:
        False when the call is known already, which carriers cause by repeating webhooks.
    """
    async with database.session() as session:
        return (await session.execute(insert_call(database, call))).scalar() is not None


def insert_call(database: Database, call: NewCall) -> Executable:
    """The statement that writes a new call's row, and gives its id if the call was not known."""
    row: dict[str, Any] = {"from_number": None, "to_number": None, "language": None, "flow": None}
    row |= {"status": "started", "resume_count": 0, "started_at": utc_now(), **call}
    return database.insert(Call).values(row).on_conflict_do_nothing().returning(Call.call_id)


async def get_call(database: Database, call_id: str) -> Call | None:
    """The call's row, detached, or None."""
    async with database.session(read_only=True) as session:
        return await session.get(Call, call_id)


async def list_calls(
    database: Database,
    limit: int | None = 50,
    *,
    since: dt.datetime | None = None,
    disposition: str | None = None,
    number: str | None = None,
    person: str | None = None,
    id_start: str | None = None,
) -> list[Call]:
    """The newest calls first, of those that meet every condition given.

    Args:
        database: Where.
        limit: How many at most; None: all.
        since: Aware; calls that began then or later.
        disposition: How they ended.
        number: E.164 of either end.
        person: E.164 of the person, whoever of the two rang the other.
        id_start: What their ids begin with.
    """
    statement = select(Call).order_by(Call.started_at.desc(), Call.call_id).limit(limit)
    if since is not None:
        statement = statement.where(Call.started_at >= since)
    if disposition is not None:
        statement = statement.where(Call.disposition == disposition)
    if number is not None:
        statement = statement.where(or_(Call.from_number == number, Call.to_number == number))
    if person is not None:
        was_rung = and_(Call.direction == "outbound", Call.to_number == person)
        statement = statement.where(or_(Call.from_number == person, was_rung))
    if id_start is not None:
        statement = statement.where(Call.call_id.startswith(id_start, autoescape=True))
    async with database.session(read_only=True) as session:
        return list(await session.scalars(statement))


async def start_resume(database: Database, call_id: str) -> int:
    """Take a call over: from here on a journal of an earlier count is fenced off, and an end it noted is undone.

    A server holds the call then.

    Returns:
        The new resume count, 1 for the first take-over.

    Raises:
        StorageError: `call_unknown`.
    """
    statement = (
        update(Call)
        .where(Call.call_id == call_id)
        .values(
            resume_count=Call.resume_count + 1, status="started", held_at=utc_now(), ended_at=None, disposition=None
        )
        .returning(Call.resume_count)
    )
    # An end that was undone and not told yet is not told any more.
    untold = delete(OutcomeEvent).where(OutcomeEvent.call_id == call_id, OutcomeEvent.delivered_at.is_(None))
    async with database.session() as session:
        count = (await session.execute(statement)).scalar()
        await session.execute(untold)
    if count is None:
        raise CallUnknownError("a call to resume was never recorded: record it at the webhook first")
    return count


async def update_call(database: Database, call_id: str, **columns: Any) -> bool:
    """Set columns of a call at any time, e.g. `language`, or `summary`, `tape`, `usage` after its end.

    Returns:
        Whether there is such a call.
    """
    async with database.session() as session:
        changed = await session.execute(
            update(Call).where(Call.call_id == call_id).values(**columns).returning(Call.call_id)
        )
        return changed.scalar() is not None


async def finish_call(
    database: Database,
    call_id: str,
    *,
    disposition: str,
    state: str | None = None,
    collected_data: dict[str, Any] | None = None,
    ended_at: dt.datetime | None = None,
    resume_count: int | None = None,
    **columns: Any,
) -> bool:
    """Store the outcome; the first one stands.

    Args:
        database: Where.
        call_id: Which call.
        disposition: How it ended.
        state: The flow node it ended in.
        collected_data: What was learnt.
        ended_at: Aware; the present moment if not given.
        resume_count: The writer's; given, an outcome from a process that lost the call is ignored.
        columns: Further columns of `Call`, e.g. `summary`, `latency`, `tape`, `usage`, `language`.

    Where outcomes are announced, the news of it is written in the same transaction.

    Returns:
        False when the call had ended already, is unknown, or belongs to another process by now.
    """
    ended_at = ended_at or utc_now()
    statement = update(Call).where(Call.call_id == call_id, Call.ended_at.is_(None))
    if resume_count is not None:
        statement = statement.where(Call.resume_count == resume_count)
    outcome = {"disposition": disposition, "state": state, "collected_data": collected_data}
    finished = statement.values(status="ended", ended_at=ended_at, **outcome, **columns).returning(Call)
    async with database.session() as session:
        call = (await session.scalars(finished)).one_or_none()
        if call is not None and database.announces_outcomes:
            await session.execute(insert_news(database, call, ended_at))
        return call is not None


async def forget_tapes(database: Database, before: dt.datetime) -> int:
    """Takes the recording's path off calls that ended before a time.

    Returns:
        How many calls had one.
    """
    statement = update(Call).where(Call.ended_at < before, Call.tape.is_not(None)).values(tape=None)
    async with database.session() as session:
        return len((await session.execute(statement.returning(Call.call_id))).all())


async def calls_ended_before(database: Database, before: dt.datetime, limit: int = 500) -> list[Call]:
    """The oldest calls that ended before a time, at most `limit`."""
    statement = select(Call).where(Call.ended_at < before).order_by(Call.ended_at).limit(limit)
    async with database.session(read_only=True) as session:
        return list(await session.scalars(statement))


async def hold_calls(database: Database, call_ids: Collection[str], at: dt.datetime) -> None:
    """Notes that a server holds these calls; those that are over stay as they are.

    Args:
        database: Where.
        call_ids: Ids that are no call's do no harm.
        at: Aware.
    """
    if not call_ids:
        return
    statement = update(Call).where(Call.call_id.in_(call_ids), Call.ended_at.is_(None)).values(held_at=at)
    async with database.session() as session:
        await session.execute(statement)


async def find_lost_calls(
    database: Database, before: dt.datetime, carriers: Collection[str], *, since: dt.datetime | None = None
) -> list[tuple[str, dt.datetime]]:
    """Calls without an end that no server has held, and in which nothing has happened, since a time; the oldest first.

    Args:
        database: Where.
        before: Aware.
        carriers: Of the calls that servers hold.
        since: Aware; only calls that began then or later. None: all.

    Returns:
        Ids, each with the time of the call's last sign of life.
    """
    last = select(func.max(CallEvent.at)).where(CallEvent.call_id == Call.call_id).scalar_subquery()
    held = func.coalesce(Call.held_at, Call.started_at)
    statement = (
        select(Call.call_id, held, last)
        .where(Call.ended_at.is_(None), Call.carrier.in_(carriers), held < before, or_(last.is_(None), last < before))
        .order_by(Call.started_at)
    )
    if since is not None:
        statement = statement.where(Call.started_at >= since)
    async with database.session(read_only=True) as session:
        return [(call_id, happened or seen) for call_id, seen, happened in (await session.execute(statement)).all()]
