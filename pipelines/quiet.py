"""Leading quiet of synthesised speech: time that the caller would wait for nothing."""

from __future__ import annotations

import numpy as np

# Below it a sample is no speech: -46 dBFS.
QUIET = 164
LEAD_S = 0.02


def without_lead(pcm16: bytes, rate_hz: int) -> bytes:
    """The sound from shortly before its first audible sample on; empty if there is none.

    Args:
        pcm16: Signed 16-bit little-endian mono.
        rate_hz: Its sample rate.
    """
    samples = np.frombuffer(pcm16[: len(pcm16) // 2 * 2], dtype="<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > QUIET)
    if not len(loud):
        return b""
    first = max(0, int(loud[0]) - int(LEAD_S * rate_hz))
    return samples[first:].tobytes()
