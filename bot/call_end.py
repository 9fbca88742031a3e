"""How a call is put on record at its end: by its own process, or by a server, from the journal, once that is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from loguru import logger
from pydantic import BaseModel

from bot.collected import data_of_flow, valid_data
from bot.outcome import Disposition, decide_disposition
from bot.state import AgentState, Event, FollowUp, fold
from bot.summary import summarise
from storage.calls import finish_call, get_call
from storage.database import Database
from storage.errors import StorageError
from storage.journal import Event as JournalEvent
from storage.journal import Journal
from storage.tables import Call
from tools.ledger import Ledger
from tools.leftovers import settle_leftovers, untold_results


def state_after(call_id: str, events: Sequence[JournalEvent]) -> AgentState:
    """What the journal says of a call."""
    began = events[0].at if events else None
    return fold(call_id, [Event(one.kind, one.body, (one.at - began).total_seconds()) for one in events if began])


async def store_outcome(
    database: Database,
    data: type[BaseModel],
    state: AgentState,
    disposition: Disposition,
    *,
    resume_count: int,
    ended_at: dt.datetime | None = None,
) -> bool:
    """Puts the outcome on record, unless there is one or another process has the call by now; whether it did.

    Args:
        database: Where.
        data: What the call's scenario collects.
        state: Of the call.
        disposition: How it ended.
        resume_count: The writer's.
        ended_at: Aware; the present moment if not given.

    Raises:
        StorageError: it was not stored.
    """
    collected, wrong = valid_data(data, state.collected_data)
    if wrong:
        logger.warning("collected data left out: not of the flow's types", names=", ".join(wrong))
    follow_ups = [one.body for one in state.follow_ups]
    return await finish_call(
        database,
        state.call_id,
        disposition=disposition,
        state=state.node,
        language=state.language,
        collected_data=collected,
        resume_count=resume_count,
        ended_at=ended_at,
        current_intent=state.current_intent,
        summary=summarise(state, disposition) or None,
        follow_ups={"items": follow_ups} if follow_ups else None,
    )


async def end_lost_call(
    database: Database,
    call_id: str,
    reason: str,
    *,
    disposition: str | None = None,
    ended_at: dt.datetime | None = None,
    lost_since: dt.datetime | None = None,
) -> bool:
    """Puts a call on record whose last process is gone and has not done so; whether there was anything to do.

    Writes that were left open are settled first: what nobody knows of is among the follow-ups, as something to check.
    A journal that cannot be folded is left out, and the ledger alone tells what is to be done.

    Args:
        database: Where.
        call_id: Which call.
        reason: What is known of the loss; the summary of a call in which nothing had happened, or nobody can tell what.
        disposition: As its process gave it; None: the journal tells.
        ended_at: Aware; the present moment if not given.
        lost_since: Aware; a call that a server has held since then is left to it. None: nobody holds it.

    Raises:
        StorageError: the ledger or the journal cannot be read, or the outcome not be stored.
    """
    row = await get_call(database, call_id)
    if row is None or row.ended_at is not None:
        return False
    if lost_since is not None and row.held_at is not None and row.held_at >= lost_since:
        return False
    await settle_leftovers(database, call_id)
    try:
        return await _end_by_journal(database, row, reason, disposition, ended_at)
    except StorageError:
        raise
    except Exception as exc:  # noqa: BLE001  whatever is wrong with one call's journal, the call needs an end
        logger.opt(exception=exc).error("journal not folded", call_id=call_id)
    follow_ups = await _follow_ups(database, call_id)
    return await finish_call(
        database,
        call_id,
        disposition=disposition or "failed_system",
        summary=reason,
        ended_at=ended_at,
        resume_count=row.resume_count,
        follow_ups={"items": follow_ups} if follow_ups else None,
    )


async def _end_by_journal(
    database: Database, row: Call, reason: str, disposition: str | None, ended_at: dt.datetime | None
) -> bool:
    call_id = row.call_id
    events = await Journal.read(database, call_id)
    if untold := await untold_results(database, call_id, events):
        journal = Journal(database, call_id, row.resume_count)
        for body in untold:
            journal.post("tool_result", body)
        await journal.close()
        events = await Journal.read(database, call_id)
    if not events:
        lost = disposition or "failed_system"
        how: dict[str, Any] = {"summary": reason, "ended_at": ended_at, "resume_count": row.resume_count}
        return await finish_call(database, call_id, disposition=lost, **how)
    state = state_after(call_id, events)
    ended = cast(Disposition, disposition or state.disposition or decide_disposition(state, "system"))
    data = data_of_flow(row.flow)
    count = row.resume_count
    return await store_outcome(database, data, state, ended, resume_count=count, ended_at=ended_at)


async def _follow_ups(database: Database, call_id: str) -> list[dict[str, Any]]:
    """What the ledger alone leaves for a person to do."""
    effects = await Ledger(database).of_call(call_id)
    checks = [FollowUp("check", one.tool, one.arguments) for one in effects if one.status == "unknown"]
    wishes = [one for one in effects if one.tool == "create_callback" and one.status == "done"]
    return [one.body for one in [*checks, *(FollowUp("call_back", wish.tool, wish.arguments) for wish in wishes)]]
