"""The carrier's own sounds: speech of ``<Say>`` and files of ``<Play>``."""

import io
import wave
from collections.abc import Callable

import numpy as np

from emulators.level import rms_of
from emulators.twilio.track import RATE_HZ
from emulators.ulaw import Samples

_LETTERS_PER_S = 15.0

Voice = Callable[[str, str | None], Samples]


def hum(text: str, language: str | None) -> Samples:
    """Return a hum as long as the text would take to say: audible and voiced, but no words."""
    del language
    count = int(RATE_HZ * max(0.3, len(text) / _LETTERS_PER_S))
    tone = np.sin(2 * np.pi * 180 * np.arange(count) / RATE_HZ)
    hummed: Samples = np.rint(tone * rms_of(-23.0) * np.sqrt(2)).astype(np.int16)
    return hummed


def read_wav(content: bytes) -> Samples | None:
    """Return a 16-bit PCM WAV file as 8 kHz mono; None if it is something else."""
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            if file.getsampwidth() != 2:
                return None
            channels, rate = file.getnchannels(), file.getframerate()
            raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (wave.Error, EOFError):
        return None
    mono = raw.reshape(-1, channels).mean(axis=1)
    if rate != RATE_HZ and len(mono):
        at = np.arange(0, len(mono), rate / RATE_HZ)
        mono = np.interp(at, np.arange(len(mono)), mono)
    samples: Samples = mono.astype(np.int16)
    return samples
