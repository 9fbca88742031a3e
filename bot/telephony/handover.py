"""What Twilio asks while a caller is being handed to a colleague: the briefing, its answer, and how it ended."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from loguru import logger

from bot.numbers import NumberEntry, Numbers
from bot.resumption import Entry
from bot.settings import Language, Settings
from bot.state import Event, fold
from bot.supervisor import Busy, Supervisor
from bot.telephony import twiml
from bot.telephony.base import CallRequest, UnknownCallError
from bot.telephony.lines import CarrierLines
from spoken.digits import say_digits
from storage.calls import get_call
from storage.database import Database
from storage.errors import StorageError
from storage.journal import Journal
from storage.tables import Call

KEPT_BRIEFINGS = 2000
MOST_RETURNS = 3
END_WAIT_S = 3.0
# DialCallStatus of somebody who talked to the caller, or is talking in a conference.
ANSWERED = {"completed", "answered"}

BRIEFING: Mapping[Language, str] = {
    "uk": "Вам телефонує клієнт через голосового помічника. {details}Щоб прийняти дзвінок, натисніть один.",
    "ru": "Вам звонит клиент через голосового помощника. {details}Чтобы принять звонок, нажмите один.",
    "en": "A caller is being passed on to you by the voice agent. {details}To take the call, press one.",
}
REASON: Mapping[Language, str] = {"uk": "Причина: {}. ", "ru": "Причина: {}. ", "en": "The reason: {}. "}
ORDER: Mapping[Language, str] = {"uk": "Замовлення {}. ", "ru": "Заказ {}. ", "en": "The order: {}. "}


def request_again(row: Call, entry: NumberEntry, account_sid: str | None, *, returned: bool = False) -> CallRequest:
    """The request of a call that goes on in another process, from what is stored of it."""
    return CallRequest(
        call_id=row.call_id,
        carrier="twilio",
        account_sid=account_sid,
        direction=row.direction,
        from_number=row.from_number,
        to_number=row.to_number or "",
        language=row.language or entry.language,
        flow=row.flow or entry.flow,
        voice=entry.voice,
        greeting=entry.greeting,
        greeting_protected=entry.greeting_protected,
        fallback_number=entry.fallback,
        colleagues=entry.colleagues,
        resumed=True,
        returned=returned,
    )


async def count_returns(database: Database, call_id: str) -> int:
    """How often a caller came back because nobody took their transfer."""
    events = await Journal.read(database, call_id)
    return sum(event.kind == "resumed" and event.body.get("due") == "nobody_took_it" for event in events)


class Handover:
    """Answers these webhooks, whose signatures were checked before.

    Args:
        settings: Our public address.
        numbers: Who can be reached.
        database: Where calls are kept.
        supervisor: Who takes a caller back.
        lines: What callers hear when even that is not possible.
    """

    def __init__(
        self, settings: Settings, numbers: Numbers, database: Database, supervisor: Supervisor, lines: CarrierLines
    ) -> None:
        self._settings = settings
        self._numbers = numbers
        self._database = database
        self._supervisor = supervisor
        self._lines = lines
        self._taken: OrderedDict[str, bool] = OrderedDict()

    async def briefing(self, call_id: str) -> str:
        """TwiML for a colleague who has picked up.

        Raises:
            UnknownCallError: there is no such call.
        """
        self._note(call_id, is_taken=False)
        words, language = await self.briefing_words(call_id)
        return twiml.brief(words, language, call_id, self._settings.public_base_url)

    async def briefing_words(self, call_id: str) -> tuple[str, Language]:
        """What a colleague is told who has picked up, and its language.

        Raises:
            UnknownCallError: there is no such call.
        """
        language: Language = self._settings.default_language
        details = ""
        try:
            row = await self._row(call_id)
            language = self._numbers.entry(row.to_number or "").language
            details = _details(await Journal.read(self._database, call_id), call_id, language)
        except StorageError as exc:
            logger.error("briefing without details", call_id=call_id, code=exc.code)
        return BRIEFING[language].format(details=details), language

    async def briefing_answer(self, call_id: str, form: Mapping[str, str]) -> str:
        """TwiML for a colleague who has pressed a key: 1 takes the call."""
        is_taken = form.get("Digits") == "1"
        self._note(call_id, is_taken=is_taken)
        logger.info("transfer taken" if is_taken else "transfer refused", call_id=call_id)
        return twiml.take_call() if is_taken else twiml.hang_up()

    async def ended(self, call_id: str, form: Mapping[str, str]) -> str:
        """TwiML for the caller after the colleague's leg: the end if they talked, the agent again if they did not.

        Raises:
            UnknownCallError: the form is of another call, or there is none.
        """
        if form.get("CallSid") != call_id:
            raise UnknownCallError("expected the CallSid of the address")
        status = form.get("DialCallStatus", "")
        with logger.contextualize(call_id=call_id):
            if self._has_talked(call_id, form):
                logger.info("transfer over", status=status)
                return twiml.hang_up()
            logger.warning("nobody took the transfer", status=status)
            return await self._back(call_id, form)

    def _has_talked(self, call_id: str, form: Mapping[str, str]) -> bool:
        """Whether both were connected: a colleague's voicemail answers, too, but presses no key."""
        if form.get("DialCallStatus") not in ANSWERED:
            return False
        if (bridged := form.get("DialBridged")) is not None:
            return bridged == "true"
        return self._taken.pop(call_id, True)

    async def _back(self, call_id: str, form: Mapping[str, str]) -> str:
        language: Language = self._settings.default_language
        try:
            row = await self._row(call_id)
            entry = self._numbers.entry(row.to_number or "")
            call = request_again(row, entry, form.get("AccountSid"), returned=True)
            language = call.language
            if form.get("CallStatus", "in-progress") != "in-progress":
                return twiml.hang_up()
            await self._supervisor.wait_end(call_id, END_WAIT_S)
            if await count_returns(self._database, call_id) < MOST_RETURNS:
                reserved = self._supervisor.reserve(call)
                if not isinstance(reserved, Busy):
                    return twiml.stream_to_bot(call, self._settings.public_base_url, reserved.token)
                logger.error("caller cannot come back", because=reserved.code)
        except StorageError as exc:
            logger.error("caller cannot come back", because=exc.code)
        return twiml.nobody_answered(language, await self._lines.sounds(language))

    async def _row(self, call_id: str) -> Call:
        row = await get_call(self._database, call_id)
        if row is None:
            raise UnknownCallError("no such call")
        return row

    def _note(self, call_id: str, *, is_taken: bool) -> None:
        self._taken[call_id] = is_taken
        while len(self._taken) > KEPT_BRIEFINGS:
            self._taken.popitem(last=False)


def _details(events: Sequence[Entry], call_id: str, language: Language) -> str:
    """Why they call and about which order, as far as the agent knows."""
    asked = [
        event.body.get("arguments", {}).get("reason")
        for event in events
        if event.kind == "tool_result" and event.body.get("tool") == "transfer_to_human"
    ]
    state = fold(call_id, [Event(event.kind, event.body) for event in events])
    order = state.collected_data.get("order_id", "")
    reason = str(asked[-1]).strip(" .") if asked and asked[-1] else ""
    return (REASON[language].format(reason) if reason else "") + (
        ORDER[language].format(say_digits(order, language)) if order.isascii() and order.isdigit() else ""
    )
