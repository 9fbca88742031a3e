"""What waited at the carrier when the caller cut in was not heard, and is not in the model's context."""

from __future__ import annotations

import asyncio

import pytest
from pipecat.frames.frames import (
    AggregatedTextFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType
from pipecat.workers.runner import WorkerRunner

from pipelines.processors.played_speech import PlayedMark, PlayedSpeech
from pipelines.voice import report_turns

pytestmark = pytest.mark.component

RATE_HZ = 8_000


class Talk:
    """The listener's part of a conversation, written down."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, bool]] = []
        self.told = asyncio.Event()

    async def bot_said(self, text: str, heard: str, *, interrupted: bool) -> None:
        self.said.append((text, heard, interrupted))
        self.told.set()


class End(FrameProcessor):
    """Tells that the mark has come through."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, PlayedMark):
            self.reached.set()
        await self.push_frame(frame, direction)


def spoken(sentence: str, seconds: float) -> list[Frame]:
    """A sentence as it passes behind the transport's output."""
    announced = AggregatedTextFrame(sentence, TextType.SENTENCE)
    announced.will_be_spoken, announced.append_to_context = True, False
    sound = TTSAudioRawFrame(bytes(int(seconds * RATE_HZ) * 2), RATE_HZ, 1)
    return [announced, sound, TTSTextFrame(sentence, TextType.SENTENCE)]


# Sentences with their seconds, what of their sound waits at the carrier, and what the model is shown of them.
CUT = [
    ([("Done.", 0.4)], 0.5, []),
    ([("Готово.", 0.5)], 0.6, []),
    ([("It is moved.", 1.0), ("Done.", 0.4)], 0.4, ["It is moved."]),
    ([("It is moved.", 1.0), ("Done.", 0.4)], 0.0, ["It is moved. Done."]),
]


@pytest.mark.parametrize(("sentences", "unplayed_s", "shown"), CUT)
async def test_the_model_is_shown_what_the_caller_heard(
    sentences: list[tuple[str, float]], unplayed_s: float, shown: list[str]
) -> None:
    talk, context = Talk(), LLMContext([{"role": "user", "content": "Move it."}])
    aggregators = LLMContextAggregatorPair(context)
    played = PlayedSpeech(unplayed_s=lambda: unplayed_s)
    end = End()
    worker = PipelineWorker(Pipeline([played, aggregators.assistant(), end]), enable_rtvi=False)
    report_turns(aggregators, context, played, talk)  # type: ignore[arg-type]
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    frames = [frame for sentence in sentences for frame in spoken(*sentence)]
    await worker.queue_frames([LLMFullResponseStartFrame(), *frames, PlayedMark()])
    async with asyncio.timeout(10):
        await end.reached.wait()
        await worker.queue_frame(InterruptionFrame())
        await talk.told.wait()
        await worker.queue_frame(EndFrame())
        await running
    assert [message["content"] for message in context.get_messages() if message["role"] == "assistant"] == shown
    assert talk.said == [(" ".join(sentence for sentence, _ in sentences), " ".join(shown), True)]
