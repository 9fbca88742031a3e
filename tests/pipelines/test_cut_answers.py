"""A caller who speaks on before the model has answered: the answer that is not needed any more is no empty one."""

from __future__ import annotations

import asyncio

import pytest
from pipecat.frames.frames import EndFrame, Frame, InterruptionFrame, LLMContextFrame, LLMFullResponseEndFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from pipelines.activity import Activity
from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth
from pipelines.processors.activity_watch import ActivityWatch
from pipelines.processors.response_watch import ResponseWatch
from pipelines.processors.turn_gate import TurnGate
from pipelines.services import build_llm

pytestmark = pytest.mark.wire


class Talk:
    """The listener's part of a conversation, written down."""

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.problems: list[str] = []

    async def user_said(self, text: str) -> bool:
        self.turns.append(text)
        return True

    async def model_started(self) -> None:
        return

    async def model_fell_short(self, problem: str) -> None:
        self.problems.append(problem)


class End(FrameProcessor):
    """Tells that an answer has come to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0
        self.changed = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame):
            self.answers += 1
            self.changed.set()
        await self.push_frame(frame, direction)


def turn(text: str) -> LLMContextFrame:
    return LLMContextFrame(LLMContext([{"role": "user", "content": text}]))


async def test_an_answer_that_was_cut_before_its_first_word_is_not_asked_for_again() -> None:
    model = ScriptedModel(read_moves([{"hang": True}, {"say": "It is on its way."}]))
    async with OpenAIServer(model=model) as server:
        endpoint = Endpoint("llm", "openai:gpt-4o", "openai", server.base_url, "sk-test", "gpt-4o")
        llm = build_llm([endpoint], "You are a test.", ServiceHealth(), deadline_s=30.0)
        talk, activity, end = Talk(), Activity(), End()
        response = ResponseWatch(talk, activity, lambda: llm.problem)  # type: ignore[arg-type]
        gate = TurnGate(talk, activity)  # type: ignore[arg-type]
        steps: list[FrameProcessor] = [gate, llm, response, ActivityWatch(activity), end]
        worker = PipelineWorker(Pipeline(steps), enable_rtvi=False)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        await worker.queue_frame(turn("Where is"))
        async with asyncio.timeout(20):
            while not model.dialogue_requests:
                await asyncio.sleep(0.01)
            await worker.queue_frame(InterruptionFrame())
            await worker.queue_frame(turn("Where is my order?"))
            while response.spoken_text != "It is on its way.":
                await end.changed.wait()
                end.changed.clear()
            await worker.queue_frame(EndFrame())
            await running
    assert talk.turns == ["Where is", "Where is my order?"]
    assert talk.problems == []
    assert len(model.dialogue_requests) == 2
