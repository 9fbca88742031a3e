"""The server's own hold on a call's connection, so that the call can outlive its process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import struct

CLOSE = struct.pack(">BBH", 0x88, 2, 1011)
"""A WebSocket close frame: internal error."""
CLOSE_LIMIT_S = 3.0
READ_BYTES = 64 * 1024


class HeldStream:
    """A duplicate of a media stream's socket: as long as it is open, the death of a process does not end the call.

    Args:
        socket_fd: The connection; a duplicate is kept.
        head: The upgrade request.

    Raises:
        OSError: there is no room for another descriptor.
    """

    def __init__(self, socket_fd: int, head: bytes) -> None:
        self._socket: socket.socket | None = socket.socket(fileno=os.dup(socket_fd))
        self._socket.setblocking(False)
        self.head = head
        self.take_overs = 0
        """Processes that died holding this stream."""

    @property
    def fd(self) -> int:
        """The descriptor; -1 when it has been closed."""
        return self._socket.fileno() if self._socket is not None else -1

    @property
    def is_intact(self) -> bool:
        """Whether everything written has gone out, so that no frame was left in the middle, and the peer is there."""
        if self._socket is None:
            return False
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT | select.POLLRDHUP)
        events = dict(poll.poll(0)).get(self._socket.fileno(), 0)
        gone = select.POLLERR | select.POLLHUP | select.POLLNVAL | select.POLLRDHUP
        return bool(events & select.POLLOUT) and not events & gone

    def close(self) -> None:
        """Lets go of the connection; it ends when the call's process lets go, too."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def hang_up(self) -> None:
        """Ends a stream that no process holds, in order, so that the carrier goes on with its instructions."""
        if self._socket is not None and self.is_intact:
            with contextlib.suppress(OSError, TimeoutError):
                self._socket.send(CLOSE, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                async with asyncio.timeout(CLOSE_LIMIT_S):
                    # Closing over unread sound would reset the connection, and the peer would lose what it was told.
                    while await asyncio.get_running_loop().sock_recv(self._socket, READ_BYTES):
                        pass
        self.close()
