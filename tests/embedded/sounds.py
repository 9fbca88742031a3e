"""Small sounds for tests, made from arithmetic."""

from __future__ import annotations

import io
import wave

import numpy as np


def wav(samples: np.ndarray, rate_hz: int, *, width: int = 2, channels: int = 1) -> bytes:
    """A wav file of samples in -1…1; several channels carry the same sound."""
    scaled = {
        1: lambda x: (x * 127 + 128).astype(np.uint8),
        2: lambda x: (x * 32_767).astype("<i2"),
        4: lambda x: (x * 2_147_483_000).astype("<i4"),
    }[width](np.clip(samples, -1, 1))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(scaled, channels).tobytes())
    return out.getvalue()


def vowels(seconds: float, rate_hz: int = 16_000, level: float = 0.3) -> np.ndarray:
    """A buzz with the pitch, harmonics and rhythm of a voice: enough for a voice detector."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    pitch = 120 + 15 * np.sin(2 * np.pi * 2.3 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    sound = np.zeros_like(t)
    for k in range(1, 25):
        f = 120 * k
        gain = sum(np.exp(-(((f - c) / w) ** 2)) for c, w in ((650, 180), (1150, 220), (2500, 350)))
        sound += gain * np.sin(k * phase)
    sound *= 0.55 + 0.45 * np.sin(2 * np.pi * 4 * t)
    return (level * sound / np.abs(sound).max()).astype(np.float32)
