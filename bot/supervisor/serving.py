"""uvicorn with the hand-over, and with an end that waits for live calls."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from loguru import logger
from starlette.types import ASGIApp

from bot.supervisor.handoff import Gate, handoff_protocol
from bot.supervisor.sockets import SocketLimits
from bot.supervisor.supervisor import Supervisor

FLUSH_S = 5


class CallServer(uvicorn.Server):
    """A server that, asked to stop, turns new calls away, lets live ones finish, and then ends.

    Asked a second time it ends at once. During the wait it still answers webhooks, which live calls need.

    Args:
        app: Its lifespan starts and stops the supervisor.
        supervisor: Whose calls the end waits for.
        gate: Checks media streams.
        prefix: Path prefix of media streams.
        drain_limit_s: Longest wait for live calls.
        limits: Of connections and their requests.
        on_refused: Told the code of each media stream that is refused.
        before_drain: Gives up, once the end has begun, what would keep it waiting for nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        supervisor: Supervisor,
        gate: Gate,
        prefix: str,
        drain_limit_s: float,
        limits: SocketLimits,
        on_refused: Callable[[str], None],
        before_drain: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=handoff_protocol(prefix, gate, limits, on_refused),
                ws="websockets-sansio",
                loop="uvloop",
                lifespan="on",
                log_config=None,
                access_log=False,  # paths hold tokens
                server_header=False,
                proxy_headers=False,  # nothing here depends on who the peer says it is
                timeout_graceful_shutdown=FLUSH_S,
            )
        )
        self._supervisor = supervisor
        self._drain_limit_s = drain_limit_s
        self._before_drain = before_drain
        self._draining: asyncio.Task[None] | None = None

    def ask_to_stop(self) -> None:
        """Begins the orderly end; the second time, the immediate one."""
        if self._draining is None:
            logger.info("stopping: new calls are turned away", **self._supervisor.stats())
            self._supervisor.stop_accepting()
            self._draining = asyncio.get_running_loop().create_task(self._drain(), name="drain")
        else:
            logger.warning("stopping at once")
            self._supervisor.kill_calls()
            self.should_exit = True

    async def _drain(self) -> None:
        await asyncio.gather(self._before_drain(), self._supervisor.drain(self._drain_limit_s))
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours: uvicorn's own way would end before the calls do."""
        loop = asyncio.get_running_loop()
        numbers = [signal.SIGTERM, signal.SIGINT]
        try:
            for number in numbers:
                loop.add_signal_handler(number, self.ask_to_stop)
        except (ValueError, RuntimeError):  # not the main thread: whoever runs us there stops us
            numbers = []
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)
            if self._draining is not None:
                self._draining.cancel()
