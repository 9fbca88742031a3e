"""Sentences of the product's own, synthesised before anyone calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sound:
    """A spoken sentence: signed 16-bit little-endian mono."""

    pcm16: bytes
    rate_hz: int

    @property
    def seconds(self) -> float:
        """How long it takes to play."""
        return len(self.pcm16) / (2 * self.rate_hz)


@dataclass
class Phrases:
    """Sentences that can be played without asking a service, by their exact text."""

    sounds: Mapping[str, Sound] = field(default_factory=dict)

    def get(self, text: str) -> Sound | None:
        """The sentence's sound, if it was prepared."""
        return self.sounds.get(text.strip())
