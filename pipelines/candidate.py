"""One service of a stage in a pipeline of its own, connected in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import Frame, StartFrame
from pipecat.pipeline.pipeline import Pipeline, PipelineSink, PipelineSource
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup

from pipelines.endpoint import Endpoint

Output = Callable[["Candidate", Frame, FrameDirection], Awaitable[None]]


class Candidate:
    """A service that may serve a stage.

    Pipecat's services connect while they are set up, and wait for a vendor that does not answer. Here that
    happens beside the call: frames sent meanwhile are kept, in order, until the service has started.
    """

    def __init__(self, endpoint: Endpoint, build: Callable[[], FrameProcessor], on_output: Output) -> None:
        """Builds nothing yet.

        Args:
            endpoint: What it is reached at.
            build: Makes the service; called again when a service that failed is given another chance.
            on_output: Gets every frame the service emits, in both directions.
        """
        self.endpoint = endpoint
        self._build = build
        self._on_output = on_output
        self._pipeline: Pipeline | None = None
        self._service: FrameProcessor | None = None
        self._opening: asyncio.Task[None] | None = None
        self.is_open = False

    @property
    def service(self) -> FrameProcessor:
        """The service; raises RuntimeError before `open()`."""
        if self._service is None:
            raise RuntimeError("the candidate is not open")
        return self._service

    def open(self, setup: FrameProcessorSetup, start: StartFrame) -> None:
        """Sets the service up and starts it, in the background; never waits and never raises."""
        service = self._build()

        async def emit(frame: Frame, direction: FrameDirection) -> None:
            # What a service that was replaced still says is not this candidate's word any more.
            if self._service is service:
                await self._on_output(self, frame, direction)

        pipeline = Pipeline([service], source=PipelineSource(emit), sink=PipelineSink(emit))
        self._service, self._pipeline, self.is_open = service, pipeline, True

        async def run() -> None:
            await pipeline.setup(setup)
            await service.queue_frame(start)  # Pipecat takes it before the frames that came earlier

        self._opening = asyncio.create_task(run(), name=f"open {self.endpoint.key}")

    async def send(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Gives the service a frame; it is kept until the service has started."""
        if self._pipeline is not None:
            await self.service.queue_frame(frame, direction)

    async def close(self) -> None:
        """Breaks everything off and lets the connection go."""
        if self._pipeline is None:
            return
        pipeline, self._pipeline, self._service, self.is_open = self._pipeline, None, None, False
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await pipeline.cleanup()  # type: ignore[no-untyped-call]
