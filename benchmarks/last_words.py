"""Whether known words were heard to their last sample, on a tape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000
LOUD = 300
PROBE_S = 0.15
STEP_S = 0.05
LOOKS_BACK_S = 1.5
LEAST_LIKENESS = 0.85
"""Of a piece of the words and the tape at its best place; other tones are below 0.3."""


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
    heard = np.flatnonzero(np.abs(agent.astype(np.int32)) >= LOUD // 2)
    last = int(heard[-1]) + 1 if len(heard) else 0
    tape = agent[max(0, last - round(LOOKS_BACK_S * RATE_HZ)) : last].astype(np.float64)
    long, step = round(PROBE_S * RATE_HZ), round(STEP_S * RATE_HZ)
    # From the end on: a hole in the sound, which is the rig's or the server's, spoils the pieces that it lies in.
    for end in range(len(words), max(long, len(words) - len(tape)), -step):
        at = _find(tape, words[end - long : end].astype(np.float64))
        if at is not None:
            missing = (len(words) - end) - (len(tape) - at - long)
            return LastWords(max(0.0, missing / RATE_HZ * 1000), (len(agent) - last) / RATE_HZ * 1000)
    return LastWords(None)


def _find(tape: NDArray[np.float64], probe: NDArray[np.float64]) -> int | None:
    if len(tape) < len(probe):
        return None
    energy = np.convolve(np.square(tape), np.ones(len(probe)), mode="valid")
    likeness = np.correlate(tape, probe, mode="valid") / np.sqrt(np.maximum(energy, 1.0) * np.sum(np.square(probe)))
    at = int(np.argmax(likeness))
    return at if likeness[at] >= LEAST_LIKENESS else None
