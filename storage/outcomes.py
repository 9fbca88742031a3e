"""News of ended calls: each waits in its row until it was delivered, and only one server at a time has it in hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Insert, select, update

from storage.database import Database
from storage.tables import Call, OutcomeEvent, utc_now

MOST_PROBLEM_CHARACTERS = 300


def news_of(call: Call, ended_at: dt.datetime) -> dict[str, Any]:
    """The row of a call's end for the webhook: the body is sent as it stands here.

    Args:
        call: As it is now that it has ended.
        ended_at: Aware.
    """
    data = {
        "call_id": call.call_id,
        "carrier": call.carrier,
        "direction": call.direction,
        "flow": call.flow,
        "language": call.language,
        "from_number": call.from_number,
        "to_number": call.to_number,
        "started_at": call.started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "disposition": call.disposition,
        "collected_data": call.collected_data or {},
        "summary": call.summary,
        "follow_ups": (call.follow_ups or {}).get("items", []),
    }
    return {
        "event_id": f"ended_{call.call_id}_{call.resume_count}",
        "call_id": call.call_id,
        "body": {"type": "call.ended", "timestamp": ended_at.isoformat(), "data": data},
        "created_at": utc_now(),
        "attempts": 0,
        "next_at": utc_now(),
    }


def insert_news(database: Database, call: Call, ended_at: dt.datetime) -> Insert:
    """The statement that writes the news of a call's end; a second one for the same end changes nothing."""
    return database.insert(OutcomeEvent).values(news_of(call, ended_at)).on_conflict_do_nothing()


async def claim_news(database: Database, hold_s: float, now: dt.datetime | None = None) -> OutcomeEvent | None:
    """Takes one piece of news that is due into hand, for so long; nobody else gets it meanwhile.

    Args:
        database: Where.
        hold_s: After this it is due again, should its holder have died.
        now: Aware; the present moment if not given.

    Returns:
        The row, its attempt counted; None if nothing is due.
    """
    now = now or utc_now()
    is_due = (OutcomeEvent.next_at <= now, OutcomeEvent.delivered_at.is_(None), OutcomeEvent.given_up_at.is_(None))
    first = select(OutcomeEvent.event_id).where(*is_due).order_by(OutcomeEvent.next_at).limit(1)
    if not database.is_sqlite:
        first = first.with_for_update(skip_locked=True)
    claim = (
        update(OutcomeEvent)
        .where(OutcomeEvent.event_id == first.scalar_subquery(), *is_due)
        .values(attempts=OutcomeEvent.attempts + 1, next_at=now + dt.timedelta(seconds=hold_s))
        .returning(OutcomeEvent)
    )
    async with database.session() as session:
        return (await session.scalars(claim)).one_or_none()


async def settle_news(database: Database, event_id: str, attempt: int, **columns: Any) -> None:
    """Notes what came of an attempt, unless somebody else has made a later one.

    Args:
        database: Where.
        event_id: Of the news.
        attempt: Its number, as `claim_news` counted it.
        columns: Of the row: `delivered_at`, `given_up_at`, `next_at`, `problem`.
    """
    if problem := columns.get("problem"):
        columns["problem"] = problem[:MOST_PROBLEM_CHARACTERS]
    mine = (OutcomeEvent.event_id == event_id, OutcomeEvent.attempts == attempt)
    async with database.session() as session:
        await session.execute(update(OutcomeEvent).where(*mine).values(**columns))


async def news_about(database: Database, call_id: str) -> list[OutcomeEvent]:
    """What there is to tell, or was told, of a call's ends; the oldest first."""
    statement = select(OutcomeEvent).where(OutcomeEvent.call_id == call_id).order_by(OutcomeEvent.created_at)
    async with database.session(read_only=True) as session:
        return list(await session.scalars(statement))
