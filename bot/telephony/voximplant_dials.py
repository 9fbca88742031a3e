"""What our scenario is told about calls that we place: whom to ring, and what to do when they pick up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loguru import logger

from bot.outbound.order import NewCall
from bot.outbound.outbound import Outbound
from bot.settings import Settings
from bot.supervisor import Busy, Supervisor
from bot.telephony import voximplant_orders as orders
from bot.telephony.base import CallRequest, UnknownCallError
from bot.telephony.lines import CarrierLines
from bot.telephony.progress import SILENT, unheld
from storage.calls import finish_call, get_call, update_call
from storage.database import Database
from storage.dials import get_dial, note_answered_by
from storage.journal import Journal
from storage.tables import Call, Dial

PREFIX = "VX"


class VoximplantDials:
    """Answers the scenario for orders that `VoximplantDialer` started; their call id holds the order's."""

    def __init__(
        self,
        settings: Settings,
        outbound: Outbound,
        database: Database,
        supervisor: Supervisor,
        lines: CarrierLines,
    ) -> None:
        self._settings = settings
        self._outbound = outbound
        self._database = database
        self._supervisor = supervisor
        self._lines = lines

    async def order(self, form: Mapping[str, Any]) -> str:
        """Whom to ring; only an order that was written down says so, never the scenario.

        Raises:
            UnknownCallError: no order of ours asked for this call.
        """
        dial, call = await self._find(form)
        row = await get_call(self._database, call.call_id)
        if row is not None and row.ended_at is not None:
            return orders.hang_up()
        wish = NewCall.of_wish(dial.order)
        limit_s = min(wish.time_limit_s or self._settings.outbound_limit_s, self._settings.outbound_limit_s)
        return orders.dial(
            call.call_id,
            wish.to,
            call.to_number,
            ring_s=wish.ring_timeout_s,
            limit_s=limit_s,
            detects_machines=wish.detect_machine,
            waits_for_end=wish.voicemail is not None,
        )

    async def answered(self, form: Mapping[str, Any]) -> str:
        """The order for a call that was picked up: connected at once to the room that was held for it.

        Raises:
            UnknownCallError: no order of ours asked for this call.
        """
        dial, call = await self._find(form)
        row = await get_call(self._database, call.call_id)
        if row is not None and row.ended_at is not None:
            return orders.hang_up()
        reserved = self._supervisor.take_place(dial.dial_id, call)
        if isinstance(reserved, Busy):
            logger.error("no room for an answered call", call_id=call.call_id, code=reserved.code)
            summary = f"turned away: {reserved.code}"
            await finish_call(self._database, call.call_id, disposition="failed_system", summary=summary)
            return orders.apologise(call, await self._lines.sounds(call.language))
        logger.info("call accepted", carrier="voximplant", direction="outbound", flow=call.flow)
        return orders.connect(call, self._settings.public_base_url, reserved.token)

    async def detected(self, form: Mapping[str, Any]) -> str:
        """The order for a call whose machine detection has come to a result: a machine is left its message, or nothing.

        Args:
            form: `call_id`, and `answered_by`: `machine`, or anything else for whoever is talked to.

        Raises:
            UnknownCallError: no order of ours asked for this call.
        """
        dial, call = await self._find(form)
        answered_by = "machine" if form.get("answered_by") == "machine" else "human"
        logger.info("answered by", call_id=call.call_id, verdict=answered_by)
        await note_answered_by(self._database, dial.dial_id, answered_by)
        if self._supervisor.tell_answered_by(call.call_id, answered_by) or answered_by == "human":
            return orders.nothing()
        summary = "machine, before the stream came"
        if not await finish_call(self._database, call.call_id, disposition="voicemail", summary=summary):
            row = await get_call(self._database, call.call_id)
            if row is not None and row.disposition in SILENT:
                await update_call(self._database, call.call_id, disposition="voicemail")
        return orders.hang_up()

    async def over(self, call_id: str, status: str) -> None:
        """A call is over: the room is given back, and a call that nobody took gets its outcome."""
        dial = await get_dial(self._database, call_id.removeprefix(PREFIX))
        if dial is None:
            return
        # Whoever hangs up at once may be reported before the scenario asks what to do with them.
        was_expected = any(self._supervisor.waiting(held) is not None for held in (dial.dial_id, call_id))
        self._supervisor.withdraw(dial.dial_id)
        row: Call | None = await get_call(self._database, call_id)
        if row is None or row.ended_at is not None or self._supervisor.running(call_id) is not None:
            return
        if (status == "completed" and not was_expected) or await Journal.read(self._database, call_id):
            return  # its process, here or on another node, stores the outcome
        disposition = unheld(row, status, was_expected=was_expected, dial=dial)
        await finish_call(self._database, call_id, disposition=disposition, summary=f"carrier: {status}")

    async def _find(self, form: Mapping[str, Any]) -> tuple[Dial, CallRequest]:
        call_id = str(form.get("call_id"))
        dial = await get_dial(self._database, call_id.removeprefix(PREFIX))
        if dial is None or dial.carrier != "voximplant" or call_id != f"{PREFIX}{dial.dial_id}":
            raise UnknownCallError("no order of ours asked for this call")
        call = await self._outbound.bind(dial, call_id)
        if call is None:
            raise UnknownCallError("no order of ours asked for this call")
        return dial, call
