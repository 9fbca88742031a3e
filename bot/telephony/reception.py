"""What happens to a phone call outside its conversation: it rings, its stream ends, it is over."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from loguru import logger

from bot.call_end import end_lost_call
from bot.numbers import NumberEntry, Numbers
from bot.settings import Language, Settings
from bot.supervisor import Busy, CallEnd, Supervisor
from bot.telephony import twiml
from bot.telephony.base import CALL_SID, CallRequest, UnknownCallError, is_call_of, read_caller
from bot.telephony.handover import request_again
from bot.telephony.lines import CarrierLines
from storage.calls import finish_call, get_call, record_call
from storage.database import Database
from storage.errors import StorageError
from storage.journal import Journal
from storage.tables import Call
from tools.leftovers import settle_leftovers

KEPT_ANSWERS = 2000
# The stream's end reaches us before the outcome is stored, by a moment.
OUTCOME_WAIT_S = 3.0
# A stream that broke is reported at once; later than this, somebody plays an old report again.
RECONNECT_LIMIT_S = 120.0
MACHINES = ("machine", "fax")


class Reception:
    """Answers Twilio's webhooks, whose signatures were checked before.

    Args:
        settings: Public address, business zone.
        numbers: How each called number is answered.
        database: Where calls are recorded.
        supervisor: Who has room for a call.
        now: The business clock, aware.
        is_ready: Whether a conversation could be held at all.
        lines: What callers hear who do not reach a conversation.
    """

    def __init__(
        self,
        settings: Settings,
        numbers: Numbers,
        database: Database,
        supervisor: Supervisor,
        now: Callable[[], datetime],
        is_ready: Callable[[], bool],
        lines: CarrierLines,
    ) -> None:
        self._settings = settings
        self._numbers = numbers
        self._database = database
        self._supervisor = supervisor
        self._now = now
        self._is_ready = is_ready
        self._lines = lines
        self._answers: OrderedDict[str, asyncio.Task[str]] = OrderedDict()

    async def ring(self, form: Mapping[str, str]) -> str:
        """TwiML for a call that has come in; a repeated webhook gets the same answer.

        Raises:
            UnknownCallError: the form names no call of this account.
        """
        call_id = form.get("CallSid", "")
        if not is_call_of(form, self._settings.twilio_account_sid):
            raise UnknownCallError("expected CallSid (CA…) and the configured account's AccountSid")
        answer = self._answers.get(call_id)
        if answer is None:
            answer = asyncio.get_running_loop().create_task(self._answer(self._request(call_id, form)))
            self._answers[call_id] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        try:
            return await asyncio.shield(answer)
        except StorageError as exc:
            # Not kept: the carrier may ask again when the database is back.
            self._answers.pop(call_id, None)
            logger.error("call not recorded", call_id=call_id, code=exc.code)
            entry = self._numbers.entry(form.get("To", ""))
            return twiml.apologise(entry.language, entry.fallback, await self._lines.sounds(entry.language))

    async def answered(self, call_id: str) -> None:
        """Returns once a call's webhook is not being answered any more."""
        answer = self._answers.get(call_id)
        if answer is not None:
            await asyncio.wait({answer})

    def _request(self, call_id: str, form: Mapping[str, str]) -> CallRequest:
        is_outbound = form.get("Direction", "inbound").startswith("outbound")
        person, ours = ("To", "From") if is_outbound else ("From", "To")
        entry = self._numbers.entry(form.get(ours, ""))
        answered_by = form.get("AnsweredBy", "")
        is_machine = answered_by.startswith(MACHINES)
        return CallRequest(
            call_id=call_id,
            carrier="twilio",
            account_sid=form["AccountSid"],
            direction="outbound" if is_outbound else "inbound",
            from_number=read_caller(form.get(person)),
            to_number=form.get(ours, ""),
            language=entry.language,
            flow=entry.flow,
            voice=entry.voice,
            greeting=entry.greeting,
            greeting_protected=entry.greeting_protected,
            fallback_number=entry.fallback,
            colleagues=entry.colleagues,
            answered_by=("machine" if is_machine else "human") if answered_by else None,
        )

    async def _answer(self, call: CallRequest) -> str:
        entry = self._numbers.entry(call.to_number)
        with logger.contextualize(call_id=call.call_id):
            is_new = await self._record(call)
            if not is_new:
                row = await get_call(self._database, call.call_id)
                if row is not None and row.ended_at is not None:
                    logger.warning("webhook for a call that is over")
                    return twiml.hang_up()
            if not self._is_open(entry):
                closed = twiml.closed(call.language, await self._lines.sounds(call.language))
                return await self._turn_away(call, "closed", closed, is_new=is_new)
            if not self._is_ready():
                return await self._turn_away(call, "starting", await self._busy(call, entry), is_new=is_new)
            reserved = self._supervisor.reserve(call)
            if isinstance(reserved, Busy):
                return await self._turn_away(call, reserved.code, await self._busy(call, entry), is_new=is_new)
            logger.info("call accepted", carrier="twilio", direction=call.direction, flow=call.flow)
            return twiml.stream_to_bot(call, self._settings.public_base_url, reserved.token)

    async def _record(self, call: CallRequest) -> bool:
        return await record_call(
            self._database,
            call_id=call.call_id,
            carrier=call.carrier,
            direction=call.direction,
            from_number=call.from_number,
            to_number=call.to_number,
            language=call.language,
            flow=call.flow,
        )

    def _is_open(self, entry: NumberEntry) -> bool:
        return entry.is_open(self._now().astimezone(self._settings.zone))

    async def _busy(self, call: CallRequest, entry: NumberEntry) -> str:
        return twiml.busy(call.language, entry.overflow_number, await self._lines.sounds(call.language))

    async def _turn_away(self, call: CallRequest, reason: str, answer: str, *, is_new: bool) -> str:
        logger.warning("call turned away", reason=reason)
        if not is_new:
            # The carrier has asked another server as well, which may hold the call; its reports tell if none does.
            return answer
        disposition = "no_action" if reason == "closed" else "failed_system"
        summary = f"turned away: {reason}"
        await finish_call(self._database, call.call_id, disposition=disposition, summary=summary)
        return answer

    async def stream_ended(self, token: str, form: Mapping[str, str]) -> str:
        """TwiML for a call whose stream is over: the end, or an apology and a human if our side broke.

        Raises:
            UnknownCallError: the token belongs to another call.
        """
        call_id = form.get("CallSid", "")
        owner = self._supervisor.owner(token)
        if not CALL_SID.fullmatch(call_id) or (owner is not None and owner.call_id != call_id):
            raise UnknownCallError("the token belongs to another call")
        await self._supervisor.wait_end(call_id, OUTCOME_WAIT_S)
        language: Language = self._settings.default_language
        fallback, disposition, row = self._settings.transfer_number or None, None, None
        try:
            row = await get_call(self._database, call_id)
        except StorageError as exc:
            logger.error("call not read", call_id=call_id, code=exc.code)
        else:
            if row is None:
                raise UnknownCallError("no such call")
            entry = self._numbers.entry(row.to_number or "")
            language, fallback, disposition = row.language or entry.language, entry.fallback, row.disposition  # type: ignore[assignment]
            again = await self._reconnect(row, form)
            if again is not None:
                return again
        number = await self._colleague(row, entry) if row is not None and disposition == "transferred" else None
        if number:
            # Reached only if the transfer did not take the call away from this TwiML.
            return twiml.connect_to(number, language, await self._lines.sounds(language))
        if disposition not in (None, "failed_system") and not await self.has_broken(call_id):
            return twiml.hang_up()
        logger.warning("stream ended without an outcome", call_id=call_id, disposition=disposition)
        return twiml.apologise(language, fallback, await self._lines.sounds(language))

    async def _colleague(self, row: Call, entry: NumberEntry) -> str | None:
        """Number of whomever the call's process wanted to connect the caller to."""
        try:
            ends = [e.body for e in await Journal.read(self._database, row.call_id) if e.kind == "call_ended"]
        except StorageError as exc:
            logger.error("call not read", call_id=row.call_id, code=exc.code)
            return entry.fallback
        people = request_again(row, entry, None).reachable
        person = people.get(str(ends[-1].get("colleague")) if ends else "") or next(iter(people.values()), None)
        return person.number if person else None

    async def _reconnect(self, row: Call, form: Mapping[str, str]) -> str | None:
        """TwiML that connects a caller who is still there to a new process; None if their call is really over.

        Their stream broke, or the node that held their call is gone.
        """
        if form.get("CallStatus") != "in-progress" or self._supervisor.running(row.call_id) is not None:
            return None
        if row.ended_at is not None and (datetime.now(UTC) - row.ended_at).total_seconds() > RECONNECT_LIMIT_S:
            return None
        if row.resume_count >= self._settings.most_resumes or not await self._has_lost_its_stream(row):
            return None
        entry = self._numbers.entry(row.to_number or "")
        call = request_again(row, entry, form.get("AccountSid"))
        reserved = self._supervisor.reserve(call)
        with logger.contextualize(call_id=row.call_id):
            if isinstance(reserved, Busy):
                logger.error("call cannot go on here", because=reserved.code)
                return None
            logger.warning("call goes on over a new stream", resumes=row.resume_count + 1)
        self._supervisor.on_resume("node")
        return twiml.stream_to_bot(call, self._settings.public_base_url, reserved.token)

    async def _has_lost_its_stream(self, row: Call) -> bool:
        """Whether a call's process is gone without an end, or took a broken line for a caller who left."""
        if row.disposition is None:
            return True
        events = await Journal.read(self._database, row.call_id)
        ends = [event.body.get("ended_by") for event in events if event.kind == "call_ended"]
        return ends[-1:] == ["caller"]

    async def call_ended(self, end: CallEnd) -> None:
        """Stores how a call ended, unless its process has done so; a write it left half done becomes unknown."""
        call_id, told = end.call.call_id, end.outcome
        if not end.has_begun and not end.call.resumed and await Journal.read(self._database, call_id):
            # The carrier has asked another server as well, and the call is held there.
            return
        disposition = str(told.get("disposition") or "failed_system") if told is not None else None
        reason = end.failure or "its process did not store the outcome"
        if not await end_lost_call(self._database, call_id, reason, disposition=disposition):
            await settle_leftovers(self._database, call_id)

    async def has_broken(self, call_id: str) -> bool:
        """Whether a conversation was cut off on our side: it began, and its journal has no end."""
        try:
            events = await Journal.read(self._database, call_id)
        except StorageError as exc:
            logger.error("call not read", call_id=call_id, code=exc.code)
            return False
        # Not folded: whatever is wrong with the journal, the caller is to reach a human.
        turns = [event.kind for event in events if event.kind in {"call_ended", "resumed"}]
        return bool(events) and turns[-1:] != ["call_ended"]
