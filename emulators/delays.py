"""How long a vendor takes: seeded draws, so that a run can be repeated."""

from __future__ import annotations

import math
import random
from typing import Self

# The 95th percentile of a normal distribution, in standard deviations.
_Z95 = 1.6449


class Delay:
    """A log-normal delay; every call draws the next one, in seconds.

    Args:
        p50_ms: The median; 0 means no delay at all.
        p95_ms: Not less than the median; equal to it, all delays are the same.
        seed: The same seed gives the same delays in the same order.

    Raises:
        ValueError: A percentile is negative, or the 95th is below the median.
    """

    def __init__(self, p50_ms: float, p95_ms: float, seed: int = 0) -> None:
        if p50_ms < 0 or p95_ms < p50_ms:
            raise ValueError(f"delay: expected 0 <= p50_ms <= p95_ms, got {p50_ms} and {p95_ms}")
        self._p50_s = p50_ms / 1000
        self._sigma = math.log(p95_ms / p50_ms) / _Z95 if p50_ms else 0.0
        self._random = random.Random(seed)

    @classmethod
    def none(cls) -> Self:
        """No delay."""
        return cls(0, 0)

    def __call__(self) -> float:
        """The next delay, in seconds."""
        return self._p50_s * math.exp(self._sigma * self._random.gauss(0, 1))
