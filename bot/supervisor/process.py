"""One call process as the server sees it: its state, its messages, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loguru import logger

import bot
from bot.settings import Settings, child_environment
from bot.supervisor.channel import Channel, ChannelError, Message, channel_pair
from bot.telephony.base import CallRequest


@dataclass(frozen=True)
class Timings:
    """Deadlines of the supervisor, in seconds."""

    start_s: float = 120.0
    """From the start of a process to its `ready`: imports take 4 s, and 25 s were seen on a busy machine."""
    attach_s: float = 20.0
    """A stream waits at most this long for a process."""
    answer_s: float = 15.0
    """From a browser's offer to the answer."""
    ping_s: float = 2.5
    silence_s: float = 20.0
    """A process that answers no ping for this long is killed: its event loop stands still."""
    exit_s: float = 10.0
    """From a call's outcome to the end of its process."""
    refill_s: float = 1.0
    """A spare process is started this long after one was taken: the greeting has the machine first."""
    token_s: float = 60.0
    """From the webhook to the stream."""


class ProcessError(Exception):
    """A call process did not start, or did not do what it was asked."""

    code = "call_process_failed"


class CallProcess:
    """A child process that holds one call and then ends; made by `start`."""

    def __init__(self, child: asyncio.subprocess.Process, timings: Timings) -> None:
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
        self.media_start: Message | None = None
        """What the carrier sent first: `connected` and `start`."""
        self.metrics: dict[str, Any] = {}
        self.on_gone: Callable[[CallProcess], None] = lambda process: None
        self.on_service_failed: Callable[[str, str], None] = lambda key, reason: None
        """Told the key and the reason when a vendor's service failed in this process's call."""

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    @classmethod
    async def start(cls, settings: Settings, session: str, timings: Timings) -> CallProcess:
        """Starts a child and sends it the settings.

        Args:
            settings: Sent over the control socket: the environment could be read from outside.
            session: Module with `answer_websocket` and `answer_webrtc`.
            timings: Deadlines.
        """
        ours, theirs = channel_pair()
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "bot", "--control-fd", str(theirs.fileno()), "--session", session),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=2,  # whatever a library prints belongs to the log
                pass_fds=(theirs.fileno(),),
                env=child_environment(Path(bot.__file__).parent.parent),
                start_new_session=True,  # the terminal's Ctrl-C is for the server alone
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        process = cls(child, timings)
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

    def give_stream(
        self, call: CallRequest, settings: Settings, fd: int, head: bytes, services_down: Mapping[str, str]
    ) -> None:
        """Hands over the TCP connection of a media stream.

        Args:
            call: Whose it is.
            settings: As they are now; they may have changed since the process was started.
            fd: The connection; the caller's copy may be closed afterwards.
            head: The upgrade request, not yet answered.
            services_down: Vendors' services to pass over, by key.
        """
        body = {"kind": "stream", "call": call.model_dump(mode="json"), "settings": settings.reveal()}
        body["services"] = dict(services_down)
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

    def finish(self) -> None:
        """Asks the call to say goodbye and end."""
        with contextlib.suppress(ProcessError):
            self._send({"kind": "finish"})

    def kill(self, reason: str) -> None:
        """Ends the process at once; its call counts as failed unless its outcome is known."""
        if self._child.returncode is not None:
            return
        self.failure = self.failure or reason
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)

    # What comes back

    def _received(self, message: Message, fd: int | None) -> None:
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
                self.metrics.update({name: value for name, value in message.items() if name != "kind"})
            case "failed":
                self.failure = str(message.get("reason"))
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

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._timings.ping_s)
            silent_s = self._loop.time() - self._heard_at
            if silent_s > self._timings.silence_s:
                self.kill(f"no sign of life for {silent_s:.0f} s")
                return
            try:
                self._send({"kind": "ping"})
            except ProcessError:
                return

    async def _watch(self) -> None:
        status = await self._child.wait()
        if self._channel is not None:
            self._channel.read_rest()
            self._channel.close()
        if status < 0 and self.failure is None:
            self.failure = f"killed by signal {-status}"
        elif status > 0 and self.failure is None:
            self.failure = f"exit status {status}"
        elif self.call is not None and self.outcome is None and self.failure is None:
            self.failure = "ended without an outcome"
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
        logger.debug("call process ended", pid=self.pid, status=status)
        self.on_gone(self)
