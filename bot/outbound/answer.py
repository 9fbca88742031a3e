"""What the carrier is told when somebody picks up a call of ours."""

from __future__ import annotations

from collections.abc import Mapping

from loguru import logger

from bot.outbound.outbound import Outbound
from bot.settings import Settings
from bot.supervisor import Busy, Supervisor
from bot.telephony import twiml
from bot.telephony.base import UnknownCallError, is_call_of
from bot.telephony.lines import CarrierLines
from storage.calls import finish_call, get_call
from storage.database import Database
from storage.dials import get_dial
from storage.errors import StorageError


class AnsweredCalls:
    """Connects people whom we called to the conversation that was held ready for them.

    Asked twice, it gives the same answer: a call's room has one token for as long as the call lasts.
    """

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

    async def answer(self, dial_id: str, form: Mapping[str, str]) -> str:
        """TwiML for a call that was picked up: greeted at once, whoever it turns out to be.

        Raises:
            UnknownCallError: no order of ours asked for this call.
        """
        call_id = form.get("CallSid", "")
        if not is_call_of(form, self._settings.twilio_account_sid):
            raise UnknownCallError("expected CallSid (CA…) and the configured account's AccountSid")
        with logger.contextualize(call_id=call_id):
            try:
                return await self._connect(dial_id, call_id)
            except StorageError as exc:
                # Without its order nobody knows what this call is for.
                logger.error("answered call not read", code=exc.code)
                language = self._settings.default_language
                return twiml.apologise(language, None, await self._lines.sounds(language))

    async def _connect(self, dial_id: str, call_id: str) -> str:
        dial = await get_dial(self._database, dial_id)
        call = await self._outbound.bind(dial, call_id) if dial is not None else None
        if dial is None or call is None:
            raise UnknownCallError("no order of ours asked for this call")
        row = await get_call(self._database, call_id)
        if row is not None and row.ended_at is not None:
            logger.warning("webhook for a call that is over")
            return twiml.hang_up()
        if dial.answered_by == "machine":
            call = call.model_copy(update={"answered_by": "machine"})
        call = call.model_copy(update={"account_sid": self._settings.twilio_account_sid})
        reserved = self._supervisor.take_place(dial_id, call)
        if isinstance(reserved, Busy):
            logger.error("no room for an answered call", code=reserved.code)
            await finish_call(
                self._database, call_id, disposition="failed_system", summary=f"turned away: {reserved.code}"
            )
            return twiml.apologise(call.language, call.fallback_number, await self._lines.sounds(call.language))
        logger.info("call accepted", carrier="twilio", direction="outbound", flow=call.flow)
        return twiml.stream_to_bot(call, self._settings.public_base_url, reserved.token)
