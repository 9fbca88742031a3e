"""Whether the end of known words is on a tape."""

import numpy as np
import pytest

from benchmarks.last_words import last_words
from emulators.tones import say
from emulators.ulaw import decode, encode

pytestmark = pytest.mark.unit

WORDS = np.frombuffer(say("Thank you for calling. Goodbye.", 8_000), dtype="<i2")
QUIET = np.zeros(4_000, dtype=np.int16)


def tape(cut_ms: float = 0.0, hole_ms: float = 0.0) -> np.ndarray:
    """What a telephone plays of the words, less so much of their end, with a hole 0.4 s before it."""
    kept = WORDS[: len(WORDS) - round(cut_ms * 8)]
    hole = np.zeros(round(hole_ms * 8), dtype=np.int16)
    return decode(encode(np.concatenate([QUIET, kept[:-3_200], hole, kept[-3_200:], QUIET])))


@pytest.mark.parametrize("hole_ms", [0.0, 30.0])
@pytest.mark.parametrize("cut_ms", [0.0, 20.0, 100.0, 400.0])
def test_what_is_missing_of_the_end_is_told_to_the_millisecond(cut_ms: float, hole_ms: float) -> None:
    found = last_words(tape(cut_ms, hole_ms), WORDS)
    assert found.missing_ms == pytest.approx(cut_ms, abs=8.0 if cut_ms else 1.0)
    assert found.then_ms == pytest.approx(500, abs=10)


def test_other_words_are_not_taken_for_these() -> None:
    other = np.frombuffer(say("Hello, how can I help you today?", 8_000), dtype="<i2")
    assert last_words(other, WORDS).missing_ms is None
