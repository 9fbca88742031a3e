"""What our scenario does for one call, as the platform would run it."""

import asyncio
from typing import Any

import aiohttp

from emulators.twilio.call import DialOutcome, DialPlan, Leg, new_sid
from emulators.twilio.line import CallerLine
from emulators.twilio.sounds import Voice
from emulators.voximplant.call import PlatformCall
from emulators.voximplant.stream import PlatformStream
from emulators.voximplant.web import ScenarioWeb

SORRY = "sorry: the agent could not be asked"
Order = dict[str, Any]


class Scenario:
    """Follows the agent's orders through one call."""

    def __init__(self, call: PlatformCall, web: ScenarioWeb, voice: Voice, dial_plan: DialPlan, encoding: str) -> None:
        self._call = call
        self._web = web
        self._voice = voice
        self._dial_plan = dial_plan
        self._encoding = encoding
        self._transfer: Order | None = None

    async def ask(self, path: str, **body: Any) -> Order:
        """Return the agent's order; an apology if there is none."""
        order = await self._web.post(path, body)
        if order is None:
            order = {"action": "say", "line": {"text": SORRY, "url": None}, "number": None}
        self._call.orders.append(order)
        self._call.timeline.add(self._call.seconds, "order", action=order.get("action"))
        return order

    async def follow(self, order: Order, line: CallerLine) -> None:
        """Do as ordered until the call is over."""
        while not self._call.is_over:
            if order["action"] == "connect":
                await self._connect(order, line)
                if self._transfer is not None:
                    order, self._transfer = {"action": "say", "line": None, **self._transfer}, None
                else:
                    order = await self.ask("/voximplant/media-ended", call_id=self._call.sid, connected=True)
            elif order["action"] == "say":
                order = await self._say(order) or {"action": "hang_up"}
            else:
                self._call.end("callee", "hung_up")

    async def report_end(self, status: str = "completed") -> None:
        """Tell the agent that the call is over."""
        await self._web.post("/voximplant/status", {"call_id": self._call.sid, "status": status})

    async def _connect(self, order: Order, line: CallerLine) -> None:
        call = self._call
        try:
            socket = await self._web.open_socket(order["url"])
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as exc:
            call.timeline.add(call.seconds, "stream_failed", error=type(exc).__name__)
            return
        stream = PlatformStream(
            socket,
            call.sound,
            call.report,
            self._obey,
            encoding=self._encoding,
            loss=line.loss,
            jitter_ms=line.jitter_ms,
            delay_ms=line.delay_ms,
            seed=line.seed,
        )
        await stream.open({"call_id": call.sid})
        call.stream = stream  # type: ignore[assignment]
        call.streams.append(stream)  # type: ignore[arg-type]
        call.timeline.add(call.seconds, "stream_started")
        try:
            await stream.run()
        finally:
            call.stream = None
            await stream.stop()
            call.timeline.add(call.seconds, "stream_stopped")

    async def _obey(self, name: str, fields: dict[str, Any]) -> None:
        stream: PlatformStream = self._call.stream  # type: ignore[assignment]
        match name:
            case "clear_media_buffer":
                stream.clear(int(fields.get("generation", 0)))
            case "hang_up":
                await stream.answer(fields["id"])
                self._call.end("callee", "hung_up")
            case "transfer":
                self._transfer = fields
                await stream.answer(fields["id"])
            case "send_digits":
                self._call.digits_sent += fields["digits"]
                await stream.answer(fields["id"])
            case _:
                self._call.violate("unknown_request", f"the scenario does not know {name!r}")

    async def _say(self, order: Order) -> Order | None:
        """Say a sentence and pass the caller on; the agent's next order if nobody took them and they go back."""
        if order.get("line"):
            await self._speak(order["line"])
        number = order.get("number")
        if number:
            self._call.transfers.append(number)
            outcome = self._dial_plan.outcome(number)
            self._call.timeline.add(self._call.seconds, "dial", number=number, status=outcome.status)
            await asyncio.sleep(outcome.ring_s)
            leg = Leg(new_sid("leg-"), number)
            self._call.legs.append(leg)
            if outcome.status == "completed" and await self._is_taken(order, leg, outcome):
                leg.is_bridged = True
                await asyncio.sleep(outcome.talk_s if outcome.talk_s is not None else 3600)
            elif order.get("returns"):
                return await self.ask("/voximplant/returned", call_id=self._call.sid)
            else:
                await self._speak(order["nobody"])
        self._call.end("callee", "order_done")
        return None

    async def _is_taken(self, order: Order, leg: Leg, outcome: DialOutcome) -> bool:
        """Whether a colleague who has picked up takes the call: at once, or by a key once they were told of it."""
        if not order.get("briefed"):
            return True
        brief = await self.ask("/voximplant/briefing", call_id=self._call.sid)
        if brief["action"] != "brief":
            return False
        leg.says.append(brief["line"]["text"])
        return outcome.keys[:1] == "1"

    async def _speak(self, line: dict[str, Any]) -> None:
        self._call.says.append(line["text"])
        await self._call.sound.play(self._voice(line["text"], line.get("language")))
