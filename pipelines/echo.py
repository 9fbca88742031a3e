"""The agent's own voice when it comes back from the line: pure, its clock is the sound that is heard."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000
# So much of what is heard is looked for in what was said. Echo 30 dB under speech of -20 dBFS, with noise of -55 dBFS
# on it, was found in 95 % of such pieces, all but the first of each stretch; of callers' speech 0.2 % passed for it.
PIECE_S = 0.256
# Echo that comes later than this less PIECE_S is not known: the carrier's buffer, the network and the room are in it.
REACH_S = 1.5
ALIKE = 0.6
# Two voices may be alike by chance, at a different distance each time; an echo stays where it is.
SAME_LAG_SAMPLES = 6
LOOKS = 4
LOOKS_WITHIN_S = 0.5
# Whoever listens for words tells them so much later.
WORDS_LAG_S = 2.0


class Echo:
    """Compares what comes from the caller with what the agent has said just now.

    Both are signed 16-bit mono at 8,000 Hz, in pieces of any length, in the order in which they are heard and sent.
    """

    def __init__(self) -> None:
        """Nothing was said or heard."""
        self._heard = np.zeros(round(PIECE_S * RATE_HZ))
        self._said = np.zeros(round(REACH_S * RATE_HZ))
        self._said_samples = 0
        self._clock = 0
        self._said_at: int | None = None
        self._caller_at: int | None = None
        self._own_at: int | None = None
        self._looks: deque[tuple[int, int]] = deque(maxlen=LOOKS)

    def say(self, pcm16: bytes) -> None:
        """The agent's next sound was sent."""
        self._said = _behind(self._said, pcm16)
        self._said_samples += len(pcm16) // 2
        self._said_at = self._clock

    def hear(self, pcm16: bytes) -> None:
        """The line's next sound came."""
        self._heard = _behind(self._heard, pcm16)
        self._clock += len(pcm16) // 2

    def is_own(self) -> bool:
        """Whether the voice heard last is the agent's; to be asked where there is a voice."""
        is_own = self._is_within(self._said_at, REACH_S) and self._is_found()
        if is_own:
            self._own_at = self._clock
        return is_own

    def note_caller(self) -> None:
        """The caller speaks."""
        self._caller_at = self._clock

    @property
    def is_all_there_was(self) -> bool:
        """Whether words that are told now can only be the agent's own."""
        return self._is_within(self._own_at, WORDS_LAG_S) and not self._is_within(self._caller_at, WORDS_LAG_S)

    def _is_within(self, at: int | None, seconds: float) -> bool:
        return at is not None and self._clock - at <= seconds * RATE_HZ

    def _is_found(self) -> bool:
        likeness, lag = _search(self._heard, self._said)
        # Of sound that is sent at the pace at which it is heard, an echo's distance is the same each time.
        distance = self._clock - self._said_samples + lag
        if likeness < ALIKE:
            return False
        before = [other for at, other in self._looks if 0 < self._clock - at < LOOKS_WITHIN_S * RATE_HZ]
        self._looks.append((self._clock, distance))
        return any(abs(distance - other) <= SAME_LAG_SAMPLES for other in before)


def _behind(ring: NDArray[np.float64], pcm16: bytes) -> NDArray[np.float64]:
    samples = np.frombuffer(pcm16, dtype="<i2").astype(np.float64)
    return np.concatenate((ring, samples))[-len(ring) :]


def _search(piece: NDArray[np.float64], sound: NDArray[np.float64]) -> tuple[float, int]:
    """How alike the piece is to the likest part of the sound, 0 to 1, and how many samples lie behind that part."""
    size = 1 << (len(piece) + len(sound) - 1).bit_length()
    found = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)
    found = found[: len(sound) - len(piece) + 1]
    energy = np.concatenate(([0.0], np.cumsum(sound**2)))
    energy = energy[len(piece) :] - energy[: -len(piece)]
    # Where hardly anything was said, anything is like it.
    least = 1e-3 * float(energy.max()) + 1.0
    alike = np.abs(found) / np.sqrt(np.maximum(energy, least) * (float(piece @ piece) + 1.0))
    at = int(np.argmax(alike))
    return float(alike[at]), len(sound) - len(piece) - at
