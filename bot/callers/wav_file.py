"""A recording as a caller's turn: checked before the call, read as samples for it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

MAX_SECONDS = 120
TELEPHONE_RATE_HZ = 8000

Samples = NDArray[np.int16]


def check_wav(path: Path) -> str | None:
    """What was expected of a recording that cannot be played; None if it can. Blocks on the disk."""
    try:
        with wave.open(str(path), "rb") as recording:
            width, frames, rate = recording.getsampwidth(), recording.getnframes(), recording.getframerate()
    except FileNotFoundError:
        return "a recording, there is no file of this name"
    except IsADirectoryError:
        return "a recording, this is a folder"
    except (wave.Error, EOFError) as exc:
        return f"a WAV file of 16-bit samples, this cannot be read ({exc or 'it is cut short'})"
    except OSError as exc:
        return f"a recording that can be read ({exc.strerror})"
    if width != 2:
        return f"a WAV file of 16-bit samples, this has {width * 8} bits"
    if not 4000 <= rate <= 192_000:
        return f"4,000 to 192,000 samples a second, this has {rate:,}"
    if frames == 0:
        return "a recording with sound, this is empty"
    if frames > rate * MAX_SECONDS:
        return f"a recording of at most {MAX_SECONDS} s, this lasts {frames / rate:.0f} s"
    return None


def read_wav_8k(path: Path) -> Samples:
    """A checked recording as 8,000 Hz mono; channels are averaged. Blocks on the disk and computes."""
    with wave.open(str(path), "rb") as recording:
        channels, rate = recording.getnchannels(), recording.getframerate()
        pcm16 = recording.readframes(recording.getnframes())
    mono = np.frombuffer(pcm16, dtype="<i2").reshape(-1, channels).mean(axis=1)
    return resample_8k(mono.astype(np.int16), rate)


def resample_8k(samples: Samples, rate_hz: int) -> Samples:
    """The same sound at 8,000 Hz."""
    if rate_hz == TELEPHONE_RATE_HZ:
        return samples
    converted: Samples = soxr.resample(samples, rate_hz, TELEPHONE_RATE_HZ)
    return converted
