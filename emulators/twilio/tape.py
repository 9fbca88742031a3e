"""The two-channel recording of a call: left the caller, right the agent as it was played out."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emulators.twilio.track import RATE_HZ, Track

Stereo = NDArray[np.int16]


class Tape:
    """Two tracks on one clock; sample 0 is the moment the call was answered."""

    def __init__(self) -> None:
        self.caller = Track()
        self.agent = Track()

    def stereo(self, end: int | None = None) -> Stereo:
        """Return the recording as an array of shape ``(samples, 2)``: caller, agent.

        Args:
            end: where the call ended; by default where the longer track does.
        """
        last = max(self.caller.length, self.agent.length) if end is None else end
        return np.stack([self.caller.read(0, last), self.agent.read(0, last)], axis=1)


def save(stereo: Stereo, path: Path) -> None:
    """Write a two-channel 16-bit 8 kHz WAV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.ascontiguousarray(stereo, dtype="<i2").tobytes())


def load(path: Path) -> Stereo:
    """Read what ``save`` wrote."""
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (2, 2, RATE_HZ):
            raise ValueError(f"tape: expected 2 channels of 16 bit at {RATE_HZ} Hz in {path.name}")
        raw = file.readframes(file.getnframes())
    return np.frombuffer(raw, dtype="<i2").astype(np.int16).reshape(-1, 2)
