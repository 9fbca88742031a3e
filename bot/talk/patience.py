"""When a caller who waits in silence is asked for patience: a pure watch that is told the time."""

from __future__ import annotations

from dataclasses import dataclass

# Silence that follows a word of patience before the caller is told more.
NEXT_WORD_AFTER_S = 1.5
# Between the transcript and the model, or a tool and the model, nothing seems to be at work for a moment.
BETWEEN_STEPS_S = 0.4


@dataclass
class Patience:
    """Counts the wait over all steps of an answer; each word of patience is said once until the agent has answered."""

    after_s: float
    words: int
    """How many different ones there are."""
    _waited_s: float = 0.0
    _rested_s: float = 0.0
    _said: int = 0

    def advance(self, seconds: float, *, is_working: bool) -> int | None:
        """The number of the word that is due after `seconds` more, from 0; None if none is.

        Args:
            seconds: How much time has passed since the last call.
            is_working: Whether the caller hears nothing and something is under way.
        """
        self._rested_s = 0.0 if is_working else self._rested_s + seconds
        if self._rested_s > BETWEEN_STEPS_S:
            self._waited_s = 0.0
        self._waited_s += seconds
        due_s = NEXT_WORD_AFTER_S if self._said else self.after_s
        if not is_working or self._waited_s < due_s or self._said >= self.words:
            return None
        self._waited_s = 0.0
        self._said += 1
        return self._said - 1

    def answered(self) -> None:
        """The agent said something of its own: the next wait begins with the first word again."""
        self._said = 0
