"""Calls from the page: new ones, and those whose line broke, which go on where they were."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from loguru import logger

from bot.numbers import Numbers
from bot.settings import Language
from bot.supervisor import Supervisor
from bot.telephony.base import CallRequest, read_caller
from bot.telephony.handover import request_again
from storage.calls import finish_call, get_call, record_call
from storage.database import Database
from storage.journal import Journal

COME_BACK_LIMIT = timedelta(seconds=120)
"""A call that ended longer ago is not taken up again."""
MOST_COMEBACKS = 10
LINE_END_S = 10.0
# What a new call's row is made of.
KEPT = {"call_id", "carrier", "direction", "from_number", "to_number", "language", "flow"}


class CallOverError(Exception):
    """A call that somebody wants to come back to is none of ours, or is really over."""

    code = "call_over"


class BrowserCalls:
    """Makes the requests of calls from the page.

    Args:
        numbers: What is configured for the number that is called.
        database: Where calls are kept.
        supervisor: Who holds them.
    """

    def __init__(self, numbers: Numbers, database: Database, supervisor: Supervisor) -> None:
        self._numbers = numbers
        self._database = database
        self._supervisor = supervisor

    async def begin(self, from_number: str | None, to_number: str, language: Language | None) -> CallRequest:
        """A new call, which is written down."""
        entry = self._numbers.entry(to_number)
        request = CallRequest(
            call_id=f"BR{secrets.token_hex(16)}",
            carrier="browser",
            from_number=read_caller(from_number),
            to_number=to_number,
            language=language or entry.language,
            flow=entry.flow,
            voice=entry.voice,
            greeting=entry.greeting if (language or entry.language) == entry.language else None,
            greeting_protected=entry.greeting_protected,
            fallback_number=entry.fallback,
            colleagues=entry.colleagues,
        )
        await record_call(self._database, **request.model_dump(include=KEPT))
        return request

    async def turned_away(self, request: CallRequest, reason: str) -> None:
        """Ends a new call that nobody takes."""
        summary = f"turned away: {reason}"
        await finish_call(self._database, request.call_id, disposition="failed_system", summary=summary)

    async def come_back(self, call_id: str) -> CallRequest:
        """The same call over a new line; whoever still holds the old line lets go of it.

        Raises:
            CallOverError: there is nothing to go on with.
        """
        row = await get_call(self._database, call_id)
        if row is None or row.carrier != "browser":
            raise CallOverError("expected the id of a call from the page")
        if row.ended_at is not None and datetime.now(UTC) - row.ended_at > COME_BACK_LIMIT:
            raise CallOverError("the call ended too long ago")
        if row.resume_count >= MOST_COMEBACKS or not await self._is_unfinished(call_id):
            raise CallOverError("the call has ended")
        if not await self._supervisor.drop_line(call_id, LINE_END_S):
            raise CallOverError("its earlier process does not end")
        logger.warning("browser comes back to its call", call_id=call_id, resumes=row.resume_count + 1)
        self._supervisor.on_resume("line")
        again = request_again(row, self._numbers.entry(row.to_number or ""), None)
        return again.model_copy(update={"carrier": "browser"})

    async def _is_unfinished(self, call_id: str) -> bool:
        """Whether nobody but a broken line ended the call: to a process that looks like a caller who left."""
        ends = [event.body for event in await Journal.read(self._database, call_id) if event.kind == "call_ended"]
        return not ends or ends[-1].get("ended_by") == "caller"
