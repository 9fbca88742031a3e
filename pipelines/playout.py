"""How much of what was sent the carrier has not played yet: pure, it is told the time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MARK_EVERY_S = 0.25
"""Sound between two marks; each costs a message and its echo."""
AHEAD_S = 0.15
"""What a carrier holds of sound that is sent at the pace at which it is played."""
USUAL_LAG_S = 0.3
"""From a mark to its echo, before any has come back."""


@dataclass
class Playout:
    """Compares what was sent with the marks that have come back.

    The network's delay does not matter: what is under way when a `clear` is sent is played before that arrives. What a
    `clear` drops is what waits at the carrier, and that shows in how much longer than at best a mark takes.
    """

    sent_s: float = 0.0
    """All sound of the call so far."""
    _marked_s: float = 0.0
    _number: int = 0
    _waiting: deque[tuple[str, float, float]] = field(default_factory=deque)
    _least_lag_s: float | None = None
    _lag_s: float = 0.0
    _known_s: float = 0.0
    _known_at: float | None = None

    def send(self, seconds: float, now: float) -> str | None:
        """So much sound was sent; the name of a mark to send behind it, if one is due."""
        if self.unplayed_s(now) <= 0.0 and not self._waiting:
            self._known_s, self._known_at = self.sent_s, now  # the line was silent: nothing from before is left
        self.sent_s += seconds
        if self.sent_s - self._marked_s < MARK_EVERY_S - 1e-9:
            return None
        self._marked_s = self.sent_s
        self._number += 1
        name = f"played-{self._number}"
        self._waiting.append((name, self.sent_s, now))
        return name

    def echo(self, name: str, now: float) -> None:
        """A mark has come back. One that a `clear` sent back is not known here any more."""
        while self._waiting:
            waiting, position_s, sent_at = self._waiting.popleft()
            if waiting != name:
                continue
            self._lag_s = now - sent_at
            self._least_lag_s = self._lag_s if self._least_lag_s is None else min(self._least_lag_s, self._lag_s)
            self._known_s, self._known_at = position_s, now
            return

    def knows(self, name: str) -> bool:
        """Whether a mark is one of these and has not come back."""
        return any(waiting == name for waiting, _, _ in self._waiting)

    def clear(self, now: float) -> None:
        """What the carrier holds was dropped."""
        self._waiting.clear()
        self._known_s, self._known_at = self.sent_s, now
        self._marked_s = self.sent_s

    def unplayed_s(self, now: float) -> float:
        """Seconds of sound that wait at the carrier."""
        if self._known_at is None:
            return min(AHEAD_S, self.sent_s)
        least_s = USUAL_LAG_S if self._least_lag_s is None else self._least_lag_s
        overdue_s = now - self._waiting[0][2] - least_s if self._waiting else 0.0
        waits_s = AHEAD_S + max(0.0, self._lag_s - least_s, overdue_s)
        # A mark that is overdue says that playing has stopped; otherwise it has gone on since the last one.
        since_s = 0.0 if overdue_s > 0 else max(0.0, now - self._known_at)
        return max(0.0, min(waits_s, self.sent_s - self._known_s - since_s))
