"""Where a recorded channel is voiced, by energy over its own noise floor."""

from dataclasses import dataclass

import numpy as np

from emulators.level import FULL_SCALE, SILENCE_DBFS, rms_of
from emulators.twilio.track import RATE_HZ
from emulators.ulaw import Samples

_HOP = RATE_HZ * 5 // 1000
_WINDOW_HOPS = 2
_OVER_FLOOR_DB = 8.0  # windows of hiss stray by about 2 dB; speech lies 15 to 30 dB above a line's hiss
_LOWEST_DBFS = -50.0
_HIGHEST_DBFS = -30.0


@dataclass(frozen=True)
class Voiced:
    """A voiced stretch, in seconds from the start of the recording."""

    start_s: float
    end_s: float


def threshold_dbfs(samples: Samples) -> float:
    """Return the level above which a window of ``samples`` counts as voiced."""
    levels = _levels(samples)
    floor = float(np.percentile(levels, 10)) if len(levels) else SILENCE_DBFS
    return min(max(floor + _OVER_FLOOR_DB, _LOWEST_DBFS), _HIGHEST_DBFS)


def voiced_stretches(samples: Samples, *, gap_ms: float = 200.0, shortest_ms: float = 40.0) -> list[Voiced]:
    """Return the voiced stretches of one channel.

    Args:
        samples: 8 kHz.
        gap_ms: silences up to this long lie inside a stretch.
        shortest_ms: shorter stretches are clicks and are left out.
    """
    limit = threshold_dbfs(samples)
    windows = np.flatnonzero(_levels(samples) >= limit)
    if len(windows) == 0:
        return []
    # a stretch breaks where two neighbouring voiced windows leave a silence longer than the gap
    silence = (np.diff(windows) - _WINDOW_HOPS) * _HOP
    breaks = np.flatnonzero(silence > gap_ms * RATE_HZ / 1000)
    firsts = windows[np.concatenate(([0], breaks + 1))]
    lasts = windows[np.concatenate((breaks, [len(windows) - 1]))]
    found = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        start, end = _refine(samples, first * _HOP, (last + _WINDOW_HOPS) * _HOP, limit)
        if end - start >= shortest_ms * RATE_HZ / 1000:
            found.append(Voiced(start / RATE_HZ, end / RATE_HZ))
    return found


def _levels(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    hops = len(samples) // _HOP
    if hops < _WINDOW_HOPS:
        return np.zeros(0)
    power = np.mean(np.square(samples[: hops * _HOP].astype(np.float64)).reshape(hops, _HOP), axis=1)
    windowed = np.convolve(power, np.ones(_WINDOW_HOPS) / _WINDOW_HOPS, mode="valid")
    levels: np.ndarray[tuple[int], np.dtype[np.float64]] = 10 * np.log10(
        np.maximum(windowed / FULL_SCALE**2, 10 ** (SILENCE_DBFS / 10))
    )
    return levels


def _refine(samples: Samples, start: int, end: int, limit_dbfs: float) -> tuple[int, int]:
    # twice the limit: peaks of the hiss around the speech reach the limit itself now and then
    loud = np.flatnonzero(np.abs(samples[start:end].astype(np.int32)) >= 2 * rms_of(limit_dbfs))
    return (start + int(loud[0]), start + int(loud[-1]) + 1) if len(loud) else (start, end)
