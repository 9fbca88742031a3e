"""Sentences of the product's own, as against the model's."""

from __future__ import annotations

from bot.line import Line


class Voice:
    """Says our own sentences, and knows whether we or the model spoke last.

    Args:
        line: What carries the words.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self.spoke_last = False
        """Whether we, and not the model, began to speak last."""

    async def say(self, text: str, *, protected: bool = False) -> None:
        """Says a sentence after what is being said; `protected` cannot be interrupted."""
        self.spoke_last = True
        await self._line.speak(text, protected=protected)

    async def announce(self, *texts: str) -> None:
        """Says sentences; until the caller has heard them out, what they say is not listened to."""
        self.spoke_last = True
        await self._line.announce(*texts)

    def model_started(self) -> None:
        """The model began to speak."""
        self.spoke_last = False
