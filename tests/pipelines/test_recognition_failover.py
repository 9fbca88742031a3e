"""Recognition goes on with the next service, which hears the same words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from emulators.deepgram import DeepgramServer
from emulators.faults import FaultKind
from emulators.openai import OpenAIServer, ScriptedRecognition
from pipelines.endpoint import Endpoint
from pipelines.processors.recognition import Recognition
from pipelines.stages import Deadlines, Services, build_recognition
from spoken import Language

pytestmark = pytest.mark.wire

RATE_HZ = 8_000
FRAME = np.random.default_rng(5).normal(0, 4_000, RATE_HZ // 50).astype("<i2").tobytes()


class After(FrameProcessor):
    """Stands behind recognition: notes transcripts, ends of speech and whether audio came."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.ends = self.audio = 0
        self.news = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case TranscriptionFrame():
                self.texts.append(frame.text)
            case VADUserStoppedSpeakingFrame():
                self.ends += 1
            case InputAudioRawFrame():
                self.audio += 1
        self.news.set()
        await self.push_frame(frame, direction)


class Listening:
    """Told when no recogniser is left."""

    def __init__(self) -> None:
        self.lost: list[str] = []

    async def stage_lost(self, stage: str, reason: str) -> None:
        self.lost.append(stage)


class Line:
    """A caller in front of the stage, with Deepgram first and a transcription endpoint behind it."""

    def __init__(self, deepgram: DeepgramServer, openai: OpenAIServer, words: ScriptedRecognition) -> None:
        self.deepgram, self.openai, self.words = deepgram, openai, words
        self.after, self.listening = After(), Listening()
        self.stage: Recognition
        self.worker: PipelineWorker
        self.services: Services

    async def say(self, text: str, *, frames: int = 20) -> None:
        """The caller says `text` in one breath."""
        self.words.push(text)
        audio = [InputAudioRawFrame(FRAME, RATE_HZ, 1) for _ in range(frames)]
        await self.worker.queue_frames([VADUserStartedSpeakingFrame(), *audio, VADUserStoppedSpeakingFrame()])

    async def heard(self, *texts: str) -> list[str]:
        """All transcripts, once these have come."""
        async with asyncio.timeout(15):
            while not set(texts) <= set(self.after.texts):
                self.after.news.clear()
                await self.after.news.wait()
        return self.after.texts


@contextlib.asynccontextmanager
async def line(
    *, language: Language = "uk", first: str = "deepgram", fault: FaultKind | None = None, alone: bool = False
) -> AsyncIterator[Line]:
    words = ScriptedRecognition()
    async with DeepgramServer(words) as deepgram, OpenAIServer(recognition=words) as openai:
        call = Line(deepgram, openai, words)
        wire: Any = first
        endpoints = [
            Endpoint("stt", first, wire, deepgram.base_url, "key", "nova-3"),
            Endpoint("stt", "compatible", "openai", openai.base_url, "none", "whisper-1"),
        ]
        if fault:
            await deepgram.break_with(fault)
        call.services = Services(endpoints[:1] if alone else endpoints, [], [], deadlines=Deadlines(stt_s=0.5))
        call.stage = build_recognition(call.services, language, call.listening)  # type: ignore[arg-type]
        params = PipelineParams(audio_in_sample_rate=RATE_HZ)
        call.worker = PipelineWorker(Pipeline([call.stage, call.after]), params=params, enable_rtvi=False)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(call.worker)
        running = asyncio.create_task(runner.run())
        try:
            yield call
        finally:
            await call.worker.cancel()
            await running


WORDS = [("uk", "Де моє замовлення?"), ("ru", "Где мой заказ?"), ("en", "Where is my order?")]
FAULTS: list[FaultKind] = ["unauthorised", "payment", "rate_limit", "server_error", "refuse", "hang"]


@pytest.mark.parametrize(("language", "text"), WORDS)
async def test_the_first_service_hears_and_the_audio_ends_there(language: Language, text: str) -> None:
    async with line(language=language) as call:
        await call.say(text)
        assert await call.heard(text) == [text]
        assert call.after.audio == 0
        assert call.services.health.down == {}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_was_said_to_a_service_that_is_down_is_heard_by_the_next(fault: FaultKind) -> None:
    async with line(fault=fault) as call:
        await call.say("Де моє замовлення?")
        assert await call.heard("Де моє замовлення?") == ["Де моє замовлення?"]
        assert list(call.services.health.down) == ["stt:deepgram"]
        assert call.after.audio == 0
        segment = call.words.segments[-1]
        assert segment.model == "whisper-1"
        assert segment.duration_s >= 0.4


@pytest.mark.parametrize("fault", ["hang", "close", "refuse"])
async def test_a_service_that_breaks_in_mid_call_is_replaced(fault: FaultKind) -> None:
    async with line() as call:
        await call.say("Добрий день.")
        await call.heard("Добрий день.")
        await call.deepgram.break_with(fault)
        await call.say("Перенесіть, будь ласка.")
        assert await call.heard("Перенесіть, будь ласка.") == ["Добрий день.", "Перенесіть, будь ласка."]


async def test_the_first_service_is_used_again_once_it_is_up() -> None:
    async with line(fault="refuse") as call:
        await call.say("Раз.")
        await call.heard("Раз.")
        await call.deepgram.mend()
        call.services.health.learn("stt:deepgram", None)
        await call.say("Два.")
        await call.heard("Два.")
        assert call.words.segments[-1].model == "nova-3"


async def test_a_service_that_does_not_know_the_language_is_passed_over() -> None:
    async with line(first="deepgram-flux") as call:
        await call.say("Де моє замовлення?")
        await call.heard("Де моє замовлення?")
        assert call.words.segments[-1].model == "whisper-1"
        assert call.deepgram.connections == []


async def test_a_lone_service_that_stays_away_is_told_as_lost() -> None:
    async with line(fault="unauthorised", alone=True) as call:
        async with asyncio.timeout(10):
            while not call.listening.lost:
                await asyncio.sleep(0.02)
        assert call.listening.lost == ["stt"]


async def test_noise_without_words_is_no_failure() -> None:
    async with line() as call:
        audio = [InputAudioRawFrame(FRAME, RATE_HZ, 1) for _ in range(20)]
        await call.worker.queue_frames([VADUserStartedSpeakingFrame(), *audio, VADUserStoppedSpeakingFrame()])
        async with asyncio.timeout(10):
            while not call.after.ends or call.stage.is_owed:
                await asyncio.sleep(0.02)
        await call.say("Так.")
        assert await call.heard("Так.") == ["Так."]
        assert call.services.health.down == {}
