"""Speech goes on with the next service where one fails, says what is left, and keeps everything in its place."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pipecat.frames.frames import (
    AggregatedTextFrame,
    DataFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.workers.runner import WorkerRunner

from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth
from pipelines.phrases import Phrases, Sound
from pipelines.processors.speech import Speech

pytestmark = pytest.mark.component

RATE_HZ = 8_000
LOUD = b"\x00\x20" * (RATE_HZ // 10)


class Voice(TTSService):
    """A service that speaks, or fails in one of the ways in which services fail."""

    def __init__(self, name: str, fault: str | None = None, after: int = 0) -> None:
        """Fails with `fault` from the sentence number `after` on."""
        settings = TTSSettings(model="m", voice="v", language=None)
        super().__init__(push_start_frame=True, push_stop_frames=True, sample_rate=RATE_HZ, settings=settings)
        self.voice_name, self.fault, self.after = name, fault, after
        self.asked: list[str] = []

    def again(self) -> "Voice":
        """A new connection to the same vendor."""
        voice = Voice(self.voice_name, self.fault, self.after)
        voice.asked = self.asked
        return voice

    async def setup(self, setup: Any) -> None:
        """Hangs if connecting is what fails."""
        await super().setup(setup)
        if self.fault == "connect":
            await asyncio.Event().wait()

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """A tenth of a second of sound for each sentence."""
        self.asked.append(text)
        is_broken = self.fault is not None and len(self.asked) > self.after
        if is_broken and self.fault == "hang":
            await asyncio.Event().wait()
        if is_broken and self.fault == "error":
            yield ErrorFrame("quota exceeded")
            return
        yield TTSAudioRawFrame(LOUD, RATE_HZ, 1, context_id=context_id)
        if is_broken and self.fault == "cut":
            yield ErrorFrame("connection closed")


class Marker(DataFrame):
    """Some frame that must keep its place."""


class Ear(FrameProcessor):
    """Hears everything that comes out."""

    def __init__(self) -> None:
        """Has heard nothing."""
        super().__init__()
        self.heard: list[str] = []
        self.news = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Notes words, marks and the borders of answers."""
        await super().process_frame(frame, direction)
        match frame:
            case TTSTextFrame():
                self.heard.append(frame.text)
            case TTSAudioRawFrame():
                self.heard.append("~")
            case LLMFullResponseStartFrame():
                self.heard.append("<")
            case LLMFullResponseEndFrame():
                self.heard.append(">")
            case Marker():
                self.heard.append("!")
        self.news.set()
        await self.push_frame(frame, direction)

    async def until(self, *wanted: str) -> list[str]:
        """What was heard once all of `wanted` came."""
        async with asyncio.timeout(10):
            while not set(wanted) <= set(self.heard):
                self.news.clear()
                await self.news.wait()
        return self.heard


class Desk:
    """A running pipeline around the stage."""

    def __init__(self, *voices: Voice, phrases: dict[str, Sound] | None = None, deadline_s: float = 0.3) -> None:
        """The voices in order of preference."""
        self.voices = {voice.voice_name: voice for voice in voices}
        self.lost: list[str] = []
        self.health = ServiceHealth()
        self.ear = Ear()
        self.speech = Speech(
            [Endpoint("tts", name, "openai", "http://127.0.0.1:9", "none", "m") for name in self.voices],
            lambda endpoint, language: self.voices[endpoint.provider].again(),
            language="en",
            health=self.health,
            on_lost=self._lose,
            phrases=Phrases(phrases or {}),
            delta=lambda endpoint, language: TTSSettings(),
            deadline_s=lambda endpoint: deadline_s,
            clock=asyncio.get_running_loop().time,
        )
        params = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
        self.worker = PipelineWorker(Pipeline([self.speech, self.ear]), params=params, enable_rtvi=False)

    async def _lose(self, reason: str) -> None:
        self.lost.append(reason)
        self.ear.news.set()

    async def __aenter__(self) -> "Desk":
        """Begins."""
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        self.running = asyncio.create_task(runner.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends; what was never started leaves no task behind."""
        await self.worker.cancel()
        await self.running

    async def send(self, *frames: Frame) -> None:
        """Queues frames."""
        await self.worker.queue_frames(frames)


def answer(*sentences: str) -> list[Frame]:
    """An answer of the model, cut into sentences."""
    texts = [AggregatedTextFrame(text, "sentence", raw_text=text) for text in sentences]
    return [LLMFullResponseStartFrame(), *texts, LLMFullResponseEndFrame()]


async def test_one_voice_says_an_answer_in_order() -> None:
    async with Desk(Voice("a")) as desk:
        await desk.send(*answer("One.", "Two."), Marker())
        assert await desk.ear.until("!") == ["<", "~", "One.", "~", "Two.", ">", "!"]


@pytest.mark.parametrize("fault", ["hang", "error", "connect"])
async def test_the_next_voice_says_what_the_first_never_said(fault: str) -> None:
    async with Desk(Voice("a", fault), Voice("b")) as desk:
        await desk.send(*answer("One.", "Two."), Marker())
        assert await desk.ear.until("!") == ["<", "~", "One.", "~", "Two.", ">", "!"]
        assert list(desk.health.down) == ["tts:a"]
        assert desk.lost == []


@pytest.mark.parametrize("fault", ["hang", "error"])
async def test_a_sentence_that_was_said_is_not_said_again(fault: str) -> None:
    async with Desk(Voice("a", fault, after=1), Voice("b")) as desk:
        await desk.send(*answer("One.", "Two.", "Three."), Marker())
        assert await desk.ear.until("!") == ["<", "~", "One.", "~", "Two.", "~", "Three.", ">", "!"]
        assert desk.voices["b"].asked == ["Two.", "Three."]


async def test_a_sentence_that_was_cut_is_said_whole() -> None:
    async with Desk(Voice("a", "cut"), Voice("b")) as desk:
        await desk.send(*answer("One."), Marker())
        heard = await desk.ear.until("!")
        assert heard[-4:] == ["~", "One.", ">", "!"]


@pytest.mark.parametrize("interruptible", [True, False])
async def test_a_sentence_of_our_own_is_said_by_the_next_voice(interruptible: bool) -> None:
    frame = TTSSpeakFrame("Goodbye.")
    frame.interruptible = interruptible
    async with Desk(Voice("a", "hang"), Voice("b")) as desk:
        await desk.send(frame, Marker())
        assert await desk.ear.until("!") == ["~", "Goodbye.", "!"]


async def test_a_prepared_sentence_needs_no_voice() -> None:
    async with Desk(Voice("a", "connect"), phrases={"Hello.": Sound(LOUD, RATE_HZ)}) as desk:
        await desk.send(TTSSpeakFrame("Hello."), Marker())
        assert await desk.ear.until("!") == ["~", "Hello.", "!"]
        assert desk.voices["a"].asked == []


async def test_a_prepared_sentence_can_be_put_in_while_a_voice_is_silent() -> None:
    async with Desk(Voice("a", "hang"), Voice("b"), phrases={"Wait.": Sound(LOUD, RATE_HZ)}, deadline_s=1.0) as desk:
        await desk.send(*answer("One."))
        await desk.ear.until("<")
        assert await desk.speech.interject("Wait.")
        assert await desk.ear.until(">") == ["<", "~", "~", "One.", ">"]


async def test_an_interruption_forgets_what_a_dead_voice_owed() -> None:
    async with Desk(Voice("a", "hang"), Voice("b"), deadline_s=0.6) as desk:
        await desk.send(*answer("One."))
        await desk.ear.until("<")
        await desk.send(InterruptionFrame(), *answer("Two."))
        assert await desk.ear.until("Two.", ">") == ["<", "<", "~", "Two.", ">"]


async def test_the_first_voice_is_used_again_once_it_is_up() -> None:
    async with Desk(Voice("a", "error"), Voice("b")) as desk:
        await desk.send(*answer("One."))
        await desk.ear.until("One.", ">")
        desk.voices["a"] = Voice("a")
        desk.health.learn("tts:a", None)
        await desk.send(*answer("Two."))
        await desk.ear.until("Two.")
        assert desk.voices["a"].asked == ["Two."]


async def test_when_no_voice_is_left_that_is_told_and_nothing_waits() -> None:
    async with Desk(Voice("a", "error"), Voice("b", "error")) as desk:
        await desk.send(*answer("One."), Marker())
        heard = await desk.ear.until("!")
        assert heard == ["<", ">", "!"]
        assert desk.lost == ["quota exceeded"]
