"""Writes that a call's process left open: the journal knows how they ended, or nobody does."""

from __future__ import annotations

from typing import Any

from loguru import logger

from storage.database import Database
from storage.journal import Event, Journal
from storage.tables import EffectStatus, ToolEffect
from tools.ledger import Ledger


async def settle_leftovers(database: Database, call_id: str) -> int:
    """Puts on record how each write of a call that is over ended; call it once its last process is gone.

    A process may die between an effect and its note, or find the database busy: what the journal has of the write
    is taken from there, and the rest becomes `unknown`.

    Returns:
        How many became unknown.

    Raises:
        StorageError: The ledger or the journal cannot be read or written.
    """
    ledger = Ledger(database)
    left = [known for known in await ledger.find_unsettled(call_id) if known.status == "intent"]
    if not left:
        return 0
    events = await Journal.read(database, call_id)
    count = 0
    for known in left:
        status, result = _told(events, known)
        # The last thing that its process did may have been to note the end, a moment ago.
        is_settled = await ledger.settle_left(known.key, status, result)
        count += is_settled and status == "unknown"
    if count:
        logger.error("nobody knows whether a write was done", call_id=call_id, writes=count)
    return count


async def untold_results(database: Database, call_id: str, events: list[Event]) -> list[dict[str, Any]]:
    """Bodies of `tool_result` that follow from the ledger and are not in the journal, oldest first.

    Args:
        database: Where.
        call_id: Of a call whose leftovers are settled.
        events: Its journal.
    """
    return [
        {
            "tool": known.tool,
            "writes": True,
            "arguments": known.arguments,
            "status": known.status,
            "reason": "reply_lost" if known.status == "unknown" else None,
            "result": known.result or {"status": known.status},
            "ms": 0,
        }
        for known in await Ledger(database).of_call(call_id)
        if known.status != "intent" and _result_of(events, known, _began(events, known) or 0) is None
    ]


def _told(events: list[Event], known: ToolEffect) -> tuple[EffectStatus, dict[str, object] | None]:
    """What the journal says came of a write after it was tried last."""
    began = _began(events, known)
    body = _result_of(events, known, began) if began is not None else None
    if body is None:
        return "unknown", None
    if body.get("status") == "done":
        result = body.get("result")
        return "done", result if isinstance(result, dict) else None
    return ("failed", None) if body.get("status") == "failed" else ("unknown", None)


def _began(events: list[Event], known: ToolEffect) -> int | None:
    """The number of the event that a write was tried last."""
    began = [event.seq for event in events if event.kind == "tool_intent" and event.body.get("key") == known.key]
    return began[-1] if began else None


def _result_of(events: list[Event], known: ToolEffect, after: int) -> dict[str, Any] | None:
    """The newest result of a write that the journal has after a number."""
    for event in reversed(events):
        body = event.body
        is_its = (body.get("tool"), body.get("arguments")) == (known.tool, known.arguments)
        if event.kind == "tool_result" and event.seq > after and is_its:
            return body
    return None
