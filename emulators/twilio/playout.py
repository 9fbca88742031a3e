"""What the caller hears: frames that arrive at any time, played one after another."""

from collections import deque
from dataclasses import dataclass

from emulators.twilio.track import RATE_HZ, Track
from emulators.ulaw import Samples

_SAME_UTTERANCE = RATE_HZ // 4  # a longer gap is a pause between utterances, not a hole in one


@dataclass(frozen=True)
class Hole:
    """A gap inside an utterance: the next frame came after the one before had run out."""

    at: int
    samples: int


class Playout:
    """The carrier's buffer towards the caller, in sample numbers of the call.

    Each frame starts at the later of its arrival and the end of the frame before it. Nothing here waits:
    the caller of each method says what time it is.
    """

    def __init__(self, track: Track) -> None:
        self._track = track
        self._marks: deque[tuple[int, str]] = deque()
        self._fresh = True
        self.end = 0
        self.holes: list[Hole] = []

    def play(self, at: int, samples: Samples) -> int:
        """Append ``samples`` that arrived at ``at``; return the sample number where they start."""
        start = max(at, self.end)
        gap = start - self.end
        if not self._fresh and 0 < gap <= _SAME_UTTERANCE:
            self.holes.append(Hole(self.end, gap))
        self._track.write(start, samples)
        self.end = start + len(samples)
        self._fresh = False
        return start

    def mark(self, at: int, name: str) -> None:
        """Remember a mark; it is due when everything before it has been played."""
        self._marks.append((max(at, self.end), name))

    def take_due_marks(self, at: int) -> list[str]:
        """Remove and return the names of marks that have been reached by ``at``."""
        names = []
        while self._marks and self._marks[0][0] <= at:
            names.append(self._marks.popleft()[1])
        return names

    def clear(self, at: int) -> list[str]:
        """Drop what has not been played by ``at``; return every pending mark, oldest first."""
        if self.end > at:
            self._track.cut(at)
            self.end = at
        names = [name for _, name in self._marks]
        self._marks.clear()
        self._fresh = True
        return names
