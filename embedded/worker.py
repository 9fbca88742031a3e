"""One thread that does heavy work in order of arrival, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from embedded.errors import OverloadedError

P = ParamSpec("P")
R = TypeVar("R")


class Worker:
    """A single thread with a bounded first-come-first-served queue.

    A caller that is cancelled while its work is queued takes the work out of the queue; work that has begun
    runs to its end and its result is dropped.

    Args:
        name: Name of the thread.
        limit: Number of jobs that may wait or run before new ones are refused.
    """

    def __init__(self, name: str, limit: int = 64) -> None:
        self._name = name
        self._limit = limit
        self._pending = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    @property
    def pending(self) -> int:
        """Jobs that wait or run."""
        return self._pending

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `work(*args, **kwargs)`, computed in the thread.

        Raises:
            OverloadedError: The queue is full.
        """
        if self._pending >= self._limit:
            raise OverloadedError(f"{self._name}: {self._pending} requests are already waiting")
        job = self._thread.submit(work, *args, **kwargs)
        self._pending += 1
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._finished) if not loop.is_closed() else None)
        return await asyncio.wrap_future(job)

    def _finished(self) -> None:
        self._pending -= 1

    def close(self) -> None:
        """Drop what is queued and let the thread end after its present job."""
        self._thread.shutdown(wait=False, cancel_futures=True)
