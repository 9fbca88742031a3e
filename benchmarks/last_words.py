"""Whether known words were heard to their last sample, on a tape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000
LOUD = 300
PROBE_S = 0.3
BEFORE_END_S = 0.7
"""Where the probe begins, so that a cut end does not hide the words."""
LEAST_LIKENESS = 0.7
"""Of the probe and the tape at its best place; other tones are below 0.3."""


@dataclass(frozen=True)
class LastWords:
    """What became of the end of some words.

    Attributes:
        missing_ms: of their end; None if they were not found at all.
        then_ms: the line stayed open after their last sample.
    """

    missing_ms: float | None
    then_ms: float = 0.0


def last_words(agent: NDArray[np.int16], words: NDArray[np.int16]) -> LastWords:
    """Looks for `words` near the end of the agent's channel; both at 8,000 Hz.

    Args:
        agent: As the caller heard it, up to the end of the call.
        words: As they were made.
    """
    loud = np.flatnonzero(np.abs(words.astype(np.int32)) >= LOUD)
    words = words[: loud[-1] + 1]
    begin = max(0, len(words) - round(BEFORE_END_S * RATE_HZ))
    probe = words[begin : begin + round(PROBE_S * RATE_HZ)].astype(np.float64)
    tape = agent.astype(np.float64)
    if len(tape) < len(probe):
        return LastWords(None)
    energy = np.convolve(np.square(tape), np.ones(len(probe)), mode="valid")
    likeness = np.correlate(tape, probe, mode="valid") / np.sqrt(np.maximum(energy, 1.0) * np.sum(np.square(probe)))
    at = int(np.argmax(likeness))
    if likeness[at] < LEAST_LIKENESS:
        return LastWords(None)
    end = at - begin + len(words)
    heard = np.flatnonzero(np.abs(agent.astype(np.int32)) >= LOUD // 2)
    last = int(heard[-1]) + 1
    return LastWords(max(0.0, (end - last) / RATE_HZ * 1000), max(0.0, (len(agent) - end) / RATE_HZ * 1000))
