"""Whether there is room for another call, and how late the event loop is."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

WINDOW_S = 10.0
EVERY_S = 0.1


class Admission(Protocol):
    """Who says whether another call may be taken."""

    def room(self, active: int, reserved: int, attaching: int) -> bool:
        """Whether a call may be added to those that are held, announced, and on their way to a process."""

    def reason(self, active: int, reserved: int, attaching: int) -> str | None:
        """The code of why there is no room; None if there is."""


@dataclass(frozen=True)
class Capacity:
    """Room for calls, by their number and by how late the event loop is.

    Announced calls count like held ones, so that two webhooks cannot be promised the same place.
    """

    max_calls: int
    max_lag_s: float = 0.0
    """Above it no call is taken; 0 takes them at any lag."""
    lag_s: Callable[[], float] = lambda: 0.0

    def reason(self, active: int, reserved: int, attaching: int) -> str | None:
        """`capacity` (all lines are busy), `overloaded` (the event loop is late), or None: there is room."""
        if active + reserved + attaching >= self.max_calls:
            return "capacity"
        if self.max_lag_s and self.lag_s() > self.max_lag_s:
            return "overloaded"
        return None

    def room(self, active: int, reserved: int, attaching: int) -> bool:
        """Whether another call may be taken."""
        return self.reason(active, reserved, attaching) is None


class LoopLag:
    """How much later than due the event loop woke up, over a sliding window; measures nothing by itself.

    Args:
        window_s: Older lags are forgotten.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, float]] = deque()

    def note(self, lag_s: float, now_s: float) -> None:
        """Takes a measured lag in.

        Args:
            lag_s: Seconds; less than 0 counts as 0.
            now_s: Monotonic time, never less than before.
        """
        self._seen.append((now_s, max(0.0, lag_s)))
        self._forget(now_s)

    @property
    def last_s(self) -> float:
        """The newest lag; 0 if none was measured."""
        return self._seen[-1][1] if self._seen else 0.0

    def p95_s(self, now_s: float) -> float:
        """The lag that 95 of 100 in the window do not exceed; 0 if it holds none."""
        self._forget(now_s)
        lags = sorted(lag for _, lag in self._seen)
        return lags[math.ceil(0.95 * len(lags)) - 1] if lags else 0.0

    def _forget(self, now_s: float) -> None:
        while self._seen and self._seen[0][0] < now_s - self._window_s:
            self._seen.popleft()


async def watch_loop(lag: LoopLag, *, every_s: float = EVERY_S) -> None:
    """Measures the running loop's lag until it is cancelled."""
    # Not the loop's own clock, which stands still while a callback runs.
    before = time.monotonic()
    while True:
        await asyncio.sleep(every_s)
        now = time.monotonic()
        lag.note(now - before - every_s, now)
        before = now
