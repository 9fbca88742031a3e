"""A script's turns as steps, the same for a typed and for a spoken call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.callers.rehearsal import Rehearsal
from bot.callers.script import DtmfTurn, HangUpTurn, SayTurn, SilenceTurn, Turn, WavTurn
from spoken import Language


@dataclass(frozen=True)
class Start:
    """When a step begins; with no field, once the bot has finished."""

    barge_in_ms: int | None = None
    at_s_after_tool_start: float | None = None
    at_once: bool = False
    """A machine that picked up speaks without listening."""


@dataclass(frozen=True)
class Part:
    """Words without a pause in them; `wav` is their recording, None for the caller's voice."""

    text: str
    wav: Path | None = None


@dataclass(frozen=True)
class Speak:
    """The caller speaks; with two parts, `pause_ms` lies between them."""

    index: int
    start: Start
    language: Language
    parts: tuple[Part, ...]
    pause_ms: int = 0

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Press:
    """The caller presses keys."""

    index: int
    start: Start
    keys: str
    gap_ms: int


@dataclass(frozen=True)
class Silent:
    """The caller says nothing."""

    index: int
    seconds: float


@dataclass(frozen=True)
class HangUp:
    """The caller hangs up."""

    index: int
    start: Start


Step = Speak | Press | Silent | HangUp


def steps_of(rehearsal: Rehearsal) -> list[Step]:
    """What the caller does, in order; `index` is the turn's place in the script, from 0."""
    return [_step(index, turn, rehearsal) for index, turn in enumerate(rehearsal.script.turns)]


def _step(index: int, turn: Turn, rehearsal: Rehearsal) -> Step:
    if isinstance(turn, SilenceTurn):
        return Silent(index, turn.silence_s)
    script = rehearsal.script
    is_machine = script.direction == "outbound" and script.answered_by == "machine"
    start = Start(turn.barge_in_ms, turn.at_s_after_tool_start, is_machine)
    match turn:
        case SayTurn():
            parts = tuple(Part(text) for text in (turn.say, turn.then) if text)
            return Speak(index, start, turn.lang or rehearsal.language, parts, turn.pause_ms or 0)
        case WavTurn():
            part = Part(turn.text, rehearsal.wav_path(turn))
            return Speak(index, start, turn.lang or rehearsal.language, (part,))
        case DtmfTurn():
            return Press(index, start, turn.dtmf, turn.gap_ms)
        case HangUpTurn():
            return HangUp(index, start)
