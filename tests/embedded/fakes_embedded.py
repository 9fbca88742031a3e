"""Engines without models: a voice that hums and a recogniser that hears what it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from embedded.dialogue import Reply, ToolCall
from embedded.server import Server
from embedded.whisper import Hypothesis

TOKEN = "token-of-this-test"

SURE = {"avg_logprob": -0.2, "no_speech_prob": 0.1, "compression_ratio": 1.0}


class ToneVoice:
    """Hums 50 ms for each character, after 200 ms of silence, at an odd rate."""

    description = "a tone"
    rate_hz = 22_050

    def say(self, text: str, speed: float) -> tuple[np.ndarray, float]:
        count = int(self.rate_hz * 0.05 * len(text) / speed)
        tone = 0.5 * np.sin(2 * np.pi * 300 * np.arange(count) / self.rate_hz)
        return np.concatenate([np.zeros(self.rate_hz // 5), tone]).astype(np.float32), self.rate_hz


@dataclass
class FakeWhisper:
    """Hears the prepared words in every window; can be held back to fill the queue."""

    hears: Hypothesis = field(default_factory=lambda: Hypothesis("hello there", **SURE))
    languages: frozenset[str] = frozenset({"uk", "ru", "en"})
    chances: dict[str, float] = field(default_factory=lambda: {"de": 0.6, "ru": 0.3, "uk": 0.1})
    windows_s: list[float] = field(default_factory=list)
    decoded_in: list[str] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    held: bool = False

    def encode(self, samples: np.ndarray) -> object:
        self.windows_s.append(len(samples) / 16_000)
        self.begun.set()
        if self.held:
            assert self.go.wait(20)
        return object()

    def rank_languages(self, encoded: object) -> dict[str, float]:
        return self.chances

    def decode(self, encoded: object, *, language: str, length_s: float, prompt: str | None) -> Hypothesis:
        self.decoded_in.append(language)
        return self.hears


@dataclass
class Running:
    """Where a server is."""

    base_url: str
    api_key: str

    @property
    def root(self) -> str:
        return self.base_url.removesuffix("/v1")


@dataclass
class Desk:
    """An application in this process: real routes, threads and guards; made-up voices and words."""

    running: Running
    whisper: FakeWhisper
    server: Server


def scripted(messages: list[dict], tools: list[dict]) -> Reply:
    """Says what the last message asks for: `say …` or `call NAME KEY VALUE …`."""
    verb, _, rest = messages[-1]["content"].partition(" ")
    if verb == "say":
        return Reply(rest, [])
    if verb == "call":
        assert tools
        return Reply(None, [ToolCall(n, {k: v}) for n, k, v in (c.split() for c in rest.split(";"))])
    raise ValueError(verb)
