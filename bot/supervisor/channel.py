"""The control socket between the server and one call process: whole JSON messages, some with a descriptor."""

from __future__ import annotations

import array
import asyncio
import json
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

# Linux keeps one message of a SOCK_SEQPACKET socket whole up to its send buffer (208 KiB by default).
MAX_MESSAGE_BYTES = 160 * 1024
MAX_WAITING = 256

Message = dict[str, Any]


class ChannelError(Exception):
    """A message could not be sent: too long, too many waiting, or nobody there to read it."""

    code = "channel_failed"


def channel_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets that keep message borders and tell each other's end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs


class Channel:
    """One end of a control socket, served by the running event loop.

    Args:
        sock: A non-blocking SOCK_SEQPACKET socket; owned from here on.
        on_message: Called with each message and the descriptor that came with it, which the callee then owns.
        on_closed: Called once when the other end has gone.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_message: Callable[[Message, int | None], None],
        on_closed: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._on_message = on_message
        self._on_closed = on_closed
        self._waiting: deque[bytes] = deque()
        self._is_open = True
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def is_open(self) -> bool:
        """Whether neither end has closed."""
        return self._is_open

    def send(self, message: Message, fd: int | None = None) -> None:
        """Sends a message now or as soon as there is room; order is kept.

        Args:
            message: Anything JSON can hold, up to MAX_MESSAGE_BYTES.
            fd: Descriptor to hand over; the caller keeps its own copy. Sent at once or not at all.

        Raises:
            ChannelError: the message cannot be delivered.
        """
        body = json.dumps(message, ensure_ascii=False).encode()
        if len(body) > MAX_MESSAGE_BYTES:
            raise ChannelError(f"message of {len(body)} bytes, expected at most {MAX_MESSAGE_BYTES}")
        if not self._is_open:
            raise ChannelError("the other process has closed its end")
        try:
            if fd is not None:
                if self._waiting:
                    raise ChannelError("cannot hand over a descriptor behind waiting messages")
                socket.send_fds(self._sock, [body], [fd])
            elif self._waiting:
                self._wait(body)
            else:
                self._sock.send(body)
        except BlockingIOError as exc:
            if fd is not None:
                raise ChannelError("no room to hand over a descriptor") from exc
            self._wait(body)
        except OSError as exc:
            raise ChannelError(f"cannot send to the other process: {exc.strerror}") from exc

    def _wait(self, body: bytes) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise ChannelError(f"{MAX_WAITING} messages are waiting and nobody reads them")
        self._waiting.append(body)
        self._loop.add_writer(self._sock.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            while self._waiting:
                self._sock.send(self._waiting[0])
                self._waiting.popleft()
        except BlockingIOError:
            return
        except OSError:
            self._waiting.clear()
        if self._is_open:
            self._loop.remove_writer(self._sock.fileno())

    def _readable(self) -> None:
        self._receive()

    def _receive(self) -> bool:
        """Reads one message; False if none was there."""
        try:
            body, controls, _, _ = self._sock.recvmsg(
                MAX_MESSAGE_BYTES + 1, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return False
        except OSError:
            body, controls = b"", []
        fds = array.array("i")
        for level, kind, content in controls:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        if not body:
            for fd in fds:
                os.close(fd)
            self.close()
            self._on_closed()
            return False
        self._on_message(json.loads(body), fds[0] if fds else None)
        return True

    def read_rest(self) -> None:
        """Reads what is there already: the last words of a process that has ended."""
        while self._is_open and self._receive():
            pass

    @property
    def is_flushed(self) -> bool:
        """Whether everything sent has left this process."""
        return not self._waiting

    def close(self) -> None:
        """Closes this end; messages still waiting are dropped."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._sock.fileno())
        self._loop.remove_writer(self._sock.fileno())
        self._waiting.clear()
        self._sock.close()
