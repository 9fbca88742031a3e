"""The process of one call: gets ready, receives the call's connection, holds the call, ends.

It ignores SIGINT and SIGTERM, because the server decides when calls end. If the server itself dies, an idle
process ends at once, and one that holds a call goes on until the call is over, at most as long as a drain may last.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

import uvloop
from loguru import logger
from pydantic_core import to_jsonable_python
from starlette.websockets import WebSocket

from bot.logs import configure_logs
from bot.settings import Settings
from bot.supervisor.channel import Channel, ChannelError, Message
from bot.supervisor.stream import prepare_stream, serve_stream
from bot.telephony.base import CallRequest
from pipelines.health import ServiceHealth

FLUSH_S = 2.0
BROWSER_CONNECT_S = 20

Report = Callable[[dict[str, Any]], Awaitable[None]]


class Session(Protocol):
    """What holds a conversation: `bot.session`, or another module of this shape.

    It may also have `async prepare(settings)`, awaited while the process still waits for a call: the place to
    load models and import what the first call would import; and `health`, a `ServiceHealth` that learns what
    other calls found out about vendors' services, and whose reports reach them.
    """

    async def answer_websocket(
        self, websocket: WebSocket, request: CallRequest, settings: Settings, report: Report
    ) -> object:
        """Talks over an accepted WebSocket until the call is over; returns its outcome."""

    async def answer_webrtc(self, connection: Any, request: CallRequest, settings: Settings, report: Report) -> object:
        """Talks to a browser until the call is over; returns its outcome."""


class CallChild:
    """What the process does, driven by messages of the server."""

    def __init__(self, sock: socket.socket, session_module: str) -> None:
        self._session_module = session_module
        self._channel = Channel(sock, self._received, self._parent_gone)
        self._prepared: asyncio.Future[Settings] = asyncio.get_running_loop().create_future()
        self._given: asyncio.Future[tuple[Message, int | None]] = asyncio.get_running_loop().create_future()
        self._call: asyncio.Task[object] | None = None
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
            case "finish" if self._call is not None:
                self._call.cancel()

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

    def _tell(self, message: Message) -> None:
        # Without a server the call goes on; nobody is left to tell.
        with contextlib.suppress(ChannelError):
            self._channel.send(message)

    async def _report(self, message: dict[str, Any]) -> None:
        self._tell(to_jsonable_python(message, fallback=str) | {"kind": "metrics"})

    async def run(self) -> None:
        """Returns when the call is over, or at once if the server ends first."""
        settings = await self._prepared
        configure_logs(settings.log_level, personal=settings.log_personal)
        self._limit_s = settings.drain_limit_s
        session = cast(Session, importlib.import_module(self._session_module))
        prepare_stream()
        self._health = getattr(session, "health", None)
        if self._health is not None:
            self._health.report = self._service_failed
        prepare = getattr(session, "prepare", None)
        if prepare is not None:
            try:
                await prepare(settings)
            except Exception as exc:  # noqa: BLE001  only a head start is lost; the call itself will tell what is wrong
                logger.opt(exception=exc).warning("call process not warmed up")
        gc.collect()
        gc.freeze()
        self._tell({"kind": "ready"})
        message, fd = await self._given
        request = CallRequest.model_validate(message["call"])
        settings = Settings.unveil(message["settings"])
        logger.configure(extra={"call_id": request.call_id})
        self._learn(message.get("services", {}))
        try:
            self._call = asyncio.ensure_future(self._hold(session, message, fd, request, settings))
            outcome = await self._call
        except asyncio.CancelledError:
            self._tell({"kind": "failed", "reason": "the server ended the call"})
        except Exception as exc:  # noqa: BLE001  the top of a call: whatever it was, the server must hear of it
            logger.opt(exception=exc).error("call failed")
            self._tell({"kind": "failed", "reason": str(getattr(exc, "code", type(exc).__name__))})
        else:
            self._tell({"kind": "ended", "outcome": to_jsonable_python(outcome, fallback=str)})
        await self._flush()

    async def _hold(
        self, session: Session, message: Message, fd: int | None, request: CallRequest, settings: Settings
    ) -> object:
        if message["kind"] == "offer":
            return await self._hold_webrtc(session, message, request, settings)
        assert fd is not None
        connection = socket.socket(fileno=fd)
        connection.setblocking(False)

        async def answer(websocket: WebSocket) -> object:
            return await session.answer_websocket(websocket, request, settings, self._report)

        head = message["head"].encode("latin-1")
        return await serve_stream(connection, head, request, answer, self._tell)

    async def _hold_webrtc(
        self, session: Session, message: Message, request: CallRequest, settings: Settings
    ) -> object:
        # Imported for browser calls only: it takes half a second and 20 MB.
        from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection

        connection = SmallWebRTCConnection(connection_timeout_secs=BROWSER_CONNECT_S)
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
