"""When the agent is heard, window by window, while the call runs."""

from dataclasses import dataclass

import numpy as np

from emulators.level import level_dbfs, rms_of
from emulators.twilio.track import RATE_HZ
from emulators.ulaw import Samples

VOICED_DBFS = -45.0  # far above what μ-law makes of silence, far below speech at a telephone's level
_GAP = RATE_HZ * 200 // 1000  # shorter silences lie inside words and sentences


@dataclass
class Spell:
    """A stretch in which the agent was heard, in sample numbers; ``end`` is None while it lasts."""

    start: int
    last: int
    end: int | None = None


class VoiceTracker:
    """Follows one channel; a spell begins with two voiced windows in a row, so that a click is none.

    Args:
        voiced_dbfs: a window at or above this level is voiced.
    """

    def __init__(self, voiced_dbfs: float = VOICED_DBFS) -> None:
        self._voiced_dbfs = voiced_dbfs
        self._amplitude = rms_of(voiced_dbfs)
        self._candidate: int | None = None
        self.spells: list[Spell] = []

    @property
    def current(self) -> Spell | None:
        """The spell that lasts now."""
        return self.spells[-1] if self.spells and self.spells[-1].end is None else None

    def feed(self, at: int, window: Samples) -> Spell | None:
        """Take the window that starts at sample ``at``; return a spell that began or ended with it."""
        spell = self.current
        if level_dbfs(window) < self._voiced_dbfs:
            self._candidate = None
            if spell is None or at + len(window) - spell.last < _GAP:
                return None
            spell.end = spell.last
            return spell
        loud = np.flatnonzero(np.abs(window.astype(np.int32)) >= self._amplitude)
        first, last = (int(loud[0]), int(loud[-1])) if len(loud) else (0, len(window) - 1)
        if spell is not None:
            spell.last = at + last
            return None
        if self._candidate is None:
            self._candidate = at + first
            return None
        begun = Spell(self._candidate, at + last)
        self._candidate = None
        self.spells.append(begun)
        return begun


def voiced_bounds(samples: Samples, voiced_dbfs: float = VOICED_DBFS) -> tuple[int, int] | None:
    """Return the first and the last loud sample of a clip, or None if all of it is silent."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= rms_of(voiced_dbfs))
    return (int(loud[0]), int(loud[-1])) if len(loud) else None
