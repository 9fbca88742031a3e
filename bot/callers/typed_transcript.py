"""The transcript of a typed call, with the times at which it would have been spoken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.callers.result import Utterance
from bot.callers.speaking_rate import duration_ms, heard_after
from spoken import Language
from tools.context import FixedClock


class TypedTranscript:
    """Keeps what is typed, moves the clock by how long it would take to say, and lets the caller barge in.

    Args:
        clock: the call's; the transcript's times count from its present moment.
        language: gives the language that is spoken now.
    """

    def __init__(self, clock: FixedClock, language: Callable[[], Language]) -> None:
        self.utterances: list[Utterance] = []
        self._clock = clock
        self._language = language
        self._began: datetime = clock.now()
        self._left_ms: int | None = None

    def expect_barge_in(self, after_ms: int | None) -> None:
        """The caller will cut the bot's next turn so long after its first sound; None lets it finish."""
        self._left_ms = after_ms

    def caller_says(self, text: str, language: Language, *, pause_ms: int = 0) -> None:
        """The caller says `text`, with a pause of `pause_ms` somewhere in it."""
        self._add("caller", text, interrupted=False)
        self._clock.advance((duration_ms(text, language) + pause_ms) / 1000)

    def bot_says(self, text: str) -> str:
        """The bot says `text`, up to where the caller barges in; returns the part that was heard."""
        spoken_ms = duration_ms(text, self._language())
        if self._left_ms is None:
            heard = text
        else:
            heard = heard_after(text, self._language(), self._left_ms)
            spoken_ms = min(spoken_ms, self._left_ms)
            self._left_ms -= spoken_ms
        if heard:
            self._add("bot", heard, interrupted=heard != text)
        self._clock.advance(spoken_ms / 1000)
        return heard

    def _add(self, who: str, text: str, *, interrupted: bool) -> None:
        at_ms = max(0, round((self._clock.now() - self._began).total_seconds() * 1000))
        self.utterances.append(
            Utterance.model_validate({"who": who, "text": text, "at_ms": at_ms, "interrupted": interrupted})
        )
