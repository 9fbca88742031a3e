"""Call processes forked from a template that has imported everything; the server's side of `template.py`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from typing import Any

from loguru import logger

from bot.supervisor.channel import Channel, ChannelError, Message, channel_pair
from bot.supervisor.launch import Exit, ProcessError
from bot.supervisor.spawn import start_program

# The template tells how a process ended at about the time at which its end is seen here.
REPORT_S = 1.0
RESTART_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


class ForkedChild:
    """A process that the template has forked, watched through its descriptor."""

    def __init__(self, pid: int, pidfd: int) -> None:
        self._pid = pid
        self._pidfd = pidfd
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._told: asyncio.Future[Exit] = self._loop.create_future()
        self._loop.add_reader(pidfd, self._seen)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._pid

    def send_signal(self, number: int) -> None:
        """Sends a signal to the process and its group."""
        if self._ended.is_set():
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def tell_exit(self, exit_: Exit) -> None:
        """The template has seen how it ended."""
        if not self._told.done():
            self._told.set_result(exit_)

    def _seen(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._ended.set()

    async def wait(self) -> Exit:
        """Returns when it has ended; the status is None if the template did not live to tell it."""
        await self._ended.wait()
        try:
            return await asyncio.wait_for(self._told, REPORT_S)
        except TimeoutError:
            return Exit(None)


class ForkLauncher:
    """Keeps one template and has it fork; a template that dies is replaced, its processes go on.

    Args:
        session: Name of the module that holds the call.
        start_s: From the start of a template to its `ready`.
    """

    def __init__(self, session: str, start_s: float) -> None:
        self._session = session
        self._start_s = start_s
        self._channel: Channel | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[None] | None = None
        self._asked: dict[int, asyncio.Future[ForkedChild]] = {}
        self._children: dict[int, ForkedChild] = {}
        self._number = 0
        self._keeping: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the template is there."""
        ready = self._ready
        return ready is not None and ready.done() and not ready.cancelled() and ready.exception() is None

    @property
    def pid(self) -> int | None:
        """The template's process id."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Begins to load the template."""
        if self._keeping is None:
            self._ready = asyncio.get_running_loop().create_future()
            self._keeping = asyncio.create_task(self._keep(), name="template")

    async def launch(self, control: socket.socket) -> ForkedChild:
        """See `Launcher`; waits for the template if it is not there yet."""
        with control:
            self.start()
            assert self._ready is not None
            try:
                async with asyncio.timeout(self._start_s):
                    await asyncio.shield(self._ready)
            except TimeoutError as exc:
                raise ProcessError(f"the template was not ready within {self._start_s:g} s") from exc
            asked = self._ask(control.fileno())
        return await asked

    def _ask(self, fd: int) -> asyncio.Future[ForkedChild]:
        if self._channel is None:
            raise ProcessError("the template has ended")
        self._number += 1
        asked: asyncio.Future[ForkedChild] = asyncio.get_running_loop().create_future()
        try:
            self._channel.send({"kind": "fork", "id": self._number}, fd)
        except ChannelError as exc:
            raise ProcessError(f"the template cannot be asked: {exc}") from exc
        self._asked[self._number] = asked
        return asked

    async def _keep(self) -> None:
        pause_s = RESTART_PAUSE_S
        while True:
            try:
                reason = await self._run()
            except ProcessError as exc:
                reason = str(exc)
            pause_s = RESTART_PAUSE_S if self.is_ready else min(pause_s * 2, LONGEST_PAUSE_S)
            logger.error("template ended, starting another", reason=reason, pause_s=pause_s)
            self._fail(f"the template ended: {reason}")
            await asyncio.sleep(pause_s)

    async def _run(self) -> str:
        """Starts a template and returns why it ended."""
        ours, theirs = channel_pair()
        with theirs:
            fd = theirs.fileno()
            try:
                self._process = await start_program("--template-fd", str(fd), "--session", self._session, inherited=fd)
            except BaseException:
                ours.close()
                raise
        self._channel = Channel(ours, self._received, lambda: None)
        try:
            status = await self._process.wait()
        except asyncio.CancelledError:
            self._channel.close()  # which ends it
            self._process.kill()
            await self._process.wait()
            raise
        self._channel.read_rest()
        self._channel.close()
        self._channel = None
        return Exit(status).reason or "it ended by itself"

    def _fail(self, reason: str) -> None:
        error = ProcessError(reason)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(error)
            self._ready.exception()  # nobody may be waiting
        self._ready = asyncio.get_running_loop().create_future()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(error)
        self._asked.clear()
        self._children.clear()  # they go on; nobody will tell how they end

    def _received(self, message: Message, fd: int | None) -> None:
        match message.get("kind"):
            case "ready" if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
            case "forked" if fd is not None:
                self._forked(message, fd)
            case "not_forked":
                asked = self._asked.pop(message["id"], None)
                if asked is not None and not asked.done():
                    asked.set_exception(ProcessError(f"cannot fork a process: {message['reason']}"))
            case "exited":
                child = self._children.pop(message["pid"], None)
                if child is not None:
                    child.tell_exit(Exit(message["status"], message["cpu_s"]))

    def _forked(self, message: dict[str, Any], pidfd: int) -> None:
        child = ForkedChild(message["pid"], pidfd)
        self._children[child.pid] = child
        asked = self._asked.pop(message["id"], None)
        if asked is None or asked.done():
            child.send_signal(signal.SIGKILL)  # whoever asked has given up
        else:
            asked.set_result(child)

    async def close(self) -> None:
        """Ends the template; processes that run go on."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
