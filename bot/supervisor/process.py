"""One call process as the server sees it: its state, its messages, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loguru import logger

from bot.settings import Settings
from bot.supervisor.channel import Channel, ChannelError, Message, channel_pair
from bot.supervisor.launch import Child, Exit, Launcher, ProcessError
from bot.supervisor.memory import MemoryLimits, read_memory
from bot.telephony.base import CallRequest


@dataclass(frozen=True)
class Timings:
    """Deadlines of the supervisor, in seconds."""

    start_s: float = 120.0
    """From the start of a process or the template to its `ready`: imports take 4 s, 25 s on a busy machine."""
    attach_s: float = 20.0
    """A stream waits at most this long for a process."""
    resume_s: float = 5.0
    """A caller whose process died waits at most this long for another."""
    answer_s: float = 15.0
    """From a browser's offer to the answer."""
    ping_s: float = 2.5
    silence_s: float = 20.0
    """A process that answers no ping for this long is killed: its event loop stands still."""
    stack_s: float = 0.5
    """What such a process may take to write down where it stands."""
    memory_s: float = 5.0
    """Between two looks at a process's memory."""
    exit_s: float = 10.0
    """From a call's outcome to the end of its process."""
    refill_s: float = 1.0
    """A spare process is started this long after one was taken: the greeting has the machine first."""
    token_s: float = 60.0
    """From the webhook to the stream."""


MAX_STACK_BYTES = 8192


class CallProcess:
    """A child process that holds one call and then ends; made by `start`."""

    def __init__(self, child: Child, timings: Timings, memory_limits: MemoryLimits) -> None:
        self._memory_limits = memory_limits
        self._child = child
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._channel: Channel | None = None
        self._heard_at = self._loop.time()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._answer: asyncio.Future[dict[str, str]] = self._loop.create_future()
        self.ended: asyncio.Event = asyncio.Event()
        """Set when the call's outcome is known, or the process is gone."""
        self.gone: asyncio.Event = asyncio.Event()
        self.call: CallRequest | None = None
        """Set when the process is taken for a call."""
        self.outcome: dict[str, Any] | None = None
        self.failure: str | None = None
        """Why the call broke; None while it has not."""
        self.is_final = False
        """Whether the failure is the call's own end, so that no other process may go on with it."""
        self.media_start: Message | None = None
        """What the carrier sent first: `connected` and `start`."""
        self.answered_by: str | None = None
        """Who has picked up, as the process was told."""
        self.on_metrics: Callable[[Mapping[str, Any]], None] = lambda message: None
        """Told what the process reports of its call."""
        self.on_gone: Callable[[CallProcess], None] = lambda process: None
        self.on_service_failed: Callable[[str, str], None] = lambda key, reason: None
        """Told the key and the reason when a vendor's service failed in this process's call."""
        self.on_end: Callable[[int], object] = lambda pid: None
        """Told the process id when it has ended."""
        self._exit: Exit | None = None
        self._stack_fd: int | None = None

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    @classmethod
    async def start(cls, launcher: Launcher, settings: Settings, timings: Timings) -> CallProcess:
        """Starts a child and sends it the settings.

        Args:
            launcher: Starts it.
            settings: Sent over the control socket: the environment could be read from outside.
            timings: Deadlines.

        Raises:
            ProcessError: none could be started.
        """
        try:
            ours, theirs = channel_pair()
        except OSError as exc:
            raise ProcessError(f"cannot start a process: {exc.strerror}") from exc
        try:
            child = await launcher.launch(theirs)
        except BaseException:
            ours.close()
            raise
        process = cls(child, timings, MemoryLimits(settings.call_memory_warn_mb, settings.call_memory_limit_mb))
        process._channel = Channel(ours, process._received, process._closed)
        process._own(process._watch())
        process._send({"kind": "prepare", "settings": settings.reveal()})
        return process

    def _own(self, work: Any) -> None:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, message: Message, fd: int | None = None) -> None:
        if self._channel is None:
            raise ProcessError("the process has no control socket")
        try:
            self._channel.send(message, fd)
        except ChannelError as exc:
            raise ProcessError(str(exc)) from exc

    async def wait_ready(self) -> None:
        """Returns when the child has imported everything; raises ProcessError if it does not get there."""
        try:
            async with asyncio.timeout(self._timings.start_s):
                await asyncio.shield(self._ready)
        except TimeoutError as exc:
            self.kill(f"not ready within {self._timings.start_s:g} s")
            raise ProcessError(self.failure or "not ready") from exc
        self._heard_at = self._loop.time()
        self._own(self._ping())
        self._own(self._watch_memory(self._memory_limits))

    def give_stream(
        self,
        call: CallRequest,
        settings: Settings,
        fd: int,
        head: bytes,
        services_down: Mapping[str, str],
        media_start: Message | None = None,
    ) -> None:
        """Hands over the TCP connection of a media stream.

        Args:
            call: Whose it is.
            settings: As they are now; they may have changed since the process was started.
            fd: The connection; the caller's copy may be closed afterwards.
            head: The upgrade request, not yet answered.
            services_down: Vendors' services to pass over, by key.
            media_start: The carrier's first messages, `connected` and `start`, if an earlier process read them.

        Raises:
            ProcessError: the process cannot be reached.
        """
        body: Message = {"kind": "stream", "call": call.model_dump(mode="json"), "settings": settings.reveal()}
        body |= {"services": dict(services_down), "start": media_start}
        self._send(body | {"head": head.decode("latin-1")}, fd)

    async def give_offer(
        self, call: CallRequest, settings: Settings, sdp: str, kind: str, services_down: Mapping[str, str]
    ) -> dict[str, str]:
        """Hands over a browser's WebRTC offer and returns the answer: `sdp`, `type`, `pc_id`."""
        body = {"kind": "offer", "call": call.model_dump(mode="json"), "settings": settings.reveal()}
        body["services"] = dict(services_down)
        self._send(body | {"sdp": sdp, "type": kind})
        try:
            async with asyncio.timeout(self._timings.answer_s):
                return await asyncio.shield(self._answer)
        except TimeoutError as exc:
            self.kill("no answer to the browser's offer")
            raise ProcessError("no answer to the browser's offer") from exc

    def tell_health(self, key: str, reason: str | None) -> None:
        """Tells the call that a vendor's service is down, or up again (no reason)."""
        with contextlib.suppress(ProcessError):
            self._send({"kind": "health", "services": {key: reason}})

    def steer(self, what: Message) -> None:
        """Has the call do something that was asked for over the API; a call that has ended does nothing."""
        with contextlib.suppress(ProcessError):
            self._send({"kind": "steer", "what": what})

    def tell_answered_by(self, answered_by: str) -> bool:
        """Tells the call who has picked up, `human` or `machine`; False if it cannot be told any more."""
        self.answered_by = answered_by
        try:
            self._send({"kind": "answered_by", "answered_by": answered_by})
        except ProcessError:
            return False
        return not self.ended.is_set()

    def finish(self) -> None:
        """Asks the call to say goodbye and end."""
        with contextlib.suppress(ProcessError):
            self._send({"kind": "finish"})

    def kill(self, reason: str, *, final: bool = False) -> None:
        """Ends the process at once; its call counts as failed unless its outcome is known.

        Args:
            reason: For the log and the call's record.
            final: Whether the call itself is to end, and not to go on in another process.
        """
        if self._exit is not None:
            return
        self.failure = self.failure or reason
        self.is_final = self.is_final or final
        self._child.send_signal(signal.SIGKILL)

    async def _kill_stuck(self, reason: str) -> None:
        """Has the process write down where it stands, then ends it."""
        if self._stack_fd is not None:
            self._child.send_signal(signal.SIGUSR1)
            await asyncio.sleep(self._timings.stack_s)
            stack = os.pread(self._stack_fd, MAX_STACK_BYTES, 0).decode(errors="replace")
            logger.error("call process is stuck", pid=self.pid, reason=reason, stack=stack)
        self.kill(reason)

    # What comes back

    def _received(self, message: Message, fd: int | None) -> None:
        if message.get("kind") == "ready" and self._stack_fd is None:
            self._stack_fd, fd = fd, None
        if fd is not None:
            os.close(fd)
        self._heard_at = self._loop.time()
        match message.get("kind"):
            case "ready" if not self._ready.done():
                self._ready.set_result(None)
            case "answer" if not self._answer.done():
                self._answer.set_result({name: str(message[name]) for name in ("sdp", "type", "pc_id")})
            case "started":
                self.media_start = message
            case "metrics" if "service_failed" in message:
                failed = message["service_failed"]
                self.on_service_failed(str(failed["key"]), str(failed["reason"]))
            case "metrics":
                self.on_metrics(message)
            case "failed":
                self.failure = str(message.get("reason"))
                self.is_final = bool(message.get("final"))
            case "ended":
                self.outcome = message.get("outcome") or {}
                self.ended.set()
                self._own(self._expect_exit())

    def _closed(self) -> None:
        if self.call is None and not self.gone.is_set():
            self.kill("the process closed its control socket")

    async def _expect_exit(self) -> None:
        await asyncio.sleep(self._timings.exit_s)
        self.kill(f"still there {self._timings.exit_s:g} s after its call")

    async def _watch_memory(self, limits: MemoryLimits) -> None:
        """Warns of a call that takes much memory, and ends one that takes too much: others need it, too."""
        has_warned = False
        while True:
            await asyncio.sleep(self._timings.memory_s)
            memory = await read_memory(self.pid)
            verdict = limits.verdict(memory) if memory else None
            if memory is not None and verdict == "kill":
                self.kill(f"memory: {memory.pss_mb} MiB, at most {limits.limit_mb} allowed")
            elif memory is not None and verdict == "warn" and not has_warned:
                has_warned = True
                logger.warning("call takes much memory", pid=self.pid, pss_mb=memory.pss_mb, usual_mb=limits.warn_mb)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._timings.ping_s)
            silent_s = self._loop.time() - self._heard_at
            if silent_s > self._timings.silence_s:
                await self._kill_stuck(f"no sign of life for {silent_s:.0f} s")
                return
            try:
                self._send({"kind": "ping"})
            except ProcessError:
                return

    async def _watch(self) -> None:
        self._exit = await self._child.wait()
        if self._channel is not None:
            self._channel.read_rest()
            self._channel.close()
        if self._stack_fd is not None:
            os.close(self._stack_fd)
        self.failure = self.failure or self._exit.reason
        if self.call is not None and self.outcome is None and self.failure is None:
            self.failure = "ended without an outcome"
        self.on_end(self.pid)
        self.gone.set()
        self.ended.set()
        for future in (self._ready, self._answer):
            if not future.done():
                future.set_exception(ProcessError(self.failure or "the process has ended"))
                future.exception()  # nobody may be waiting
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
        if self.call is not None:
            with logger.contextualize(call_id=self.call.call_id):
                logger.info("call process ended", reason=self.failure or "done", cpu_s=self._exit.cpu_s)
        self.on_gone(self)
