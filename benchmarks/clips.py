"""What the callers say, as sound, made once: no silence around it and no long pause in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spoken import Language

RATE_HZ = 8_000
QUIETEST = 300
"""A sample at least this loud is voiced."""
LONGEST_PAUSE_S = 0.3
TEXTS = (
    "Where is my order now, please?",
    "Can you bring it on Friday in the evening?",
    "What time does the driver come tomorrow?",
    "How much do I have to pay for the delivery?",
    "Could you call me before you bring it?",
    "Is it possible to pay by card at the door?",
    "I will be at home in the evening after work.",
    "Who is going to bring it to me tomorrow?",
)


@dataclass(frozen=True)
class Clip:
    """One sentence.

    Attributes:
        text: its words.
        samples: int16 at 8,000 Hz; the first and the last one are voiced.
    """

    text: str
    samples: NDArray[np.int16]


def trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Speech from its first to its last voiced sample."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= QUIETEST)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


def longest_pause_s(samples: NDArray[np.int16]) -> float:
    """The longest stretch without a voiced sample."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= QUIETEST)
    return float(np.max(np.diff(loud))) / RATE_HZ if len(loud) > 1 else 0.0


def load_clips(path: Path) -> list[Clip]:
    """The clips kept in an `.npz` file, made first if it is not there.

    Raises:
        RuntimeError: every sentence has a pause that a server could take for its end.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{str(number): samples for number, samples in enumerate(map(speak, TEXTS))})
    with np.load(path) as stored:
        clips = [Clip(text, stored[str(number)]) for number, text in enumerate(TEXTS)]
    fit = [clip for clip in clips if longest_pause_s(clip.samples) <= LONGEST_PAUSE_S]
    if not fit:
        raise RuntimeError(f"clips: expected sentences without a pause over {LONGEST_PAUSE_S} s in {path.name}")
    return fit


@cache
def speak(text: str, language: Language = "en") -> NDArray[np.int16]:
    """A sentence in the voice of the embedded server's callers, from its first to its last voiced sample."""
    from embedded.audio import SPEECH_RATE_HZ, resample, to_pcm16
    from embedded.speech import Speaker

    sound = _voices().say(text, Speaker(language, "caller"))
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / 32_768
    return trimmed(np.frombuffer(to_pcm16(resample(samples, SPEECH_RATE_HZ, RATE_HZ)), dtype="<i2").astype(np.int16))


@cache
def _voices() -> Any:
    # Only whoever makes the clips pays for loading a voice, and once: espeak-ng cannot be loaded twice in a process.
    from embedded.speech import load_voices

    return load_voices({}, 2, lambda _: None)
