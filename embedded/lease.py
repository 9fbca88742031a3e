"""How long the server lives: as long as somebody holds a lease, and a short grace beyond."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from embedded.errors import EndingError

BEAT_S = 10.0


class Leases:
    """Counts the open leases and ends the server after the last one.

    Args:
        grace_s: Seconds to wait for a (next) client before ending.
        end: Called once when the time has come; `None` means that the server stays for ever.
    """

    def __init__(self, grace_s: float, end: Callable[[], None] | None) -> None:
        self._grace_s = grace_s
        self._end = end
        self._held = 0
        self._ending = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def held(self) -> int:
        """Leases that are open now."""
        return self._held

    def start(self, first_grace_s: float) -> None:
        """Begin to wait for the first client, for `first_grace_s` seconds."""
        self._wait(first_grace_s)

    async def hold(self) -> AsyncIterator[bytes]:
        """A stream of line feeds that counts as a lease until it is closed.

        Raises:
            EndingError: The server has already decided to end.
        """
        self._held += 1
        self._stop_waiting()
        try:
            while True:
                yield b"\n"
                await asyncio.sleep(BEAT_S)
        finally:
            self._held -= 1
            if self._held == 0:
                self._wait(self._grace_s)

    def check(self) -> None:
        """Refuse a client that comes too late.

        Raises:
            EndingError: The server has already decided to end.
        """
        if self._ending:
            raise EndingError("the embedded server has lost its last client and is ending; start a new one")

    def close(self) -> None:
        """Stop waiting."""
        self._stop_waiting()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        if self._end is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._finish)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _finish(self) -> None:
        self._ending = True
        if self._end is not None:
            self._end()
