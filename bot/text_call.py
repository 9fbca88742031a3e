"""A call in text: the same conversation, tools and database as on the phone, without sound and without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from pipecat.frames.frames import LLMRunFrame, LLMUpdateSettingsFrame, TTSSpeakFrame
from pipecat.services.settings import LLMSettings
from pipecat.workers.runner import WorkerRunner

from bot.call_services import call_services
from bot.conversation import Conversation
from bot.desk import Desk
from bot.domain import Domain
from bot.prompts import system_prompt
from bot.settings import Settings
from bot.telephony.base import CallRequest
from pipelines.context import say_to_model
from pipelines.functions import manage
from pipelines.processors.played_speech import PlayedMark
from pipelines.processors.text_speech import Play
from pipelines.text import TextPipeline, build_text_pipeline
from pipelines.usage import Usage
from spoken import Language
from tools.context import FixedClock

QUIET_S = 0.15
POLL_S = 0.02
TURN_DEADLINE_S = 60.0

Show = Callable[[str], None]


class TextLine:
    """Says sentences into a text pipeline (`bot.line.Line`)."""

    def __init__(self, prompt: Callable[[Language], str], show: Show = lambda text: None) -> None:
        """Says nothing until `connect()`."""
        self._prompt = prompt
        self._show = show
        self._pipeline: TextPipeline | None = None

    def connect(self, pipeline: TextPipeline) -> None:
        """Speaks through `pipeline` from now on."""
        self._pipeline = pipeline

    @property
    def pipeline(self) -> TextPipeline:
        """The pipeline; raises RuntimeError before `connect()`."""
        if self._pipeline is None:
            raise RuntimeError("the line is not connected to a pipeline yet")
        return self._pipeline

    async def speak(self, text: str, *, protected: bool = False) -> None:
        """Queues a sentence of the product's own."""
        self.pipeline.activity.speech_owed += 1
        await self.pipeline.worker.queue_frame(TTSSpeakFrame(text, append_to_context=True))

    async def hush(self) -> None:
        """Nothing is being said: in text, sentences are there at once."""

    async def announce(self, *texts: str) -> None:
        """Shows sentences; nothing can cut into them."""
        for text in texts:
            await self.speak(text)

    async def run_model(self, note: str | None = None) -> None:
        """Has the model take the next turn."""
        self.pipeline.activity.model_owed = True
        if note is None:
            await self.pipeline.worker.queue_frame(LLMRunFrame())
            return
        await self.pipeline.worker.queue_frame(say_to_model("developer", note))

    async def set_language(self, language: Language) -> None:
        """Makes the prompt follow the language."""
        prompt = LLMSettings(system_instruction=self._prompt(language))
        await self.pipeline.worker.queue_frame(LLMUpdateSettingsFrame(delta=prompt))

    def is_quiet(self) -> bool:
        """Whether nothing is on its way to be said."""
        return self.pipeline.activity.is_quiet

    def has_lost_answer(self) -> bool:
        """Never: nothing cuts in unseen on a text line."""
        return False

    async def interject(self, text: str) -> None:
        """Shows a sentence at once; it is no turn that the caller could cut into."""
        self._show(text)

    def is_working(self) -> bool:
        """Whether the model or a tool is at work."""
        return self.pipeline.activity.is_working

    def is_waiting_for_model(self) -> bool:
        """Whether an answer of the model is due."""
        return self.pipeline.activity.is_waiting_for_model

    async def hang_up(self) -> None:
        """Nothing to close: the call ends with the conversation."""

    async def transfer(self, colleague: str | None, language: Language, *, returns: bool) -> None:
        """Nobody to connect to: the call ends with the conversation."""

    async def hold(self) -> None:
        """No music in text."""

    async def release(self) -> None:
        """No music in text."""

    def is_on_hold(self) -> bool:
        """Never: the caller types when they like."""
        return False

    async def go_private(self) -> bool:
        """What is typed here is text; keys do not come over this line."""
        return True

    async def end_private(self) -> None:
        """Nothing was withheld."""

    async def fall_silent(self) -> None:
        """Text is there at once."""

    async def take_words(self, text: str) -> None:
        """The caller says `text`."""
        await self.pipeline.worker.queue_frame(say_to_model("user", text))

    async def press_digits(self, digits: str) -> bool:
        """There are no keys."""
        return False

    async def wait_until_heard(self) -> None:
        """Returns when everything queued was said."""
        mark = PlayedMark()
        async with asyncio.timeout(TURN_DEADLINE_S):
            await self.pipeline.worker.queue_frame(mark)
            await mark.reached.wait()


class TextCall:
    """What a caller at a keyboard, or in a script, can do."""

    def __init__(self, conversation: Conversation, line: TextLine, clock: FixedClock) -> None:
        """Use `open_text_call()`."""
        self.conversation = conversation
        self._line = line
        self._clock = clock

    @property
    def has_ended(self) -> bool:
        """Whether the call is over."""
        return self.conversation.ended.is_set()

    @property
    def usage(self) -> Usage:
        """What the call has used of its services so far; whole once `open_text_call()` is left."""
        return self._line.pipeline.usage

    async def say(self, text: str, *, while_busy: bool = False) -> None:
        """The caller says `text`; returns when the agent has answered and waits, or has hung up.

        Args:
            text: The caller's words.
            while_busy: Says it and returns at once: something said while a tool runs.
        """
        self._line.pipeline.activity.model_owed = True
        await self._line.pipeline.worker.queue_frame(say_to_model("user", text))
        if not while_busy:
            await self.wait_for_agent()

    async def press(self, keys: str) -> None:
        """The caller presses keys; returns as `say` does. Those that belong to no entry are words."""
        words = "".join([key for key in keys if not await self.conversation.key_pressed(key)])
        if words:
            await self.say(words)
        else:
            await self.wait_for_agent()

    async def wait_for_agent(self) -> None:
        """Returns when nothing more is on its way to the caller, or the call has ended.

        Raises:
            TimeoutError: the agent did not come to rest within a minute.
        """
        quiet_s = 0.0
        async with asyncio.timeout(TURN_DEADLINE_S):
            while not self.has_ended:
                await asyncio.sleep(POLL_S)
                await self.conversation.keep_company(POLL_S)
                quiet_s = quiet_s + POLL_S if self._is_at_rest() else 0.0
                if quiet_s >= QUIET_S:
                    # The last sentence may have left the model, and not have reached the caller.
                    await self._line.wait_until_heard()
                    if self._is_at_rest():
                        return

    def _is_at_rest(self) -> bool:
        return self._line.is_quiet() and not self.conversation.is_closing

    async def pass_time(self, seconds: float, step_s: float = 0.5) -> None:
        """The caller is silent for so long, by the call's clock; the agent's re-prompts take their time in it."""
        until = self._clock.now() + timedelta(seconds=seconds)
        while self._clock.now() < until and not self.has_ended:
            self._clock.advance(step_s)
            await self.conversation.pass_time(step_s)
            if not self._line.is_quiet():
                await self.wait_for_agent()

    async def hang_up(self) -> None:
        """The caller leaves."""
        await self.conversation.caller_left()


@asynccontextmanager
async def open_text_call(
    settings: Settings,
    request: CallRequest,
    *,
    clock: FixedClock,
    play: Play = lambda text: text,
    show: Show = lambda text: None,
    on_open: Callable[[Desk], Awaitable[None]] | None = None,
    domain: Domain | None = None,
) -> AsyncIterator[TextCall]:
    """A call in text from its greeting on; its outcome is stored when the block is left.

    Args:
        settings: Everything configured; stages other than the dialogue are not used.
        request: Who calls, and how they are greeted.
        clock: The business's clock, which the caller's silences move.
        play: Tells how much of each sentence is heard.
        show: Shows a word of patience that is put in while the model or a tool works.
        on_open: Called before the greeting.
        domain: What the agent is for; None for the order desk.
    """

    def prompt(language: Language) -> str:
        return system_prompt(request.flow, language, clock.now(), is_caller_known=request.from_number is not None)

    line = TextLine(prompt, show)
    async with Desk.open(settings, request, line, clock, domain=domain) as desk:
        pipeline = build_text_pipeline(call_services(settings), prompt(request.language), desk.conversation, play)
        line.connect(pipeline)
        desk.remember(pipeline.window)
        flow = desk.build_flow(pipeline.llm, lambda: pipeline.response.spoken_text, pipeline.activity)
        manager = manage(flow, pipeline.llm, pipeline.aggregators, pipeline.worker, prompt(request.language))
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(pipeline.worker)
        started = asyncio.Event()

        @pipeline.worker.event_handler("on_pipeline_started")  # type: ignore[untyped-decorator]
        async def on_started(*_: object) -> None:
            started.set()

        running = asyncio.create_task(runner.run(), name="text call")
        try:
            async with asyncio.timeout(TURN_DEADLINE_S):
                await started.wait()
            if on_open:
                await on_open(desk)
            await desk.open_call(manager, flow, pipeline.context)
            call = TextCall(desk.conversation, line, clock)
            await call.wait_for_agent()
            yield call
        finally:
            await desk.conversation.caller_left()
            await pipeline.worker.cancel(reason="call ended")
            await asyncio.gather(running, return_exceptions=True)
            await desk.finish(None, pipeline.usage)
