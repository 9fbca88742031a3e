"""The transcript of a typed call, with the times at which it would have been spoken."""

from __future__ import annotations

from bot.callers.result import Utterance
from bot.callers.speaking_rate import duration_ms, heard_after
from bot.callers.virtual_clock import VirtualClock
from spoken import Language


class TypedTranscript:
    """Collects what is typed and moves the clock by how long it would take to say."""

    def __init__(self, clock: VirtualClock) -> None:
        self.utterances: list[Utterance] = []
        self._clock = clock

    def caller_says(self, text: str, language: Language, *, pause_ms: int = 0) -> None:
        """The caller says `text`, with a pause of `pause_ms` somewhere in it."""
        self._add("caller", text, interrupted=False)
        self._clock.advance((duration_ms(text, language) + pause_ms) / 1000)

    def bot_says(self, text: str, language: Language, *, barge_in_ms: int | None = None) -> str:
        """The bot says `text` until the caller barges in; returns the part that was heard."""
        spoken_ms = duration_ms(text, language)
        if barge_in_ms is None or barge_in_ms >= spoken_ms:
            self._add("bot", text, interrupted=False)
            self._clock.advance(spoken_ms / 1000)
            return text
        heard = heard_after(text, language, barge_in_ms)
        self._add("bot", heard, interrupted=True)
        self._clock.advance(barge_in_ms / 1000)
        return heard

    def _add(self, who: str, text: str, *, interrupted: bool) -> None:
        self.utterances.append(
            Utterance.model_validate(
                {"who": who, "text": text, "at_ms": self._clock.elapsed_ms, "interrupted": interrupted}
            )
        )
