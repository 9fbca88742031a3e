"""What happens to a Voximplant call outside its conversation; our scenario asks, and is told in JSON."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from loguru import logger

from bot.numbers import NumberEntry
from bot.supervisor import Busy
from bot.telephony import voximplant_orders as orders
from bot.telephony.base import CallRequest, UnknownCallError, read_caller
from bot.telephony.handover import END_WAIT_S as RETURN_WAIT_S
from bot.telephony.handover import MOST_RETURNS, count_returns
from bot.telephony.reception import KEPT_ANSWERS, OUTCOME_WAIT_S, Reception
from storage.calls import finish_call, get_call
from storage.errors import StorageError
from storage.journal import Journal
from storage.tables import Call

CALL_ID = re.compile(r"VX[A-Za-z0-9_.-]{1,64}")
NAME = "voximplant"
OVER = {"completed": "abandoned", "failed": "failed_system"}
CANCELLED = "487"  # SIP: whoever rang has given up


class VoximplantReception(Reception):
    """Answers the scenario's requests, whose secret was checked before."""

    async def ring(self, form: Mapping[str, Any]) -> str:
        """The order for a call that has come in, or that we have placed and somebody has answered.

        Args:
            form: `id` (the platform's own), `from`, `to`.

        Returns:
            An order; the same one if the same call is announced again.

        Raises:
            UnknownCallError: the request names no call.
        """
        call = self._read(form)
        answer = self._answers.get(call.call_id)
        if answer is None:
            answer = asyncio.get_running_loop().create_task(self._order(call))
            self._answers[call.call_id] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        try:
            return await asyncio.shield(answer)
        except StorageError as exc:
            # Not kept: the scenario may ask again when the database is back.
            self._answers.pop(call.call_id, None)
            logger.error("call not recorded", call_id=call.call_id, code=exc.code)
            return orders.apologise(call, await self._lines.sounds(call.language))

    def _read(self, form: Mapping[str, Any]) -> CallRequest:
        given_id = form.get("id")
        call_id = f"VX{given_id}"
        if not isinstance(given_id, str) or not CALL_ID.fullmatch(call_id):
            raise UnknownCallError("expected 'id' (the call's own)")
        to_number = _dialled(form.get("to"))
        entry = self._numbers.entry(to_number)
        return self._request_of(call_id, entry, to_number, read_caller(_with_plus(form.get("from"))))

    def _request_of(self, call_id: str, entry: NumberEntry, to_number: str, person: str | None) -> CallRequest:
        return CallRequest(
            call_id=call_id,
            carrier=NAME,
            from_number=person,
            to_number=to_number,
            language=entry.language,
            flow=entry.flow,
            voice=entry.voice,
            greeting=entry.greeting,
            greeting_protected=entry.greeting_protected,
            fallback_number=entry.fallback,
            colleagues=entry.colleagues,
        )

    async def _order(self, call: CallRequest) -> str:
        entry = self._numbers.entry(call.to_number)
        with logger.contextualize(call_id=call.call_id):
            is_new = await self._record(call)
            if not is_new:
                row = await get_call(self._database, call.call_id)
                if row is not None and row.ended_at is not None:
                    logger.warning("request for a call that is over")
                    return orders.hang_up()
            sounds = await self._lines.sounds(call.language)
            if not self._is_open(entry):
                return await self._turn_away(call, "closed", orders.closed(call, sounds), is_new=is_new)
            if not self._is_ready():
                busy = orders.busy(call, entry.overflow_number, sounds)
                return await self._turn_away(call, "starting", busy, is_new=is_new)
            reserved = self._supervisor.reserve(call)
            if isinstance(reserved, Busy):
                busy = orders.busy(call, entry.overflow_number, sounds)
                return await self._turn_away(call, reserved.code, busy, is_new=is_new)
            logger.info("call accepted", carrier=NAME, direction=call.direction, flow=call.flow)
            return orders.connect(call, self._settings.public_base_url, reserved.token)

    async def media_ended(self, form: Mapping[str, Any]) -> str:
        """The order for a call whose media socket is closed: the end, another socket, or an apology and a human.

        Args:
            form: `call_id` as the `connect` order named it, and `connected`: whether the caller is still there.

        Raises:
            UnknownCallError: there is no such call.
        """
        call_id = str(form.get("call_id"))
        if not CALL_ID.fullmatch(call_id):
            raise UnknownCallError("expected 'call_id' as it was given")
        await self._supervisor.wait_end(call_id, OUTCOME_WAIT_S)
        try:
            row = await get_call(self._database, call_id)
        except StorageError as exc:
            logger.error("call not read", call_id=call_id, code=exc.code)
            entry = self._numbers.entry("")
            call = self._request_of(call_id, entry, "", None)
            return orders.apologise(call, await self._lines.sounds(call.language))
        if row is None or row.carrier != NAME:
            raise UnknownCallError("no such call")
        call = self._again(row)
        if form.get("connected") is True:
            again = await self._new_socket(row, call)
            if again is not None:
                return again
        sounds = await self._lines.sounds(call.language)
        if row.disposition == "transferred" and call.fallback_number:
            # Asked only if the transfer did not take the call away from the scenario's socket.
            return orders.connect_to(call, call.fallback_number, sounds)
        if row.disposition not in (None, "failed_system") and not await self.has_broken(call_id):
            return orders.hang_up()
        logger.warning("media ended without an outcome", call_id=call_id, disposition=row.disposition)
        return orders.apologise(call, sounds)

    def _again(self, row: Call) -> CallRequest:
        entry = self._numbers.entry(row.to_number or "")
        call = self._request_of(row.call_id, entry, row.to_number or "", row.from_number)
        kept = {"direction": row.direction, "language": row.language or entry.language, "flow": row.flow or entry.flow}
        return call.model_copy(update=kept | {"resumed": True})

    async def _new_socket(self, row: Call, call: CallRequest) -> str | None:
        """The order that connects a caller who is still there to a new process; None if their call is really over."""
        if self._supervisor.running(row.call_id) is not None:
            return None
        if row.resume_count >= self._settings.most_resumes or not await self._has_lost_its_stream(row):
            return None
        reserved = self._supervisor.reserve(call)
        with logger.contextualize(call_id=row.call_id):
            if isinstance(reserved, Busy):
                logger.error("call cannot go on here", because=reserved.code)
                return None
            logger.warning("call goes on over a new stream", resumes=row.resume_count + 1)
        self._supervisor.on_resume("node")
        return orders.connect(call, self._settings.public_base_url, reserved.token)

    async def returned(self, form: Mapping[str, Any]) -> str:
        """The order for a caller whose transfer nobody took: the agent again, or a sentence and the end.

        Args:
            form: `call_id` as the `connect` order named it.

        Raises:
            UnknownCallError: there is no such call.
        """
        call_id = str(form.get("call_id"))
        row = await get_call(self._database, call_id) if CALL_ID.fullmatch(call_id) else None
        if row is None or row.carrier != NAME:
            raise UnknownCallError("expected 'call_id' as it was given")
        with logger.contextualize(call_id=call_id):
            logger.warning("nobody took the transfer")
            call = self._again(row).model_copy(update={"returned": True})
            await self._supervisor.wait_end(call_id, RETURN_WAIT_S)
            await self._supervisor.drop_line(call_id, RETURN_WAIT_S)
            because: str = "returns"
            if await count_returns(self._database, call_id) < MOST_RETURNS:
                reserved = self._supervisor.reserve(call)
                if not isinstance(reserved, Busy):
                    return orders.connect(call, self._settings.public_base_url, reserved.token)
                because = reserved.code
            logger.error("caller cannot come back", because=because)
        return orders.nobody_answered(call, await self._lines.sounds(call.language))

    async def progress(self, form: Mapping[str, Any]) -> None:
        """Takes note of a call's end; a caller who left before their socket came frees the place."""
        call_id, status = str(form.get("call_id")), str(form.get("status"))
        if not CALL_ID.fullmatch(call_id):
            raise UnknownCallError("expected 'call_id' as it was given")
        logger.info("call status", call_id=call_id, status=status if status in OVER else "unknown")
        reservation = self._supervisor.waiting(call_id)
        if status in OVER and reservation is not None and reservation.call.carrier == NAME:
            if not await Journal.read(self._database, call_id):  # one that was to go on ends with what it tells
                has_left = form.get("reason") == CANCELLED
                disposition = "abandoned" if has_left else OVER[status]
                await finish_call(self._database, call_id, disposition=disposition)
            self._supervisor.release(reservation.token, "the caller left before the stream came")


def _with_plus(number: object) -> str:
    """A number as E.164 writes it: Voximplant leaves the plus out."""
    text = str(number or "").strip()
    return f"+{text}" if text.isascii() and text.isdigit() and len(text) >= 8 else text


def _dialled(number: object) -> str:
    """The number that was called: E.164, or whatever the platform routes by."""
    return _with_plus(number)[:64]
