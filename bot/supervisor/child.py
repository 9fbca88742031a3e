"""The process of one call: gets ready, receives the call's connection, holds the call, ends.

It ignores SIGINT and SIGTERM, because the server decides when calls end. If the server itself dies, an idle
process ends at once, and one that holds a call goes on until the call is over, at most as long as a drain may last.
A call that breaks is not closed: the process ends, and the server gives the connection to another.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, cast

import uvloop
from loguru import logger
from pydantic_core import to_jsonable_python
from starlette.websockets import WebSocket

from bot.ice import ice_servers
from bot.logs import configure_logs
from bot.settings import Settings
from bot.supervisor.channel import Channel, ChannelError, Message
from bot.supervisor.stream import Handover, prepare_stream, serve_stream
from bot.telephony.base import CallRequest, TelephonyError
from pipelines.health import ServiceHealth

FLUSH_S = 2.0
BROKEN = 70
"""Exit status of a process whose call broke (sysexits.h: internal software error)."""
BROWSER_CONNECT_S = 20

Report = Callable[[dict[str, Any]], None]


class Session(Protocol):
    """What holds a conversation: `bot.session`, or another module of this shape.

    It may also have `preload()`, called in the template: the place to import what all calls need; `async
    prepare(settings)`, awaited in a loop of its own while the process still waits for a call: the place to load
    models; and `health`, a `ServiceHealth` that learns what other calls found out about vendors' services, and
    whose reports reach them; `async farewell()`, which says goodbye in the call that is held, and tells whether
    there was one; `hear_verdict(answered_by)`, told who has picked up a call of ours; and `async steer(what)`, which
    does what somebody asks of the call over the API.
    """

    async def answer_websocket(
        self, websocket: WebSocket, request: CallRequest, settings: Settings, report: Report
    ) -> object:
        """Talks over an accepted WebSocket until the call is over; returns its outcome.

        Args:
            websocket: Its first two messages are the carrier's `connected` and `start`.
            request: The call; `resumed` if an earlier process of it has died.
            settings: Everything configured.
            report: Tells the server what happens.
        """

    async def answer_webrtc(self, connection: Any, request: CallRequest, settings: Settings, report: Report) -> object:
        """Talks to a browser until the call is over; returns its outcome."""


class CallChild:
    """What the process does, driven by messages of the server.

    Args:
        sock: Its end of the control socket.
        session_module: Name of the module that holds the call.
        owns_process: Whether the process is there for this call alone.
    """

    def __init__(self, sock: socket.socket, session_module: str, *, owns_process: bool = True) -> None:
        self._session_module = session_module
        self._owns_process = owns_process
        self._channel = Channel(sock, self._received, self._parent_gone)
        self._prepared: asyncio.Future[Settings] = asyncio.get_running_loop().create_future()
        self._given: asyncio.Future[tuple[Message, int | None]] = asyncio.get_running_loop().create_future()
        self._call: asyncio.Task[object] | None = None
        self._ending: asyncio.Future[None] | None = None
        self._steering: set[asyncio.Task[None]] = set()
        self._limit_s = 0.0
        self._health: ServiceHealth | None = None

    def _received(self, message: Message, fd: int | None) -> None:
        match message.get("kind"):
            case "prepare":
                self._prepared.set_result(Settings.unveil(message["settings"]))
            case "stream" | "offer" if not self._given.done():
                self._given.set_result((message, fd))
            case "ping":
                self._tell({"kind": "pong"})
            case "health":
                self._learn(message["services"])
            case "steer":
                self._own(self._steer(message["what"]))
            case "answered_by":
                self._hear_verdict(message["answered_by"])
            case "finish" if self._ending is None:
                self._ending = asyncio.ensure_future(self._finish())

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._steering.add(task)
        task.add_done_callback(self._steering.discard)

    async def _steer(self, what: Message) -> None:
        steer = getattr(sys.modules.get(self._session_module), "steer", None)
        if self._call is None or steer is None:
            return
        try:
            await steer(what)
        except Exception as exc:  # noqa: BLE001  the border of a background task: the call itself goes on
            logger.error("a request for the call failed", act=what.get("act"), error=type(exc).__name__)

    async def _finish(self) -> None:
        """Has the session say goodbye; a call in which nothing can be said ends at once."""
        farewell = getattr(sys.modules.get(self._session_module), "farewell", None)
        if self._call is not None and not (farewell is not None and await farewell()):
            self._call.cancel()

    def _hear_verdict(self, answered_by: str) -> None:
        """Passes on to the session who has picked up."""
        hear = getattr(sys.modules.get(self._session_module), "hear_verdict", None)
        if hear is not None:
            hear(answered_by)

    def _learn(self, services: dict[str, str | None]) -> None:
        for key, reason in services.items():
            if self._health is not None:
                self._health.learn(key, reason)

    def _service_failed(self, key: str, reason: str) -> None:
        self._tell({"kind": "metrics", "service_failed": {"key": key, "reason": reason[:500]}})

    def _parent_gone(self) -> None:
        for future in (self._prepared, self._given):
            if not future.done():
                future.cancel()
        if self._call is not None:
            asyncio.get_running_loop().call_later(self._limit_s, self._call.cancel)

    def _tell(self, message: Message, fd: int | None = None) -> None:
        # Without a server the call goes on; nobody is left to tell.
        with contextlib.suppress(ChannelError):
            self._channel.send(message, fd)

    def _report(self, message: dict[str, Any]) -> None:
        self._tell(to_jsonable_python(message, fallback=str) | {"kind": "metrics"})

    async def run(self) -> None:
        """Returns when the call is over, or at once if the server ends first."""
        settings = await self._prepared
        self._limit_s = settings.drain_limit_s
        session = await self._get_ready(settings)
        message, fd = await self._given
        request = CallRequest.model_validate(message["call"])
        settings = Settings.unveil(message["settings"])
        self._learn(message.get("services", {}))
        with logger.contextualize(call_id=request.call_id):
            await self._run_call(session, message, fd, request, settings)

    async def _get_ready(self, settings: Settings) -> Session:
        stack_fd = None
        if self._owns_process:
            configure_logs(
                settings.log_level,
                personal=settings.log_personal,
                form=settings.log_format,
                secrets=settings.secrets(),
            )
            stack_fd = os.memfd_create("stack")
            faulthandler.register(signal.SIGUSR1, file=stack_fd)
        session = cast(Session, importlib.import_module(self._session_module))
        prepare_stream()
        self._health = getattr(session, "health", None)
        if self._health is not None:
            self._health.report = self._service_failed
        prepare = getattr(session, "prepare", None)
        if prepare is not None:
            try:
                await _in_thread_of_its_own(lambda: _prepare_gently(prepare, settings))
            except Exception as exc:  # noqa: BLE001  only a head start is lost; the call itself will tell what is wrong
                logger.opt(exception=exc).warning("call process not warmed up")
        if self._owns_process:
            gc.collect()
            gc.freeze()
        self._tell({"kind": "ready"}, stack_fd)
        return session

    async def _run_call(
        self, session: Session, message: Message, fd: int | None, request: CallRequest, settings: Settings
    ) -> None:
        is_broken = False
        try:
            self._call = asyncio.ensure_future(self._hold(session, message, fd, request, settings))
            outcome = await self._call
        except asyncio.CancelledError:
            self._tell({"kind": "failed", "reason": "the server ended the call", "final": True})
        except Exception as exc:  # noqa: BLE001  the top of a call: whatever it was, the server must hear of it
            if isinstance(exc, TelephonyError):
                logger.warning("stream refused", code=exc.code, reason=str(exc))
            else:
                logger.opt(exception=exc).error("call failed")
            is_broken = self._owns_process and not isinstance(exc, TelephonyError)
            reason = str(getattr(exc, "code", type(exc).__name__))
            self._tell({"kind": "failed", "reason": reason, "final": not is_broken})
        else:
            self._tell({"kind": "ended", "outcome": to_jsonable_python(outcome, fallback=str)})
        await self._flush()
        if is_broken:
            # Nothing may be said on the connection any more: it belongs to the process that goes on with the call.
            sys.stderr.flush()
            os._exit(BROKEN)

    async def _hold(
        self, session: Session, message: Message, fd: int | None, request: CallRequest, settings: Settings
    ) -> object:
        if message["kind"] == "offer":
            return await self._hold_webrtc(session, message, request, settings)
        assert fd is not None
        connection = socket.socket(fileno=fd)
        connection.setblocking(False)

        start: Message = message["start"] or {}
        handover = Handover(connection, message["head"].encode("latin-1"), start.get("connected"), start.get("start"))

        async def answer(websocket: WebSocket) -> object:
            return await session.answer_websocket(websocket, request, settings, self._report)

        return await serve_stream(handover, request, answer, self._tell, leave_open=self._owns_process)

    async def _hold_webrtc(
        self, session: Session, message: Message, request: CallRequest, settings: Settings
    ) -> object:
        # Imported for browser calls only: it takes half a second and 20 MB.
        from pipecat.transports.smallwebrtc.connection import IceServer, SmallWebRTCConnection

        relays = [IceServer(**one) for one in ice_servers(settings, time.time())]
        connection = SmallWebRTCConnection(relays, connection_timeout_secs=BROWSER_CONNECT_S)
        await connection.initialize(sdp=message["sdp"], type=message["type"])
        answer: dict[str, str] | None = connection.get_answer()  # type: ignore[no-untyped-call]
        if answer is None:
            raise RuntimeError("the browser's offer got no answer")
        holding = asyncio.ensure_future(session.answer_webrtc(connection, request, settings, self._report))
        self._tell({"kind": "answer"} | answer)
        return await holding

    async def _flush(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                while not self._channel.is_flushed:  # two seconds at the end of a process
                    await asyncio.sleep(0.01)
        self._channel.close()


async def _in_thread_of_its_own(work: Callable[[], None]) -> None:
    """Returns when `work` has been done; no thread that the call will use has done it."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def run() -> None:
        try:
            work()
        except Exception as exc:  # noqa: BLE001  raised again where it is awaited
            done.get_loop().call_soon_threadsafe(done.set_exception, exc)
        else:
            done.get_loop().call_soon_threadsafe(done.set_result, None)

    threading.Thread(target=run, name="prepare", daemon=True).start()
    await done


def _prepare_gently(prepare: Callable[[Settings], Awaitable[None]], settings: Settings) -> None:
    """Prepares in this thread, behind the calls that are live.

    Linux keeps niceness for each thread, and only privileged ones may take it back: so it is this thread's, and the
    call itself will run in others.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), settings.refill_niceness)

    async def run() -> None:
        await prepare(settings)

    asyncio.run(run())


async def _run(control_fd: int, session_module: str) -> None:
    sock = socket.socket(fileno=control_fd)
    sock.setblocking(False)
    with contextlib.suppress(asyncio.CancelledError):
        await CallChild(sock, session_module).run()


def main(control_fd: int, session_module: str) -> None:
    """Runs the process to its end.

    Args:
        control_fd: Inherited end of the control socket.
        session_module: Name of the module that holds the call.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.set_inheritable(control_fd, False)
    uvloop.run(_run(control_fd, session_module))
