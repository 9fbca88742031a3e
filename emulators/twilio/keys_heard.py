"""Keys that sound on a recorded channel: two tones at a time, as ITU-T Q.23 has them."""

import numpy as np

from emulators.twilio.track import RATE_HZ
from emulators.ulaw import Samples

_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477)
_KEYS = ("123", "456", "789", "*0#")
_WINDOW = RATE_HZ * 20 // 1000
_SHARE = 0.7  # of a window's power lies in its two tones; speech spreads
_TWIST_DB = 8.0
_QUIETEST = 200.0
_WINDOWS = 2  # 40 ms, the shortest key a receiver must take (Q.24)


def keys_heard(samples: Samples) -> str:
    """Return the keys of an 8 kHz channel, in order; a key that goes on is one, a pause makes two of it."""
    at = np.arange(_WINDOW) / RATE_HZ
    tones = np.exp(-2j * np.pi * np.outer((*_ROWS_HZ, *_COLUMNS_HZ), at))
    heard: list[str] = []
    last, lasted = "", 0
    for start in range(0, len(samples) - _WINDOW + 1, _WINDOW):
        key = _key(samples[start : start + _WINDOW].astype(np.float64), tones)
        lasted = lasted + 1 if key == last else 1
        last = key
        if key and lasted == _WINDOWS:
            heard.append(key)
    return "".join(heard)


def _key(window: np.ndarray[tuple[int], np.dtype[np.float64]], tones: np.ndarray) -> str:
    power = float(np.mean(np.square(window)))
    if power < _QUIETEST**2:
        return ""
    strength = 2 * np.square(np.abs(tones @ window) / len(window))
    rows, columns = strength[: len(_ROWS_HZ)], strength[len(_ROWS_HZ) :]
    row, column = int(np.argmax(rows)), int(np.argmax(columns))
    low, high = float(rows[row]), float(columns[column])
    if min(low, high) <= 0 or (low + high) / power < _SHARE or abs(10 * np.log10(low / high)) > _TWIST_DB:
        return ""
    return _KEYS[row][column]
