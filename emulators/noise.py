"""The hiss of a telephone line: what a caller sends while saying nothing."""

from functools import lru_cache

import numpy as np

from emulators.level import rms_of
from emulators.ulaw import Samples

_SECONDS = 7  # long enough that its repetition is no tone, short enough to be cheap to make


class LineNoise:
    """Endless low-passed noise at a fixed level, the same for the same seed.

    Args:
        level_dbfs: RMS level; ``None`` means digital silence.
        rate_hz: samples a second.
        seed: where in the noise to begin.
    """

    def __init__(self, level_dbfs: float | None, *, rate_hz: int = 8000, seed: int = 0) -> None:
        self._position = seed * 7919 % rate_hz
        self._loop = _loop(level_dbfs, rate_hz)

    def take(self, count: int) -> Samples:
        """Return the next ``count`` samples."""
        indexes = np.arange(self._position, self._position + count) % len(self._loop)
        self._position = (self._position + count) % len(self._loop)
        return self._loop[indexes]


@lru_cache(maxsize=16)
def _loop(level_dbfs: float | None, rate_hz: int) -> Samples:
    if level_dbfs is None:
        return np.zeros(rate_hz, dtype=np.int16)
    white = np.random.default_rng(0).standard_normal(rate_hz * _SECONDS)
    soft = np.convolve(white, [0.25, 0.5, 0.25], mode="same")
    soft *= rms_of(level_dbfs) / float(np.sqrt(np.mean(soft**2)))
    samples: Samples = np.clip(np.rint(soft), -32768, 32767).astype(np.int16)
    return samples


def mix(first: Samples, second: Samples) -> Samples:
    """Add two equally long signals, clipping at full scale."""
    total = first.astype(np.int32) + second.astype(np.int32)
    return np.clip(total, -32768, 32767).astype(np.int16)
