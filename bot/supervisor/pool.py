"""Call processes kept ready, so that nobody who rings waits for imports."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from loguru import logger

from bot.settings import Settings
from bot.supervisor.launch import Launcher, ProcessError
from bot.supervisor.process import CallProcess, Timings
from bot.supervisor.records import ProcessRecord

MAX_ATTEMPTS = 3


class ProcessPool:
    """Keeps `spare` idle processes, replaces those taken, and starts more when callers wait.

    Args:
        settings: Given to each process; how many of them may start at the same time.
        launcher: Starts them.
        timings: Deadlines.
        wanted: How many idle processes there should be now.
    """

    def __init__(
        self,
        settings: Settings,
        launcher: Launcher,
        timings: Timings,
        wanted: Callable[[], int],
        record: ProcessRecord,
    ) -> None:
        self._settings = settings
        self._launcher = launcher
        self._timings = timings
        self._wanted = wanted
        self._record = record
        self._idle: deque[CallProcess] = deque()
        self._starting: dict[asyncio.Task[None], CallProcess | None] = {}
        self._waiters: deque[asyncio.Future[CallProcess]] = deque()
        self._refill_timer: asyncio.TimerHandle | None = None
        self._failures = 0
        self._is_open = True
        self.was_full = False
        """Whether there have been as many idle processes as there should be: the start is over."""

    @property
    def idle(self) -> int:
        """Processes that could take a call at once."""
        return len(self._idle)

    @property
    def starting(self) -> int:
        """Processes on their way."""
        return len(self._starting)

    def fill(self) -> None:
        """Starts as many processes as are missing now."""
        if not self._is_open:
            return
        missing = len(self._waiters) + self._wanted() - self.idle - self.starting
        # Whoever waits for a process has a caller on the line; a refill has time.
        most = max(self._settings.refill_processes, len(self._waiters))
        for _ in range(min(missing, most - self.starting)):
            task = asyncio.get_running_loop().create_task(self._start_one())
            self._starting[task] = None
            task.add_done_callback(self._started)

    async def take(self, limit_s: float) -> CallProcess:
        """A ready process, which is the caller's from now on.

        Args:
            limit_s: Longest wait, in seconds.

        Raises:
            ProcessError: none became ready in time.
        """
        if self._idle:
            process = self._idle.popleft()
            self._fill_later()
            return process
        waiter: asyncio.Future[CallProcess] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self.fill()
        try:
            async with asyncio.timeout(limit_s):
                return await waiter
        except TimeoutError as exc:
            raise ProcessError(f"no process was ready within {limit_s:g} s") from exc
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _fill_later(self) -> None:
        if self._refill_timer is None and self._is_open:
            loop = asyncio.get_running_loop()
            self._refill_timer = loop.call_later(self._timings.refill_s, self._refill)

    def _refill(self) -> None:
        self._refill_timer = None
        self.fill()

    async def _start_one(self) -> None:
        process = await CallProcess.start(self._launcher, self._settings, self._timings)
        self._watch(process)
        current = asyncio.current_task()
        assert current is not None
        self._starting[current] = process
        process.on_gone = self._lost
        await process.wait_ready()
        self._failures = 0
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(process)
                return
        self._idle.append(process)
        self.was_full = self.was_full or self.idle >= self._wanted()

    def _watch(self, process: CallProcess) -> None:
        """Writes the process down for as long as it lives."""
        loop = asyncio.get_running_loop()
        process.on_end = lambda pid: loop.run_in_executor(None, self._record.remove, pid)
        loop.run_in_executor(None, self._record.add, process.pid)

    def _started(self, task: asyncio.Task[None]) -> None:
        process = self._starting.pop(task, None)
        if task.cancelled():
            if process is not None:
                process.kill("no longer needed")
            return
        error = task.exception()
        if error is None:
            self.fill()
            return
        self._failures += 1
        logger.error("call process did not start", attempt=self._failures, reason=str(error))
        if self._failures < MAX_ATTEMPTS:
            self.fill()
        else:
            while self._waiters:
                waiter = self._waiters.popleft()
                if not waiter.done():
                    waiter.set_exception(ProcessError(str(error)))
            self._failures = 0
            # The cause may pass; trying without a pause would only heat the machine.
            self._fill_later()

    def _lost(self, process: CallProcess) -> None:
        if process in self._idle:
            self._idle.remove(process)
            logger.warning("idle call process ended", pid=process.pid, reason=process.failure)
            self._fill_later()

    async def close(self) -> None:
        """Ends every process that has no call."""
        self._is_open = False
        if self._refill_timer is not None:
            self._refill_timer.cancel()
            self._refill_timer = None
        leaving = list(self._idle) + [p for p in self._starting.values() if p is not None]
        self._idle.clear()
        tasks = list(self._starting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(ProcessError("the server is stopping"))
        for process in leaving:
            process.kill("no longer needed")
        await asyncio.gather(*(process.gone.wait() for process in leaving))
