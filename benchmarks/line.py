"""What a benchmark's call sounds like: the hiss it sends, and the tape it leaves."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emulators.noise import LineNoise
from emulators.twilio.track import FRAME_SAMPLES, RATE_HZ, Track
from emulators.ulaw import decode, encode

NOISE_DBFS = -55.0

Frame = tuple[bytes, str]
"""μ-law and the same in base64."""


@dataclass
class Heard:
    """A stretch of the agent's voice, in samples of the call; gaps under 200 ms lie inside."""

    start: int
    end: int


@dataclass
class Tape:
    """What a call leaves behind. Sample 0 is `started_at`, the moment of the stream's `start`."""

    started_at: float = 0.0
    ring_s: float = 0.0
    """From the webhook's request to the open stream."""
    caller: list[bytes] = field(default_factory=list)
    agent: Track = field(default_factory=Track)
    lateness_ms: list[float] = field(default_factory=list)
    """How late each frame left."""
    arrivals: list[tuple[int, int, int]] = field(default_factory=list)
    """Of each media message: when it came, when it was played, its length; all in samples."""
    clears: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    holes: list[tuple[int, int]] = field(default_factory=list)
    """Where the playout ran dry inside an utterance, and for how many samples."""

    def stereo(self) -> NDArray[np.int16]:
        """The recording, of shape (samples, 2): caller, agent."""
        caller = decode(b"".join(self.caller))
        return np.stack([caller, self.agent.read(0, len(caller))], axis=1)


class NoiseFrames:
    """The hiss between words, ready to send; the same for every call, each begins elsewhere in it."""

    def __init__(self) -> None:
        noise = LineNoise(NOISE_DBFS, rate_hz=RATE_HZ)
        self.samples = [noise.take(FRAME_SAMPLES) for _ in range(350)]
        self.frames: list[Frame] = [as_frame(encode(samples)) for samples in self.samples]

    def __len__(self) -> int:
        """How many frames there are before they repeat."""
        return len(self.frames)


def as_frame(ulaw: bytes) -> Frame:
    """A frame and its base64."""
    return ulaw, base64.b64encode(ulaw).decode()


def lateness(tapes: Sequence[Tape]) -> NDArray[np.float64]:
    """How late every frame of these calls left, in ms."""
    return np.concatenate([np.asarray(tape.lateness_ms) for tape in tapes]) if tapes else np.zeros(0)
