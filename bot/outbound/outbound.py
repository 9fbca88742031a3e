"""Placing calls: each order once, within its limits, with room for its conversation before anything rings."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loguru import logger

from bot import phrases
from bot.numbers import Numbers
from bot.outbound.errors import OutboundError
from bot.outbound.order import NewCall, new_dial_id
from bot.outbound.policy import AllowedNumbers
from bot.settings import Settings
from bot.supervisor import Busy, Supervisor
from bot.telephony.base import CallRequest, CarrierName, Dialer, DialOrder, TelephonyError
from storage.calls import finish_call
from storage.database import Database
from storage.dials import Caps, bind_dial, close_dial, dial_of_key, forget_dial, get_dial, open_dial, settle_dials
from storage.errors import StorageError
from storage.tables import Dial

# After the ring the carrier still has to ask us what to do, and we to answer.
HOLD_MARGIN_S = 30
SAY = {
    "opted_out": "whoever has this number asked not to be called again",
    "number_cap": "OUTBOUND_PER_NUMBER: this number was called as often today as is allowed",
    "day_cap": "OUTBOUND_PER_DAY: as many calls were placed today as are allowed",
}


@dataclass(frozen=True)
class Placed:
    """What became of an order.

    Attributes:
        status: `placed`; `dialing` while the carrier is being asked; `unknown` if nobody knows whether it rings.
        is_new: Whether it was placed just now, and not by an earlier request with the same key.
    """

    dial_id: str
    call_id: str | None
    status: str
    is_new: bool


class Outbound:
    """Places calls.

    Args:
        settings: Own number, what may be dialled, caps.
        numbers: What is configured for the number that is shown.
        database: Where orders are written down.
        supervisor: Who has room for a call.
        now: The business clock, aware.
        is_ready: Whether a conversation could be held at all.
        dialers: By carrier; the first one is used.
    """

    def __init__(
        self,
        settings: Settings,
        numbers: Numbers,
        database: Database,
        supervisor: Supervisor,
        now: Callable[[], datetime],
        is_ready: Callable[[], bool],
        dialers: Mapping[CarrierName, Dialer],
    ) -> None:
        self._settings = settings
        self._numbers = numbers
        self._database = database
        self._supervisor = supervisor
        self._now = now
        self._is_ready = is_ready
        self._dialers = dialers
        self._allowed = AllowedNumbers.parse(settings.outbound_prefixes)
        self._placing: dict[str, asyncio.Task[tuple[Dial, bool]]] = {}

    async def open(self) -> None:
        """Takes note of orders that an earlier server left unfinished; nothing is dialled again."""
        left = await settle_dials(self._database, self._now())
        if left:
            logger.warning("orders to call were left unfinished; whether they rang is unknown", orders=left)

    async def close(self) -> None:
        """Returns when no carrier is being asked any more, and nothing rings."""
        await self.cancel_ringing()

    async def cancel_ringing(self) -> None:
        """Ends, at the carrier, every call that nobody has answered yet: the server stops, and nobody would speak.

        One that is answered at this moment goes on. What cannot be ended is logged, and its end is left to the
        carrier's reports.
        """
        await asyncio.gather(*self._placing.values(), return_exceptions=True)
        ringing = [call.call_id for call in self._supervisor.ringing()]
        for dial_id, failed in zip(
            ringing, await asyncio.gather(*map(self._cancel, ringing), return_exceptions=True), strict=True
        ):
            if isinstance(failed, BaseException):
                code = getattr(failed, "code", type(failed).__name__)
                logger.error("ringing call not cancelled", dial_id=dial_id, code=code)

    async def _cancel(self, dial_id: str) -> None:
        dial = await get_dial(self._database, dial_id)
        dialer = self._dialers.get(dial.carrier) if dial is not None else None  # type: ignore[call-overload]
        if dial is None or dial.call_id is None or dialer is None or not await dialer.cancel(dial.call_id):
            return
        self._supervisor.withdraw(dial_id)
        await finish_call(self._database, dial.call_id, disposition="not_reached", summary="the server stopped")
        logger.info("ringing call cancelled", dial_id=dial_id, call_id=dial.call_id)

    async def place(self, call: NewCall) -> Placed:
        """Has somebody called, unless the order's key is known: then what became of that order.

        Raises:
            OutboundError: nothing rings, and the code says why.
            StorageError: the database cannot be asked; the same key tells later what became of it.
        """
        key = call.idempotency_key or secrets.token_urlsafe(16)
        placing = self._placing.get(key)
        is_first = placing is None
        if placing is None:
            # A task of its own: a client that goes away must not leave a call that nobody has written down.
            placing = self._placing[key] = asyncio.get_running_loop().create_task(self._place(call, key), name="dial")
            placing.add_done_callback(lambda _: self._placing.pop(key, None))
        dial, is_new = await asyncio.shield(placing)
        if dial.order != call.wish:
            raise OutboundError("key_reused", "this idempotency key belongs to an order with other contents")
        if dial.status == "refused":
            raise OutboundError("carrier_refused", dial.reason or "the carrier refused the call")
        return Placed(dial.dial_id, dial.call_id, dial.status, is_new and is_first)

    async def _place(self, call: NewCall, key: str) -> tuple[Dial, bool]:
        known = await dial_of_key(self._database, key)
        if known is not None:
            return known, False
        carrier, dialer, from_number = self._check(call)
        dial_id = new_dial_id()
        request = self.request(call, dial_id, carrier, from_number)
        held = self._supervisor.reserve(request, call.ring_timeout_s + HOLD_MARGIN_S)
        if isinstance(held, Busy):
            raise OutboundError(held.code, "there is no room for another call now")
        try:
            opened = await self._write_down(call, key, dial_id, carrier)
        except BaseException:
            self._supervisor.withdraw(dial_id)
            raise
        if isinstance(opened, str) or opened.dial_id != dial_id:
            self._supervisor.withdraw(dial_id)
            if isinstance(opened, str):
                raise OutboundError(opened, SAY[opened])
            return opened, False
        await self._dial(dialer, opened, self._order(call, dial_id, from_number))
        return await get_dial(self._database, dial_id) or opened, True

    def _check(self, call: NewCall) -> tuple[CarrierName, Dialer, str]:
        """Carrier and shown number of a call that may be placed."""
        from_number = call.from_number or self._settings.outbound_number
        if not self._dialers or not from_number or not self._allowed.prefixes:
            raise OutboundError(
                "not_configured",
                "set a carrier's account, PUBLIC_BASE_URL, OUTBOUND_NUMBER and OUTBOUND_PREFIXES to place calls",
            )
        if from_number != self._settings.outbound_number and from_number not in self._numbers.entries:
            raise OutboundError("from_not_ours", "from_number: expected OUTBOUND_NUMBER or a number of NUMBERS_FILE")
        if not self._allowed.allows(call.to):
            raise OutboundError("number_not_allowed", "OUTBOUND_PREFIXES does not allow calls to this number")
        if not self._is_ready():
            raise OutboundError("starting", "recognition and speech are still loading")
        return *next(iter(self._dialers.items())), from_number

    def request(self, call: NewCall, call_id: str, carrier: CarrierName, from_number: str | None = None) -> CallRequest:
        """The conversation that an order asks for."""
        ours = from_number or call.from_number or self._settings.outbound_number
        entry = self._numbers.entry(ours)
        language = call.language or entry.language
        return CallRequest(
            call_id=call_id,
            carrier=carrier,
            direction="outbound",
            from_number=call.to,
            to_number=ours,
            language=language,
            flow=call.flow or entry.flow,
            voice=entry.voice,
            greeting=call.greeting or phrases.opening(call.flow or entry.flow, language),
            greeting_protected=entry.greeting_protected,
            fallback_number=entry.fallback,
            voicemail=call.voicemail,
        )

    async def _write_down(self, call: NewCall, key: str, dial_id: str, carrier: CarrierName) -> Dial | str:
        midnight = self._now().astimezone(self._settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        caps = Caps(midnight, self._settings.outbound_per_number, self._settings.outbound_per_day)
        return await open_dial(
            self._database,
            dial_id=dial_id,
            key=key,
            carrier=carrier,
            to_number=call.to,
            order=call.wish,
            caps=caps,
            created_at=self._now(),
        )

    def _order(self, call: NewCall, dial_id: str, from_number: str) -> DialOrder:
        limit_s = self._settings.outbound_limit_s
        return DialOrder(
            dial_id=dial_id,
            to_number=call.to,
            from_number=from_number,
            ring_timeout_s=call.ring_timeout_s,
            time_limit_s=min(call.time_limit_s or limit_s, limit_s),
            detects_machines=call.detect_machine,
            waits_for_beep=call.voicemail is not None,
        )

    async def _dial(self, dialer: Dialer, dial: Dial, order: DialOrder) -> None:
        try:
            call_id = await dialer.dial(order)
        except TelephonyError as exc:
            logger.warning("call not placed", dial_id=dial.dial_id, code=exc.code)
            if exc.code == "dial_unknown":
                # It may ring: the room stays, and the carrier's reports will tell.
                await close_dial(self._database, dial.dial_id, "unknown", str(exc))
                return
            self._supervisor.withdraw(dial.dial_id)
            if exc.retryable:
                await forget_dial(self._database, dial.dial_id)
                raise OutboundError("not_sent", str(exc)) from exc
            await close_dial(self._database, dial.dial_id, "refused", str(exc))
            return
        try:
            await self.bind(dial, call_id)
        except StorageError as exc:
            # The order itself is written down; the carrier's reports name it and bind the call.
            logger.error("call placed but not bound to its order", dial_id=dial.dial_id, code=exc.code)
            raise
        logger.info("call placed", dial_id=dial.dial_id, call_id=call_id)

    async def bind(self, dial: Dial, call_id: str) -> CallRequest | None:
        """Writes down that an order's call is this one; None if the order has another call.

        Whoever learns of the call first does it: the answer of the carrier's API, or one of its reports.
        """
        request = self.request(NewCall.of_wish(dial.order), call_id, dial.carrier)  # type: ignore[arg-type]
        is_bound = await bind_dial(
            self._database,
            dial.dial_id,
            call_id=call_id,
            carrier=request.carrier,
            direction="outbound",
            from_number=request.from_number,
            to_number=request.to_number,
            language=request.language,
            flow=request.flow,
        )
        return request if is_bound else None
