"""What a speech engine gives to the rest of the server."""

from __future__ import annotations

from typing import Protocol

from embedded.audio import Samples


class Voice(Protocol):
    """One speaker of one language. Used from the speech thread only."""

    description: str

    def say(self, text: str, speed: float) -> tuple[Samples, float]:
        """Speak one sentence.

        Args:
            text: Words as they are to be said.
            speed: 1.0 is the voice's own pace, 2.0 twice as fast.

        Returns:
            Mono samples in -1…1 and their rate in Hz.
        """
        ...
