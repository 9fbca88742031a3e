"""The one uvicorn method that lets a WebSocket leave the server before its upgrade is answered.

uvicorn parses the request; instead of answering it, the server checks it and passes the TCP connection with
the request on to a call process, which answers. From then on the server spends nothing on the call's audio. TLS
must end before the server (a reverse proxy): encryption state in this process could not move.
"""

from __future__ import annotations

import asyncio
import http
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from loguru import logger
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.http11 import Request
from websockets.server import ServerProtocol

from bot.supervisor.sockets import SocketLimits

MAX_HEAD_BYTES = 16 * 1024
# No request of the API or of a carrier is longer; the routes' own limits come after a body has been read.
MAX_BODY_BYTES = 256 * 1024
# Compressed frames depend on earlier ones; a stream that may change its process must not have them.
DROPPED_HEADERS = {b"sec-websocket-extensions"}


class RefusedError(Exception):
    """The upgrade is answered with an HTTP status instead.

    Attributes:
        status: 403, 404, 501 or 503.
        code: Reason for the log; the peer learns the status only.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Gate(Protocol):
    """Decides on upgrades below a path prefix."""

    def admit(self, path: str, headers: Mapping[str, str]) -> str:
        """The token to attach by; raises RefusedError.

        Args:
            path: As requested, without a query.
            headers: Lower-case names; the last value of each.
        """

    async def attach(self, token: str, socket_fd: int, request_head: bytes) -> object:
        """Passes the connection on; raises RefusedError."""


def request_head(method: str, target: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The upgrade as bytes again, without the headers that must not be agreed on."""
    lines = [b"%s: %s\r\n" % (name, value) for name, value in headers if name not in DROPPED_HEADERS]
    return b"".join([method.encode(), b" ", target, b" HTTP/1.1\r\n", *lines, b"\r\n"])


def handshake_error(head: bytes) -> bytes | None:
    """The answer to a malformed WebSocket handshake; None if it is well formed."""
    server = ServerProtocol()
    server.receive_data(head)
    events = server.events_received()
    if not events or not isinstance(events[0], Request):
        return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    response = server.accept(events[0])
    return None if response.status_code == 101 else response.serialize()


def _answer(status: int) -> bytes:
    phrase = http.HTTPStatus(status).phrase
    return f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()


def handoff_protocol(
    prefix: str, gate: Gate, limits: SocketLimits, on_refused: Callable[[str], None] = lambda code: None
) -> type[HttpToolsProtocol]:
    """A protocol for `uvicorn.Config(http=…)` that sends upgrades below `prefix` through `gate`.

    Args:
        prefix: Of media streams' paths; every other upgrade is refused.
        gate: Checks media streams.
        limits: Of connections and their requests.
        on_refused: Told the code of each upgrade that is refused.
    """

    class HandoffProtocol(HttpToolsProtocol):
        """Stock HTTP within limits, except for upgrades."""

        _deadline: asyncio.TimerHandle | None = None
        _is_dropped = False
        _has_head = False
        _head_bytes = 0
        _body_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Admits the connection, or answers 503."""
            super().connection_made(transport)
            refusal = limits.opened(self, self.client[0] if self.client else "")
            if refusal is not None:
                self.drop(503, refusal)
                return
            self._expect_request()

        def connection_lost(self, exc: Exception | None) -> None:
            """Makes room."""
            self._set_deadline(None)
            limits.closed(self)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Reads on, unless the connection was given up, or its head has no end."""
            if self._is_dropped:
                return
            if not self._has_head:
                self._head_bytes += len(data)
            super().data_received(data)
            if not self._has_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.drop(431, "head_too_long")

        def on_message_begin(self) -> None:
            """Another request begins."""
            super().on_message_begin()
            self._has_head, self._body_bytes = False, 0
            if self._deadline is None:
                self._expect_request()

        def on_headers_complete(self) -> None:
            """The head is there."""
            self._has_head, self._head_bytes = True, 0
            limits.spoke(self)
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            """Takes a piece of the body, up to a limit."""
            self._body_bytes += len(body)
            if self._body_bytes > MAX_BODY_BYTES:
                self.drop(413, "body_too_long")
            elif not self._is_dropped:
                super().on_body(body)

        def on_message_complete(self) -> None:
            """The whole request is there."""
            self._set_deadline(None)
            if not self._is_dropped:
                super().on_message_complete()

        def on_response_complete(self) -> None:
            """The connection waits for another request; uvicorn closes it after a while."""
            limits.waits(self)
            super().on_response_complete()

        def drop(self, status: int, code: str) -> None:
            """Gives the connection up with an HTTP status."""
            if self._is_dropped:
                return
            self._is_dropped = True
            limits.refused(code)
            limits.closed(self)
            self._set_deadline(None)
            if self.cycle is not None:
                self.cycle.disconnected = True  # whoever reads the body or writes an answer is told
                self.cycle.message_event.set()
            self.transport.write(_answer(status))
            self.transport.close()

        def _expect_request(self) -> None:
            self._set_deadline(self.loop.call_later(limits.request_s, self.drop, 408, "request_too_slow"))

        def _set_deadline(self, deadline: asyncio.TimerHandle | None) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
            self._deadline = deadline

        def handle_websocket_upgrade(self) -> None:
            """Checks the upgrade and begins the hand-over."""
            self._set_deadline(None)
            limits.closed(self)
            target = self.url.partition(b"?")[0].decode("latin-1")
            if not target.startswith(prefix):
                self._refuse(404, "unknown_path")
                return
            if self.transport.get_extra_info("sslcontext") is not None:
                self._refuse(501, "tls_must_end_in_front")
                return
            self.transport.pause_reading()  # what comes next is the call process's to read
            self.connections.discard(self)
            headers = list(self.scope["headers"])
            head = request_head(self.scope["method"], self.url, headers)
            if len(head) > MAX_HEAD_BYTES:
                self._refuse(431, "request_head_too_long")
                return
            malformed = handshake_error(head)
            if malformed is not None:
                logger.warning("stream refused", code="malformed_upgrade")
                on_refused("malformed_upgrade")
                self.transport.write(malformed)
                self.transport.close()
                return
            names = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
            try:
                token = gate.admit(target, names)
            except RefusedError as exc:
                self._refuse(exc.status, exc.code)
                return
            task: asyncio.Task[None] = self.loop.create_task(self._pass_on(token, head))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

        async def _pass_on(self, token: str, head: bytes) -> None:
            connection: socket.socket = self.transport.get_extra_info("socket")
            try:
                await gate.attach(token, connection.fileno(), head)
            except RefusedError as exc:
                self._refuse(exc.status, exc.code)
            except BaseException:
                self.transport.abort()
                raise
            else:
                self.transport.close()  # our copy only: no shutdown is sent

        def _refuse(self, status: int, code: str) -> None:
            logger.warning("stream refused", status=status, code=code)
            on_refused(code)
            self.transport.write(_answer(status))
            self.transport.close()

    return HandoffProtocol
