"""Sound that stands for speech: loud, of the length that reading a text takes, and different for each text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import soxr  # type: ignore[import-untyped]

Speak = Callable[[str, str | None], tuple[bytes, int]]
"""Makes real speech: text and language (BCP 47) to 16-bit little-endian mono and its rate in Hz."""

CHARACTERS_PER_S = 14.0
LEVEL = 4_700.0  # of the basic tone; a sentence is about -20 dBFS
_BASE_HZ = 180.0


def say(text: str, rate_hz: int) -> bytes:
    """Return the sound of ``text``: 16-bit little-endian mono.

    Every character is a tone of its own; spaces are quieter, so that the sound has the rhythm of words.
    """
    digest = hashlib.sha256(text.encode()).digest()
    base_hz = _BASE_HZ + digest[0] / 4
    samples = int(rate_hz / CHARACTERS_PER_S)
    at = np.arange(samples) / rate_hz
    edge = np.minimum(1.0, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (0.004 * rate_hz))
    pieces = []
    for letter in text:
        hz = base_hz * (1 + (ord(letter) % 32) / 32)
        wave = np.sin(2 * np.pi * hz * at) + 0.5 * np.sin(2 * np.pi * 2 * hz * at)
        pieces.append(wave * edge * LEVEL * (0.35 if letter.isspace() else 1.0))
    sound = np.concatenate(pieces) if pieces else np.zeros(0)
    return sound.astype("<i2").tobytes()


def speech(text: str, rate_hz: int, *, language: str | None = None, speak: Speak | None = None) -> bytes:
    """Return ``text`` as ``speak`` says it, resampled to ``rate_hz``; as tones if there is none."""
    if speak is None:
        return say(text, rate_hz)
    pcm16, spoken_hz = speak(text, language)
    samples = np.frombuffer(pcm16, dtype="<i2")
    resampled = samples if spoken_hz == rate_hz else soxr.resample(samples, spoken_hz, rate_hz)
    return np.asarray(resampled, dtype="<i2").tobytes()
