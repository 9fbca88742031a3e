"""Time in a typed call: it passes by what is said and by silence, not by the wall clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


class VirtualClock:
    """A business clock that stands still until it is moved.

    Args:
        start: aware; the business's time when the call begins.
        zone: in which `now` is given.
    """

    def __init__(self, start: datetime, zone: ZoneInfo) -> None:
        self._start = start
        self._zone = zone
        self._elapsed_ms = 0.0

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since the call began."""
        return round(self._elapsed_ms)

    def elapsed_s(self) -> float:
        """Seconds since the call began."""
        return self._elapsed_ms / 1000

    def now(self) -> datetime:
        """The business's time."""
        return (self._start + timedelta(milliseconds=self._elapsed_ms)).astimezone(self._zone)

    def advance(self, seconds: float) -> None:
        """Lets time pass; never backwards."""
        self._elapsed_ms += max(0.0, seconds) * 1000
