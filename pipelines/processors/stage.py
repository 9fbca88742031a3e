"""A stage of the pipeline that is served by the first service of an ordered list that works."""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence

from loguru import logger
from pipecat.frames.frames import CancelFrame, EndFrame, ErrorFrame, Frame, MetricsFrame, StartFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup

from pipelines.candidate import Candidate
from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth
from spoken import Language

WATCH_S = 0.1
# Where all services are down, one that has not failed for so long is tried again; a lone one, at once for a second
# time, for a lost connection is no lost service.
REST_S = 20.0

Lost = Callable[[str], Awaitable[None]]
"""Told the last reason when no service of the stage is left."""
Build = Callable[[Endpoint, Language], FrameProcessor]
"""Makes the service at an endpoint for a call in a language."""
Deadline = Callable[[Endpoint], float]
"""Seconds within which an endpoint must answer while another can take over from it."""
Clock = Callable[[], float]
"""Monotonic seconds."""


class ServiceStage(FrameProcessor):
    """What recognition and speech have in common: candidates, the active one, and the way to the next.

    Errors and metrics of services end here. The one that is active is given up at its first error or missed
    deadline; its work is done again by the next (`_take_over`).
    """

    on_metrics: Callable[[MetricsFrame], None] = staticmethod(lambda frame: None)

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        build: Build,
        *,
        language: Language,
        health: ServiceHealth,
        on_lost: Lost,
        enable_direct_mode: bool = False,
    ) -> None:
        """Connects nothing before the call starts.

        Args:
            endpoints: In order of preference.
            build: Makes the service at an endpoint.
            language: The call's language at its start.
            health: Passed-over services, and where failures are told.
            on_lost: Called when all have failed.
            enable_direct_mode: Whether frames are taken in the task that brings them; then none may wait here.
        """
        super().__init__(enable_direct_mode=enable_direct_mode)
        self._language = language
        self._candidates = [self._candidate(endpoint, build) for endpoint in endpoints]
        self._health = health
        self._on_lost = on_lost
        self._is_lost = False
        self._news = asyncio.Event()
        self._broken: dict[Candidate, str] = {}
        self._failures: dict[str, list[float]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._start: StartFrame | None = None
        self._watching: asyncio.Task[None] | None = None
        self._active = self._preferred() or self._candidates[0]

    def _candidate(self, endpoint: Endpoint, build: Build) -> Candidate:
        return Candidate(endpoint, lambda: build(endpoint, self._language), self._receive)

    @property
    def active(self) -> Endpoint:
        """The endpoint that serves the stage at present."""
        return self._active.endpoint

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Begins to watch deadlines; services connect when the call starts."""
        await super().setup(setup)
        self._watching = self.create_task(self._watch(), "watch")

    async def cleanup(self) -> None:
        """Closes all services."""
        if self._watching is not None:
            await self.cancel_task(self._watching)
            self._watching = None
        await asyncio.gather(*self._closing, *(candidate.close() for candidate in self._candidates))
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def _watch(self) -> None:
        """Gives services up: here and not where they fail, for giving one up ends the tasks it runs in."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S if self.is_owed else None):
                    await self._news.wait()
            self._news.clear()
            reason = self._broken.pop(self._active, None) or self._overdue()
            if reason:
                await self._give_up(reason)

    async def _begin(self, frame: StartFrame) -> None:
        """Opens every candidate that is not known to be down; the others wait for their recovery."""
        self._start = frame
        for candidate in self._candidates:
            if candidate is self._active or self._may_serve(candidate):
                candidate.open(self.processor_setup, frame)

    async def _end(self, frame: EndFrame | CancelFrame) -> None:
        for candidate in self._candidates:
            if candidate.is_open:
                await candidate.send(frame)

    def _preferred(self) -> Candidate | None:
        """The first candidate that may be asked."""
        return next((c for c in self._candidates if self._may_serve(c)), None)

    def _worth_another_try(self) -> Candidate | None:
        """Where all are down, the first that has not just failed again and again."""
        most = 2 if len(self._candidates) == 1 else 1
        since = time.monotonic() - REST_S
        for candidate in self._candidates:
            recent = [at for at in self._failures.get(candidate.endpoint.key, []) if at > since]
            if len(recent) < most and self._takes_language(candidate):
                return candidate
        return None

    def _takes_language(self, candidate: Candidate) -> bool:
        """Whether the service knows the call's language; only some recognisers do not."""
        return True

    def _may_serve(self, candidate: Candidate) -> bool:
        return self._health.is_up(candidate.endpoint.key) and self._takes_language(candidate)

    async def _receive(self, candidate: Candidate, frame: Frame, direction: FrameDirection) -> None:
        """Everything a candidate emits."""
        if isinstance(frame, ErrorFrame):
            self._failed(candidate, frame.error)
        elif isinstance(frame, MetricsFrame):
            self.on_metrics(frame)
        elif candidate is self._active and candidate not in self._broken:
            await self._emit(frame, direction)

    def _failed(self, candidate: Candidate, reason: str) -> None:
        if candidate is self._active:
            self._broken.setdefault(candidate, reason)
            self._news.set()
        else:
            self._report(candidate, reason)

    def _report(self, candidate: Candidate, reason: str) -> None:
        logger.warning("service failed", service=candidate.endpoint.key, reason=reason[:200])
        self._failures.setdefault(candidate.endpoint.key, []).append(time.monotonic())
        self._health.failed(candidate.endpoint.key, reason)

    async def _give_up(self, reason: str) -> None:
        """Moves from the active candidate to the next, which does the unfinished work again."""
        if self._is_lost:
            return
        failed = self._active
        self._report(failed, reason)
        await self._drop(failed)
        successor = self._preferred() or self._worth_another_try()
        if successor is None:
            self._is_lost = True
            logger.error("no service left", stage=failed.endpoint.stage)
            await self._abandon()
            await self._on_lost(reason)
            return
        logger.warning("service switched", service=failed.endpoint.key, to=successor.endpoint.key)
        await self._switch(successor)

    async def _switch(self, successor: Candidate) -> None:
        self._active = successor
        self._broken.pop(successor, None)
        if not successor.is_open and self._start is not None:
            successor.open(self.processor_setup, self._start)
        await self._take_over(successor)

    async def _fail_back(self) -> None:
        """Returns to a better service that has recovered; called where no work is under way."""
        preferred = self._preferred()
        if preferred is None or preferred is self._active:
            return
        logger.info("service switched back", service=self._active.endpoint.key, to=preferred.endpoint.key)
        self._is_lost = False
        await self._switch(preferred)

    async def _drop(self, candidate: Candidate) -> None:
        """Lets a failed service go; it is built anew when it is needed again."""
        closing = asyncio.create_task(candidate.close(), name=f"close {candidate.endpoint.key}")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        await asyncio.sleep(0)  # from here on the candidate is shut and may be opened anew

    @property
    @abstractmethod
    def is_owed(self) -> bool:
        """Whether the active candidate has something to do, so that deadlines must be watched."""

    def _work_began(self) -> None:
        """Begins to watch deadlines."""
        self._news.set()

    @abstractmethod
    def _overdue(self) -> str | None:
        """Why the active candidate must be given up now, or None. Called every `WATCH_S`."""

    @abstractmethod
    async def _emit(self, frame: Frame, direction: FrameDirection) -> None:
        """A frame of the active candidate."""

    @abstractmethod
    async def _abandon(self) -> None:
        """Nobody will do the unfinished work."""

    @abstractmethod
    async def _take_over(self, successor: Candidate) -> None:
        """Gives the unfinished work to `successor`."""
