"""What a carrier reports of a call outside its stream: its progress, who picked up, its stream, its recording.

A report may come twice, late, out of order, or in place of the answer that placed the call. It is acknowledged when
what follows from it is committed, and counts once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from loguru import logger

from bot.call_end import end_lost_call
from bot.lost_calls import HELD_FOR
from bot.outbound.outbound import Outbound
from bot.outcome import Disposition
from bot.settings import Settings
from bot.supervisor import Supervisor
from bot.telephony.base import Carrier, TelephonyError, UnknownCallError, is_call_of
from storage.callbacks import is_noted, note_callback
from storage.calls import finish_call, get_call, update_call
from storage.database import Database
from storage.dials import dial_of_call, get_dial, note_answered_by
from storage.errors import StorageError
from storage.journal import Journal
from storage.tables import Call, Dial, utc_now

OVER = {"completed", "busy", "failed", "no-answer", "canceled"}
MACHINES = ("machine", "fax")
# Longer than a server takes to say that it holds a call, and than a process takes for its last write, its journal and
# the outcome: what lives has said so by then.
OUTCOME_WAIT_S = 45.0
# Outcomes of conversations in which nothing was said to us: a machine may have held the other end.
SILENT = {"no_input", "abandoned", "no_action"}


class Progress:
    """Takes Twilio's reports, whose signatures were checked before.

    Args:
        settings: The account.
        database: Where calls are recorded.
        supervisor: Who holds calls.
        outbound: Binds calls to the orders they were placed for.
        carrier: Gives who ends a call that no process holds.
        answered: Returns once the webhook of a call that has come in is not being answered any more.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        supervisor: Supervisor,
        outbound: Outbound,
        carrier: Callable[[], Carrier],
        answered: Callable[[str], Awaitable[None]],
    ) -> None:
        self._account = settings.twilio_account_sid
        self._database = database
        self._supervisor = supervisor
        self._outbound = outbound
        self._carrier = carrier
        self._answered = answered
        self._tasks: set[asyncio.Task[None]] = set()
        self.outcome_wait_s = OUTCOME_WAIT_S

    async def close(self) -> None:
        """Gives up what is only waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def status(self, form: Mapping[str, str], dial_id: str | None = None) -> None:
        """A call rings, was answered, or is over; over, it has an outcome even if no conversation came about.

        Raises:
            UnknownCallError: the form names no call of this account.
        """
        call_id, status = self._call(form), form.get("CallStatus", "")
        number = form.get("SequenceNumber") or status
        if await is_noted(self._database, call_id, "status", number):
            return
        logger.info("call status", call_id=call_id, status=status)
        dial = await self._dial(dial_id, call_id)
        if status in OVER:
            # Before that there may be no row to end, and then a place for nobody.
            await self._answered(call_id)
            await self._over(call_id, status, dial)
        await note_callback(self._database, call_id, "status", number, status)

    async def answered_by(self, form: Mapping[str, str], dial_id: str | None = None) -> None:
        """The carrier has found out who picked up.

        Raises:
            UnknownCallError: the form names no call of this account.
        """
        call_id, verdict = self._call(form), form.get("AnsweredBy", "")
        if await is_noted(self._database, call_id, "amd", verdict):
            return
        logger.info("answered by", call_id=call_id, verdict=verdict)
        dial = await self._dial(dial_id, call_id)
        # Who cannot be told from a person is talked to.
        answered_by = "machine" if verdict.startswith(MACHINES) else "human"
        if dial is not None:
            await note_answered_by(self._database, dial.dial_id, answered_by)
        if answered_by == "machine":
            await self._machine_answered(call_id)
        else:
            self._supervisor.tell_answered_by(call_id, answered_by)
        await note_callback(self._database, call_id, "amd", verdict, answered_by)

    async def stream(self, form: Mapping[str, str]) -> None:
        """A stream has begun, ended or broken; what follows is decided where the stream itself arrives.

        Raises:
            UnknownCallError: the form names no call of this account.
        """
        call_id, event = self._call(form), form.get("StreamEvent", "")
        number = f"{form.get('StreamSid', '')} {event}"
        if not await note_callback(self._database, call_id, "stream", number, event):
            return
        level = "WARNING" if event == "stream-error" else "INFO"
        logger.log(level, "stream status", call_id=call_id, event=event, error=form.get("StreamError"))

    async def recording(self, form: Mapping[str, str]) -> None:
        """The carrier has a recording of its own: not ours, so only its id is kept, by which it can be deleted there.

        Raises:
            UnknownCallError: the form names no call of this account.
        """
        call_id, recording, status = self._call(form), form.get("RecordingSid", ""), form.get("RecordingStatus", "")
        if await note_callback(self._database, call_id, "recording", f"{recording} {status}", recording):
            logger.info("carrier's recording", call_id=call_id, status=status)

    def _call(self, form: Mapping[str, str]) -> str:
        if not is_call_of(form, self._account):
            raise UnknownCallError("expected CallSid (CA…) and the configured account's AccountSid")
        return form["CallSid"]

    async def _dial(self, dial_id: str | None, call_id: str) -> Dial | None:
        """The order a call was placed for, bound to it if this report is the first that is heard of the call."""
        if dial_id is None:
            return await dial_of_call(self._database, call_id)
        dial = await get_dial(self._database, dial_id)
        if dial is None or (dial.call_id != call_id and await self._outbound.bind(dial, call_id) is None):
            raise UnknownCallError("no order of ours asked for this call")
        return dial

    async def _over(self, call_id: str, status: str, dial: Dial | None) -> None:
        reservation = self._supervisor.waiting(call_id)
        was_expected = reservation is not None
        if dial is not None:
            was_expected = was_expected or self._supervisor.waiting(dial.dial_id) is not None
            self._supervisor.withdraw(dial.dial_id)
        row = await get_call(self._database, call_id)
        if row is not None and row.ended_at is None and self._supervisor.running(call_id) is None:
            if not await Journal.read(self._database, call_id):
                outcome = unheld(row, status, was_expected=was_expected, dial=dial)
                await finish_call(self._database, call_id, disposition=outcome, summary=f"carrier: {status}")
            elif reservation is None:
                self._own(self._finish_later(call_id, status))
        if reservation is not None:
            # A call that was to go on ends with what its journal tells.
            self._supervisor.release(reservation.token, "the call ended before its stream came")

    async def _finish_later(self, call_id: str, status: str) -> None:
        """Gives a call an outcome whose process should have stored one and is gone, perhaps with its node.

        One that a server held a moment ago is left to it; if that is lost as well, to `LostCalls`.
        """
        await asyncio.sleep(self.outcome_wait_s)
        try:
            row = await get_call(self._database, call_id)
            is_held = row is not None and row.held_at is not None and row.held_at > utc_now() - HELD_FOR
            if is_held or call_id in self._supervisor.held():
                return
            if await end_lost_call(self._database, call_id, f"carrier: {status}"):
                logger.error("call ended without its process", call_id=call_id)
        except StorageError as exc:
            logger.error("call not finished", call_id=call_id, code=exc.code)

    async def _machine_answered(self, call_id: str) -> None:
        if self._supervisor.tell_answered_by(call_id, "machine"):
            return
        summary = "machine, before the stream came"
        if not await finish_call(self._database, call_id, disposition="voicemail", summary=summary):
            row = await get_call(self._database, call_id)
            if row is not None and row.disposition in SILENT:
                await update_call(self._database, call_id, disposition="voicemail")
            return
        try:
            await self._carrier().hang_up(call_id)
        except TelephonyError as exc:
            logger.error("machine not hung up on", call_id=call_id, code=exc.code)

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def unheld(row: Call, status: str, *, was_expected: bool, dial: Dial | None) -> Disposition:
    """The outcome of a call that is over without a conversation; docs/outbound.md lists them.

    Args:
        row: The call.
        status: The carrier's final one.
        was_expected: Whether its stream was still waited for.
        dial: The order it was placed for, if it was.
    """
    if status == "completed":
        if dial is not None and dial.answered_by == "machine":
            return "voicemail"
        return "abandoned" if was_expected else "failed_system"
    return "not_reached" if row.direction == "outbound" else "abandoned"
