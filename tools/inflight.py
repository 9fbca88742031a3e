"""Tasks that go on when the one who waits for them is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from loguru import logger

T = TypeVar("T")


class InFlight:
    """The owner of a call's writes: no interruption or hang-up ends them, `drain` waits for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writing = asyncio.Lock()

    @property
    def writing(self) -> asyncio.Lock:
        """One confirmed write at a time, so that a repeated one finds the first one's result."""
        return self._writing

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work`, which must not raise, to its end whatever happens to its caller."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`; cancelling the one who waits leaves the work running."""
        return await asyncio.shield(self.start(work))

    async def drain(self, deadline_s: float) -> bool:
        """Wait until nothing runs; what still runs after `deadline_s` is cancelled.

        Returns:
            Whether everything came to its end.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + deadline_s
        while self._tasks:
            left_s = until - loop.time()
            if left_s <= 0:
                break
            await asyncio.wait(set(self._tasks), timeout=left_s)
        unfinished = set(self._tasks)
        for task in unfinished:
            task.cancel()
        if unfinished:
            logger.warning("tool work given up at the end of the call", tasks=len(unfinished))
            await asyncio.gather(*unfinished, return_exceptions=True)
        return not unfinished
