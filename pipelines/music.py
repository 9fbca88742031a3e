"""Music for a caller who waits: made here, so that nobody holds rights in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import cycle

import numpy as np

# A slow broken chord, A minor to F major and back, in the middle of what a telephone passes.
CHORDS_HZ = ((440.0, 523.25, 659.26), (349.23, 440.0, 523.25), (392.0, 493.88, 587.33), (329.63, 415.3, 493.88))
NOTE_S = 0.5
AMPLITUDE = 2500
"""About -25 dBFS: a good deal quieter than speech."""


def hold_music(rate_hz: int) -> Iterator[bytes]:
    """Notes without end: each signed 16-bit mono at `rate_hz`, half a second long."""
    return cycle(_notes(rate_hz))


@cache
def _notes(rate_hz: int) -> tuple[bytes, ...]:
    at_s = np.arange(int(NOTE_S * rate_hz)) / rate_hz
    # Struck softly and faded to nothing, so that notes meet without a click.
    shape = np.minimum(at_s / 0.03, 1.0) * np.exp(-at_s / 0.22) * np.minimum((NOTE_S - at_s) / 0.05, 1.0)
    notes = []
    for chord in CHORDS_HZ:
        for hz in (*chord, chord[1]):
            tone = np.sin(2 * np.pi * hz * at_s) + 0.3 * np.sin(4 * np.pi * hz * at_s)
            notes.append((AMPLITUDE * shape * tone).astype("<i2").tobytes())
    return tuple(notes)
