"""Loudness in dBFS: the RMS of the samples against full scale, 32768."""

import math

import numpy as np

from emulators.ulaw import Samples

FULL_SCALE = 32768.0
SILENCE_DBFS = -120.0


def rms_of(level_dbfs: float) -> float:
    """Return the RMS amplitude, in sample units, that ``level_dbfs`` means."""
    return FULL_SCALE * float(10.0 ** (level_dbfs / 20.0))


def level_dbfs(samples: Samples) -> float:
    """Return the level of ``samples``; ``SILENCE_DBFS`` for nothing or digital zero."""
    if len(samples) == 0:
        return SILENCE_DBFS
    exact = samples.astype(np.float64)
    rms = math.sqrt(float(np.dot(exact, exact)) / len(exact))
    return 20.0 * math.log10(rms / FULL_SCALE) if rms > 0 else SILENCE_DBFS
