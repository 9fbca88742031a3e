"""Whether the bot is still at it, judged as a person on the phone would: by its voice, and by known work."""

from __future__ import annotations

from dataclasses import dataclass, field

QUIET_S = 1.2  # longer than the bot's pauses between two sentences
PATIENCE_S = 20.0  # a caller speaks again after so long without a sign of life
AFTER_TOOL_S = 5.0  # the bot says what came of a tool; it may think this long first
_RESIDUE_S = 1.0  # speech that goes on this long after the caller's was not merely cut short


@dataclass
class Spell:
    """A stretch of the bot's voice, in seconds of the call; `end_s` is None while it lasts."""

    start_s: float
    end_s: float | None = None


@dataclass
class BotWatch:
    """The bot's voice and tools so far. Times are seconds of the call; the present is an argument."""

    spells: list[Spell] = field(default_factory=list)
    tool_starts_s: list[float] = field(default_factory=list)
    last_tool_end_s: float | None = None
    _running: set[str] = field(default_factory=set)

    # What happens

    def voice_started(self, at_s: float) -> None:
        """The bot is heard."""
        self.spells.append(Spell(at_s))

    def voice_stopped(self, at_s: float) -> None:
        """The bot was last heard at `at_s`."""
        if self.spells:
            self.spells[-1].end_s = at_s

    def tool_started(self, call: str, at_s: float) -> None:
        """A tool began to work; `call` tells it from others."""
        self._running.add(call)
        self.tool_starts_s.append(at_s)

    def tool_ended(self, call: str, at_s: float) -> None:
        """That tool has its result."""
        self._running.discard(call)
        self.last_tool_end_s = at_s

    # What follows from it

    @property
    def is_speaking(self) -> bool:
        """Whether the bot is heard now."""
        return bool(self.spells) and self.spells[-1].end_s is None

    @property
    def is_working(self) -> bool:
        """Whether a tool runs."""
        return bool(self._running)

    def answer_start_s(self, since_s: float) -> float | None:
        """When the bot began its first turn after `since_s`; None if it has not yet."""
        for spell in self.spells:
            if spell.start_s >= since_s or (spell.end_s is not None and spell.end_s >= since_s + _RESIDUE_S):
                return spell.start_s
        return None

    def tool_start_s(self, since_s: float) -> float | None:
        """When the first tool after `since_s` began, or the one that still runs; None if there is none."""
        later = [at_s for at_s in self.tool_starts_s if at_s >= since_s]
        if later:
            return later[0]
        return self.tool_starts_s[-1] if self.is_working and self.tool_starts_s else None

    def has_finished(self, now_s: float, since_s: float) -> bool:
        """Whether the bot has answered what the caller did until `since_s`, and is done with it."""
        if self.is_speaking or self.is_working:
            return False
        if self.answer_start_s(since_s) is None or now_s - self._last_voice_s() < QUIET_S:
            return False
        tool_end_s = self.last_tool_end_s
        owes_result = tool_end_s is not None and tool_end_s >= since_s and self._last_voice_s() < tool_end_s
        return not owes_result or now_s - (tool_end_s or 0.0) >= AFTER_TOOL_S

    def is_lost(self, now_s: float, since_s: float) -> bool:
        """Whether the bot has shown no sign of life for so long that a caller would speak up."""
        if self.is_speaking:
            return False
        signs = [since_s, self._last_voice_s(), self.last_tool_end_s or 0.0, *self.tool_starts_s[-1:]]
        return now_s - max(signs) >= PATIENCE_S

    def _last_voice_s(self) -> float:
        if not self.spells:
            return 0.0
        last = self.spells[-1]
        return last.start_s if last.end_s is None else last.end_s
