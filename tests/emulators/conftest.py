"""Pipecat's own services, unmodified, in a pipeline of their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 8_000


class Ear(FrameProcessor):
    """Waits for what comes out of a service."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self.news = asyncio.Event()

    def note(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.news.set()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.note(frame)
        await self.push_frame(frame, direction)

    def all_of(self, kind: type[Frame]) -> list[Any]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def wait_for(self, kind: type[Frame]) -> Any:
        async with asyncio.timeout(10):
            while not (found := self.all_of(kind)):
                self.news.clear()
                await self.news.wait()
        return found[0]


@pytest.fixture
def in_pipeline() -> Callable[..., Any]:
    """Runs a service; gives its worker, which takes frames, and the ear behind it."""

    @contextlib.asynccontextmanager
    async def run(service: FrameProcessor) -> AsyncIterator[tuple[PipelineWorker, Ear]]:
        ear = Ear()
        worker = PipelineWorker(
            Pipeline([service, ear]),
            params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ),
            enable_rtvi=False,
        )

        @worker.event_handler("on_pipeline_error")
        async def on_error(_: Any, frame: ErrorFrame) -> None:
            ear.note(frame)

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        try:
            yield worker, ear
        finally:
            await worker.cancel()
            await running

    return run
