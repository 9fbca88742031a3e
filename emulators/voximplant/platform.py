"""A Voximplant platform on loopback that runs our scenario for each call."""

import asyncio
import json
from pathlib import Path
from typing import Any, Self

import aiohttp

from emulators.errors import NotRunningError
from emulators.twilio.call import CallPlan, DialPlan
from emulators.twilio.line import CallerLine
from emulators.twilio.sounds import Voice, hum
from emulators.voximplant.call import PlatformCall
from emulators.voximplant.scenario import Scenario
from emulators.voximplant.web import ScenarioWeb

_END_S = 5.0


class Platform:
    """Places calls to an agent.

    Args:
        secret: what the scenario shows to the agent.
        public_base_url: the agent's address as the scenario knows it.
        connect_to: where the agent really listens; None if that is the public URL.
        voice: makes the sound of sentences that the platform itself says.
        dial_plan: what becomes of numbers the agent transfers to.
        encoding: how μ-law is spelled on the media socket.
    """

    def __init__(
        self,
        secret: str,
        public_base_url: str,
        *,
        connect_to: str | None = None,
        voice: Voice = hum,
        dial_plan: DialPlan | None = None,
        encoding: str = "ULAW",
    ) -> None:
        self.calls: list[PlatformCall] = []
        self.dial_plan = dial_plan or DialPlan()
        self.connect_to = connect_to
        self._secret = secret
        self._base_url = public_base_url
        self._voice = voice
        self._encoding = encoding
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ringing: asyncio.Queue[PlatformCall] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in self.calls:
            call.end("carrier", "platform_closed")
        await asyncio.gather(*(call.wait_ended(_END_S) for call in self.calls))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def place_call(
        self,
        from_: str | None,
        to: str,
        caller: CallerLine,
        *,
        tape_path: Path | None = None,
        time_limit_s: float = 3600.0,
    ) -> PlatformCall:
        """Ring the agent and return once the call is answered: it is, even if only a sentence is said.

        Args:
            from_: E.164; None for a withheld number.
            to: E.164, the number that was called.
            caller: who calls; serves this call only.
            tape_path: where the recording is written at the end.
            time_limit_s: when the platform ends the call itself.
        """
        plan = CallPlan(tape_path=tape_path, time_limit_s=time_limit_s)
        call = PlatformCall((from_ or "anonymous").lstrip("+"), to.lstrip("+"), "inbound", plan)
        self.calls.append(call)
        scenario = self._scenario(call)
        order = await scenario.ask("/voximplant/ring", id=call.id, **{"from": call.from_, "to": call.to})
        call.sid = order.get("call_id", call.sid)
        call.answer(caller)
        self._keep(self._hold(call, scenario, order, caller))
        return call

    def start_session(self, custom_data: str) -> None:
        """Run the scenario for a call that the agent places."""
        self._keep(self._dial(json.loads(custom_data)["dial"]))

    async def wait_outbound(self, timeout_s: float = 10.0) -> PlatformCall:
        """Return the next call that the agent places, while it rings.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(timeout_s):
            return await self._ringing.get()

    async def pick_up(
        self, call: PlatformCall, line: CallerLine, answered_by: str = "human", *, holds_verdict: bool = False
    ) -> None:
        """Answer a call that rings.

        Args:
            call: which one.
            line: who picks up.
            answered_by: what detection finds, if it was asked for: ``human``, ``machine`` or ``unknown``.
            holds_verdict: detection says so only when ``tell_verdict`` is called.
        """
        scenario = self._scenario(call)
        call.answer(line)
        call.answered_by = answered_by
        order = await scenario.ask("/voximplant/answered", call_id=call.sid)
        self._keep(self._hold(call, scenario, order, line))
        if not holds_verdict:
            await self.tell_verdict(call)

    async def tell_verdict(self, call: PlatformCall) -> None:
        """Let detection say what it has found; after a machine's greeting, if that was ordered."""
        if not call.orders[0].get("detects_machines") or call.is_over:
            return
        who = "machine" if call.answered_by == "machine" else "human"
        order = await self._scenario(call).ask("/voximplant/detected", call_id=call.sid, answered_by=who)
        if order["action"] == "hang_up":
            call.end("callee", "hung_up")

    async def leave_unanswered(self, call: PlatformCall, status: str = "failed") -> None:
        """Let a call that rings end without an answer."""
        call.end("carrier", "not_answered", "no-answer")
        await self._scenario(call).report_end(status)
        await call.put_away()
        call.release()

    async def speak_to_session(self, content: str) -> None:
        """What is posted to a session's address: our scenario gives up the call that it names, if it still rings."""
        cancelled = json.loads(content)["cancel"]
        for call in self.calls:
            if call.sid == cancelled and call.status == "ringing":
                self._keep(self.leave_unanswered(call))

    async def _dial(self, call_id: str) -> None:
        call = PlatformCall("", "", "outbound", CallPlan())  # the first of its orders is the one to dial
        call.sid = call_id
        order = await self._scenario(call).ask("/voximplant/dial", call_id=call_id)
        if order["action"] != "dial":
            return
        call.from_, call.to = order["caller_id"], order["number"]
        call.set_status("ringing")
        self.calls.append(call)
        self._ringing.put_nowait(call)

    def _scenario(self, call: PlatformCall) -> Scenario:
        if self._session is None:
            raise NotRunningError("platform: it is not running")
        web = ScenarioWeb(self._session, self._secret, self._base_url, lambda: self.connect_to)
        return Scenario(call, web, self._voice, self.dial_plan, self._encoding)

    async def _hold(self, call: PlatformCall, scenario: Scenario, order: dict[str, Any], line: CallerLine) -> None:
        ticking = asyncio.create_task(call.sound.run())
        limit = asyncio.get_running_loop().call_later(call.plan.time_limit_s, call.end, "carrier", "time_limit")
        call.executing = asyncio.create_task(scenario.follow(order, line))
        try:
            await asyncio.wait({call.executing})
            if not call.executing.cancelled() and (error := call.executing.exception()) is not None:
                call.violate("scenario_failed", f"{type(error).__name__}: {error}")
                call.end("carrier", "scenario_failed", "failed")
        finally:
            limit.cancel()
            ticking.cancel()
            await call.put_away()
            await scenario.report_end()
            call.release()

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
