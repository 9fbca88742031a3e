"""How long the caller may be silent: a pure watch that is told the time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SilenceStep(StrEnum):
    """What silence calls for."""

    FIRST_PROMPT = "first_prompt"
    SECOND_PROMPT = "second_prompt"
    GOODBYE = "goodbye"


_STEPS = tuple(SilenceStep)


@dataclass
class SilenceWatch:
    """Two re-prompts, then a goodbye. A caller silent from the greeting on is let go within 45 s of its end."""

    prompt_after_s: float
    _quiet_s: float = 0.0
    _step: int = 0

    def advance(self, seconds: float, *, is_quiet: bool) -> SilenceStep | None:
        """What is due after `seconds` more; seconds in which somebody spoke or worked start the count anew."""
        if not is_quiet:
            self._quiet_s = 0.0
            return None
        self._quiet_s += seconds
        if self._quiet_s < self.prompt_after_s or self._step >= len(_STEPS):
            return None
        self._quiet_s = 0.0
        self._step += 1
        return _STEPS[self._step - 1]

    def heard_caller(self) -> None:
        """The caller said something: the count of prompts starts anew."""
        self._quiet_s = 0.0
        self._step = 0
