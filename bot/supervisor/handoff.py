"""The one uvicorn method that lets a WebSocket leave the server before its upgrade is answered.

uvicorn parses the request; instead of answering it, the server checks it and passes the TCP connection with
the request on to a call process, which answers. From then on the server spends nothing on the call's audio. TLS
must end before the server (a reverse proxy): encryption state in this process could not move.
"""

from __future__ import annotations

import asyncio
import http
import socket
from collections.abc import Mapping
from typing import Protocol

from loguru import logger
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.http11 import Request
from websockets.server import ServerProtocol

MAX_HEAD_BYTES = 16 * 1024
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


def handoff_protocol(prefix: str, gate: Gate) -> type[HttpToolsProtocol]:
    """A protocol for `uvicorn.Config(http=…)` that sends upgrades below `prefix` through `gate`."""

    class HandoffProtocol(HttpToolsProtocol):
        """Stock HTTP, except for upgrades below the prefix."""

        def handle_websocket_upgrade(self) -> None:
            """Checks the upgrade and begins the hand-over."""
            target = self.url.partition(b"?")[0].decode("latin-1")
            if not target.startswith(prefix):
                super().handle_websocket_upgrade()
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
            phrase = http.HTTPStatus(status).phrase
            answer = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(answer.encode())
            self.transport.close()

    return HandoffProtocol
