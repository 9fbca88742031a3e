"""Writes that a call's process left open: the journal knows how they ended, or nobody does."""

from __future__ import annotations

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
        await ledger.settle(known.key, status, result)
        count += status == "unknown"
    if count:
        logger.error("nobody knows whether a write was done", call_id=call_id, writes=count)
    return count


def _told(events: list[Event], known: ToolEffect) -> tuple[EffectStatus, dict[str, object] | None]:
    """What the journal says came of a write after it was tried last."""
    began = [event.seq for event in events if event.kind == "tool_intent" and event.body.get("key") == known.key]
    for event in reversed(events):
        if event.kind == "tool_result" and began and event.seq > began[-1]:
            body = event.body
            if (body.get("tool"), body.get("arguments")) == (known.tool, known.arguments):
                if body.get("status") == "done":
                    return "done", body.get("result")
                return ("failed", None) if body.get("status") == "failed" else ("unknown", None)
    return "unknown", None
