"""How many TCP connections the server holds, of whom, and how long each may take to say what it wants.

Media streams leave the server with their upgrade and are not counted here: what strangers do cannot reach them.
"""

from __future__ import annotations

import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from loguru import logger

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
QUIET_S = 60.0
"""Refusals of one kind within this time are told once in the log; the metric counts them all."""


class Connection(Protocol):
    """A TCP connection of the HTTP server."""

    def drop(self, status: int, code: str) -> None:
        """Ends it with an HTTP status."""


class SocketLimits:
    """Admits connections.

    A full house drops the connection that has kept silent longest: whoever opens sockets and waits loses them, and
    a carrier, whose request comes at once, is served.

    Args:
        most: Connections at the same time.
        most_of_a_peer: Of these from one IP address.
        proxies: Peers that bring everybody's connections; exempt from `most_of_a_peer`.
        request_s: Seconds in which a connection must have sent a whole request.
        on_refused: Told the code of each refusal.
    """

    def __init__(
        self,
        most: int,
        most_of_a_peer: int,
        proxies: Sequence[Network],
        request_s: float,
        on_refused: Callable[[str], None] = lambda code: None,
    ) -> None:
        self.request_s = request_s
        self._most = most
        self._most_of_a_peer = most_of_a_peer
        self._proxies = proxies
        self._on_refused = on_refused
        self._peers: dict[Connection, str] = {}
        self._of_peer: Counter[str] = Counter()
        self._silent: dict[Connection, None] = {}
        self._told_at: dict[str, float] = {}

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._peers)

    def opened(self, connection: Connection, peer: str) -> str | None:
        """Why this connection cannot stay; None if it can, and is counted from now on.

        Args:
            connection: New.
            peer: Its IP address.
        """
        if self._of_peer[peer] >= self._most_of_a_peer and not self._is_proxy(peer):
            return "too_many_of_a_peer"
        if len(self._peers) >= self._most:
            longest = next(iter(self._silent), None)
            if longest is None:
                return "too_many"
            longest.drop(503, "made_way")
        self._peers[connection] = peer
        self._of_peer[peer] += 1
        self._silent[connection] = None
        return None

    def spoke(self, connection: Connection) -> None:
        """A request's head is there."""
        self._silent.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """The request was answered, and another may follow."""
        if connection in self._peers:
            self._silent[connection] = None

    def closed(self, connection: Connection) -> None:
        """The connection has ended, or is no longer the server's; may be told more than once."""
        self._silent.pop(connection, None)
        peer = self._peers.pop(connection, None)
        if peer is not None:
            self._of_peer[peer] -= 1
            if not self._of_peer[peer]:
                del self._of_peer[peer]

    def refused(self, code: str) -> None:
        """Counts a refusal, and logs it unless that was done a moment ago."""
        self._on_refused(code)
        now = time.monotonic()
        if now - self._told_at.get(code, -QUIET_S) >= QUIET_S:
            self._told_at[code] = now
            logger.warning("connections refused", code=code, open=len(self))

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)
