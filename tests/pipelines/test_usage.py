"""What a call used is known by the endpoint that was asked, in the units that its vendor bills."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.tests.utils import run_test
from pipecat.workers.runner import WorkerRunner

from emulators.deepgram import DeepgramServer
from emulators.openai import OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech, read_moves
from pipelines.endpoint import Endpoint
from pipelines.phrases import Phrases, Sound
from pipelines.processors.stage import ServiceStage
from pipelines.services import build_llm
from pipelines.stages import Services, build_recognition, build_speech
from pipelines.usage import Usage

pytestmark = pytest.mark.wire

RATE_HZ = 8_000
FRAME = np.random.default_rng(5).normal(0, 4_000, RATE_HZ // 50).astype("<i2").tobytes()
FRAMES_A_SECOND = 50


class Nobody:
    """A listener that must hear of no loss."""

    async def stage_lost(self, stage: str, reason: str) -> None:
        raise AssertionError(f"{stage} lost: {reason}")


class Ear(FrameProcessor):
    """Waits for frames of a kind."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: asyncio.Queue[Frame] = asyncio.Queue()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self._heard.put_nowait(frame)
        await self.push_frame(frame, direction)

    async def wait_for(self, kind: type[Frame]) -> None:
        async with asyncio.timeout(8.0):
            while not isinstance(await self._heard.get(), kind):
                pass


@contextlib.asynccontextmanager
async def running(stage: ServiceStage, usage: Usage) -> AsyncIterator[tuple[PipelineWorker, Ear]]:
    ear = Ear()
    stage.on_metrics = usage.add_reported
    params = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ, enable_usage_metrics=True)
    worker = PipelineWorker(Pipeline([stage, ear]), params=params)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    task = asyncio.create_task(runner.run())
    try:
        yield worker, ear
    finally:
        await worker.cancel()
        await asyncio.gather(task, return_exceptions=True)


def model_endpoint(url: str, name: str) -> Endpoint:
    return Endpoint("llm", f"openai:{name}", "openai", url, "sk-test", name)


async def ask(endpoints: Sequence[Endpoint]) -> Usage:
    usage = Usage(endpoints)
    dialogue = build_llm(endpoints, "You are a test.", deadline_s=0.4)
    dialogue.on_spent = usage.add_answer
    context = LLMContext([{"role": "user", "content": "Where is my order?"}])
    await run_test(dialogue, frames_to_send=[LLMContextFrame(context)], start_timeout=20.0)
    return usage


async def test_tokens_belong_to_the_model_that_answered() -> None:
    failing, answering = (
        ScriptedModel(read_moves([{"error": 500}])),
        ScriptedModel(read_moves([{"say": "On its way."}])),
    )
    async with OpenAIServer(model=failing) as a, OpenAIServer(model=answering) as b:
        usage = await ask([model_endpoint(a.base_url, "gpt-4o"), model_endpoint(b.base_url, "gpt-4.1-mini")])
    first, second = usage.services["llm:openai:gpt-4o"], usage.services["llm:openai:gpt-4.1-mini"]
    assert (first.requests, first.unmeasured, first.input_tokens, first.output_tokens) == (1, 1, 0, 0)
    assert (second.requests, second.unmeasured) == (1, 0)
    assert second.input_tokens > 0
    assert second.output_tokens == len("On its way.") // 4 + 1


async def test_an_endpoint_that_was_not_needed_is_not_listed() -> None:
    model = ScriptedModel(read_moves([{"say": "Hello."}]))
    async with OpenAIServer(model=model) as server:
        usage = await ask([model_endpoint(server.base_url, name) for name in ("gpt-4o", "gpt-4.1-mini")])
    assert list(usage.services) == ["llm:openai:gpt-4o"]


async def test_spoken_characters_are_counted_and_prepared_sentences_are_not() -> None:
    async with OpenAIServer(speech=ScriptedSpeech()) as server:
        endpoint = Endpoint("tts", "openai", "openai", server.base_url, "sk-test", "gpt-4o-mini-tts", "alloy")
        usage = Usage([endpoint])
        prepared = Phrases({"One moment.": Sound(FRAME * 5, RATE_HZ)})
        stage = build_speech(Services([], [], [endpoint], phrases=prepared), "en", Nobody())
        async with running(stage, usage) as (worker, ear):
            for text in ("One moment.", "Your order is here."):
                await worker.queue_frame(TTSSpeakFrame(text, append_to_context=False))
                await ear.wait_for(TTSStoppedFrame)
    spent = usage.services["tts:openai"]
    assert (spent.requests, spent.characters) == (1, len("Your order is here."))


async def speak(worker: PipelineWorker, seconds: float) -> None:
    await worker.queue_frame(VADUserStartedSpeakingFrame())
    for _ in range(round(seconds * FRAMES_A_SECOND)):
        await worker.queue_frame(InputAudioRawFrame(FRAME, RATE_HZ, 1))
    await worker.queue_frame(VADUserStoppedSpeakingFrame())


async def test_of_segments_the_seconds_of_speech_are_counted() -> None:
    words = ScriptedRecognition()
    words.push("where is my order")
    async with OpenAIServer(recognition=words) as server:
        endpoint = Endpoint("stt", "openai", "openai", server.base_url, "sk-test", "gpt-4o-transcribe")
        usage = Usage([endpoint])
        stage = build_recognition(Services([endpoint], [], []), "en", Nobody())
        async with running(stage, usage) as (worker, ear):
            await speak(worker, 1.5)
            await ear.wait_for(TranscriptionFrame)
    spent = usage.services["stt:openai"]
    assert spent.requests == 1
    assert 1.5 <= spent.audio_s < 3.5  # a segment is padded with silence


async def test_of_a_stream_all_seconds_are_counted() -> None:
    words = ScriptedRecognition()
    words.push("where is my order")
    async with DeepgramServer(words) as server:
        endpoint = Endpoint("stt", "deepgram", "deepgram", server.base_url, "k" * 40, "nova-3")
        usage = Usage([endpoint])
        stage = build_recognition(Services([endpoint], [], []), "en", Nobody())
        async with running(stage, usage) as (worker, ear):
            await speak(worker, 4.0)
            await ear.wait_for(TranscriptionFrame)
    spent = usage.services["stt:deepgram"]
    assert spent.requests == 0
    assert 3.0 <= spent.audio_s <= 4.1
