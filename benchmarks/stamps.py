"""Marks in the caller's line noise that say which call it is and how far: a recogniser reads its place from them.

A stamp is 16 μ-law samples at the level of the noise itself. It survives whatever passes 8,000 Hz audio on unchanged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emulators.twilio.track import FRAME_SAMPLES
from emulators.ulaw import decode

_DIGITS = 6
_BASE = 8
_PREAMBLE = bytes((0xF6, 0x76, 0x76, 0xF6, 0xF6, 0x76, 0xF6, 0x76))
SAMPLES = len(_PREAMBLE) + 2 + _DIGITS
MOST_SLOTS = _BASE**2

_PREAMBLE_PCM16 = decode(_PREAMBLE).astype("<i2").tobytes()
_DIGIT_OF = {int(decode(bytes((0xFF - digit,)))[0]): digit for digit in range(_BASE)}


class Stamp(NamedTuple):
    """Which call, and the number of the 20 ms frame whose end the stamp marks."""

    slot: int
    frame: int


def stamp_ulaw(stamp: Stamp) -> bytes:
    """The stamp as μ-law; it is to be the end of its frame."""
    digits = [stamp.slot // _BASE % _BASE, stamp.slot % _BASE]
    digits += [stamp.frame // _BASE**place % _BASE for place in reversed(range(_DIGITS))]
    return _PREAMBLE + bytes(0xFF - digit for digit in digits)


class StampReader:
    """Follows 16-bit little-endian audio at 8,000 Hz and knows its place in the caller's audio."""

    def __init__(self) -> None:
        self.slot: int | None = None
        self.position = 0
        """Samples of the caller's audio received, counted from the stream's start; 0 before the first stamp."""
        self._rest = b""

    def feed(self, pcm16: bytes) -> None:
        """Takes the next audio."""
        self.position += len(pcm16) // 2 if self.slot is not None else 0
        heard = self._rest + pcm16
        at = heard.find(_PREAMBLE_PCM16)
        end = at + 2 * SAMPLES
        if at >= 0 and at % 2 == 0 and end <= len(heard):
            stamp = _read(heard[at + len(_PREAMBLE_PCM16) : end])
            if stamp is not None:
                self.slot = stamp.slot
                self.position = (stamp.frame + 1) * FRAME_SAMPLES + (len(heard) - end) // 2
                heard = heard[end:]
        self._rest = heard[-2 * (SAMPLES - 1) :]


def _read(pcm16: bytes) -> Stamp | None:
    digits = [_DIGIT_OF.get(int(value)) for value in np.frombuffer(pcm16, dtype="<i2")]
    if None in digits:
        return None
    frame = 0
    for digit in digits[2:]:
        frame = frame * _BASE + (digit or 0)
    return Stamp((digits[0] or 0) * _BASE + (digits[1] or 0), frame)
