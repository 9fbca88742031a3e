"""One call from its connection to its outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from loguru import logger
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.transports.base_transport import BaseTransport
from pipecat.workers.runner import WorkerRunner
from starlette.websockets import WebSocket

from bot import phrases
from bot.call_services import call_services
from bot.clock import business_clock
from bot.conversation import Conversation
from bot.desk import Desk
from bot.endpoints import with_voice
from bot.hosting import hosted
from bot.numbers import load_numbers
from bot.outbound.verdict import Verdict
from bot.phrase_cache import PhraseCache
from bot.prompts import system_prompt
from bot.recordings import open_recording
from bot.settings import Settings, load_settings
from bot.spoken_line import SpokenLine
from bot.telephony.base import CallRequest, Carrier
from bot.telephony.twilio import TwilioCarrier
from bot.voximplant_session import open_stream
from bot.warmup import import_everything as preload  # noqa: F401  read by the template
from bot.warmup import prepare as prepare  # read by the process that waits for a call
from pipelines.functions import manage
from pipelines.health import ServiceHealth
from pipelines.serializers.twilio import TwilioMediaSerializer
from pipelines.serializers.voximplant import VoximplantFrameSerializer
from pipelines.transports import browser_transport, runner_transport, telephone_transport
from pipelines.voice import TELEPHONE_RATE_HZ, build_voice_pipeline
from pipelines.wire import Wire
from spoken import Language

START_DEADLINE_S = 5.0
TICK_S = 0.1
BROWSER_RATE_HZ = 16_000

Report = Callable[[dict[str, Any]], None]


class Farewell:
    """Ends the call of this process in good order, when the server cannot wait for its own end."""

    def __init__(self) -> None:
        """There is no call yet."""
        self.conversation: Conversation | None = None

    async def __call__(self) -> bool:
        """Whether there was a call to say goodbye in; returns when the caller has heard it."""
        if self.conversation is None or self.conversation.ended.is_set():
            return False
        await self.conversation.must_go()
        return True


farewell = Farewell()


async def steer(what: Mapping[str, Any]) -> None:
    """Does in the call of this process what somebody asks over the API: `act` and what belongs to it."""
    conversation = farewell.conversation
    if conversation is None or conversation.ended.is_set():
        return
    match what["act"]:
        case "hang_up":
            await conversation.leaving.end("agent", phrases.GOODBYE[conversation.language])
        case "transfer":
            await conversation.leaving.hand_over(what.get("colleague"))
        case "hold":
            await conversation.hold.begin()
        case "release":
            await conversation.hold.release()
        case "press":
            await conversation.press_digits(str(what["digits"]))


verdict = Verdict()
hear_verdict = verdict.hear
"""Told by the server who has picked up."""
health = ServiceHealth()
"""What this process knows of vendors' services; one process holds one call, and the server keeps it up to date."""


class SessionError(Exception):
    """The call could not begin; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        """A stable code and a sentence."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """How a call ended and what was learned in it."""

    call_id: str
    disposition: str
    ended_by: str
    state: str = "closed"
    language: str = "uk"
    collected_data: Mapping[str, str] = field(default_factory=dict)
    tape: str | None = None


async def answer_websocket(
    websocket: WebSocket,
    request: CallRequest,
    settings: Settings,
    report: Report,
    *,
    health: ServiceHealth = health,
) -> Outcome:
    """Holds a call over an accepted WebSocket that speaks Twilio Media Streams, or Voximplant's.

    Raises:
        SessionError: `no_start` if the stream does not begin in time,
            `unknown_stream` if it is not of Twilio's form.
    """
    if request.carrier == "voximplant":
        wire, scenario = await open_stream(websocket, request, settings)
        with _counting(wire, report):
            return await run_call(
                telephone_transport(websocket, wire),
                request,
                settings,
                report,
                carrier=scenario,
                serializer=wire,
                health=health,
            )
    try:
        kind, data = await asyncio.wait_for(parse_telephony_websocket(websocket), START_DEADLINE_S)
    except TimeoutError as exc:
        raise SessionError("no_start", f"expected 'start' within {START_DEADLINE_S} s, got none") from exc
    if kind != "twilio":
        raise SessionError("unknown_stream", "expected a stream of Twilio's form")
    serializer = TwilioMediaSerializer(data.stream_id)
    transport = telephone_transport(websocket, serializer)
    carrier = TwilioCarrier(settings)
    with _counting(serializer, report):
        return await run_call(
            transport, request, settings, report, carrier=carrier, serializer=serializer, health=health
        )


@contextmanager
def _counting(serializer: TwilioMediaSerializer | VoximplantFrameSerializer, report: Report) -> Iterator[None]:
    """Reports the messages that the wire could not use."""
    serializer.dropped.report = lambda dropped: report({"dropped": dropped})
    try:
        yield
    finally:
        serializer.dropped.flush()


async def answer_webrtc(connection: Any, request: CallRequest, settings: Settings, report: Report) -> Outcome:
    """Holds a call with a browser."""
    transport = browser_transport(connection)
    return await run_call(transport, request, settings, report, rate_hz=BROWSER_RATE_HZ)


async def bot(runner_args: RunnerArguments) -> None:
    """Holds a call for Pipecat's own runner (`python -m bot -t webrtc`) and its evals, which connect to `/ws`."""
    settings = load_settings()

    def ignore(_: dict[str, Any]) -> None:
        return None

    async with hosted(settings) as reachable:
        call_id = f"EV{time.time_ns():x}"
        request = CallRequest(call_id=call_id, carrier="eval", language=settings.default_language)
        transport = await runner_transport(runner_args)
        await run_call(
            transport,
            request,
            reachable,
            ignore,
            rate_hz=BROWSER_RATE_HZ,
            enable_rtvi=True,
            health=ServiceHealth(),  # this process holds many calls, and nobody asks failed services for them
        )


async def run_call(
    transport: BaseTransport,
    request: CallRequest,
    settings: Settings,
    report: Report,
    *,
    carrier: Carrier | None = None,
    serializer: Wire | None = None,
    rate_hz: int = TELEPHONE_RATE_HZ,
    enable_rtvi: bool = False,
    health: ServiceHealth = health,
) -> Outcome:
    """Builds the call's pipeline over `transport`, runs it to its end and stores the outcome.

    Args:
        transport: The line.
        request: Who calls, and how they are greeted.
        settings: Everything configured.
        report: Tells the server what happens.
        carrier: Who hangs up and transfers, where there is one.
        serializer: The carrier's wire, where it tells what was played.
        rate_hz: Sample rate of the line in both directions.
        enable_rtvi: Whether the client speaks Pipecat's client protocol.
        health: What is known of vendors' services; by default the process's own record.
    """
    started_s = time.monotonic()
    clock = business_clock(settings)

    def prompt(language: Language) -> str:
        return system_prompt(request.flow, language, clock.now(), is_caller_known=request.from_number is not None)

    settings = with_voice(settings, request.voice)
    phrases = await asyncio.to_thread(lambda: PhraseCache(settings, load_numbers(settings)).load())
    recording = await open_recording(settings, request, carrier, rate_hz)
    line = SpokenLine(request, prompt, carrier=carrier, serializer=serializer, recorder=recording)
    async with Desk.open(settings, request, line, clock, report, carrier) as desk:
        conversation = farewell.conversation = desk.conversation
        language = conversation.language  # a resumed call may have changed it
        voice = build_voice_pipeline(
            transport,
            call_services(settings, phrases=phrases, health=health),
            prompt(language),
            language,
            conversation,
            recorder=recording.recorder if recording else None,
            rate_hz=rate_hz,
            conversation_id=request.call_id,
            enable_rtvi=enable_rtvi,
            unplayed_s=(lambda: serializer.unplayed_s) if serializer else None,
        )
        line.connect(voice)
        desk.remember(voice.window)
        voice.turn_times.on_turn = lambda stages: report({"turn": dict(stages)})
        flow = desk.build_flow(voice.llm, lambda: voice.response.spoken_text, voice.activity)
        manager = manage(flow, voice.llm, voice.aggregators, voice.worker, prompt(language))

        @transport.event_handler("on_client_connected")  # type: ignore[untyped-decorator]
        async def on_connected(*_: Any) -> None:
            connected_s = time.monotonic()
            await desk.open_call(manager, flow, voice.context)
            verdict.attach(conversation)
            if recording and not conversation.ended.is_set():
                # Nothing may be kept before people know that it is.
                if await line.wait_until_told():
                    await recording.start(desk.keep_recording, time.monotonic() - connected_s)
                else:
                    logger.error("not recorded: nobody has heard that it would be")

        @transport.event_handler("on_client_disconnected")  # type: ignore[untyped-decorator]
        async def on_disconnected(*_: Any) -> None:
            await conversation.caller_left()
            await voice.worker.cancel(reason="caller hung up")

        async def tick() -> None:
            while not conversation.ended.is_set():
                await asyncio.sleep(TICK_S)
                await conversation.pass_time(TICK_S)

        ticking = asyncio.create_task(tick(), name="silence")
        runner = WorkerRunner(handle_sigint=False)
        try:
            report({"ready_ms": round((time.monotonic() - started_s) * 1000)})
            await runner.add_workers(voice.worker)
            await runner.run()
        finally:
            ticking.cancel()
            await verdict.close()
            await asyncio.gather(ticking, return_exceptions=True)
        tape = await recording.close() if recording else None
        await conversation.caller_left()  # changes nothing if the call has ended in order
        await desk.finish(tape, voice.usage)
    state = conversation.state
    logger.info("call ended", disposition=state.disposition, ended_by=state.ended_by)
    return Outcome(
        call_id=request.call_id,
        disposition=state.disposition or "failed_system",
        ended_by=state.ended_by or "system",
        language=state.language,
        collected_data=dict(state.collected_data),
        tape=tape,
    )
