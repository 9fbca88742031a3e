"""The caller script: who calls, when, over which line, and what they do, turn by turn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationInfo

from bot.callers.form import Phone, Strict, Text, Time, Zone, as_written, expected, not_yet
from bot.callers.wav_file import check_wav
from spoken import Language

DEFAULT_LANGUAGE: Language = "uk"
DEFAULT_ZONE = "Europe/Kyiv"


def _no_echo(value: float | None) -> float | None:
    if value is not None:
        raise not_yet("echo on the line is not supported yet: leave echo_db out")
    return value


def _no_backchannel(value: bool) -> bool:
    if value:
        raise not_yet("backchannels are not supported yet: leave backchannel out")
    return value


class Line(Strict):
    """What the line does to the audio; the phone path only."""

    noise_dbfs: float | None = Field(
        default=None,
        ge=-100,
        le=0,
        description="level of steady noise from the caller, e.g. -50; null: none",
    )
    loss: float = Field(default=0.0, ge=0, le=1, description="share of the caller's 20 ms frames that are lost, 0 to 1")
    jitter_ms: int = Field(default=0, ge=0, le=1000, description="a frame comes up to this much late")
    echo_db: Annotated[float | None, AfterValidator(_no_echo)] = Field(
        default=None, description="the bot's own voice coming back; not supported yet"
    )


class _Timed(Strict):
    """When a turn starts; without either field, after the bot has finished."""

    barge_in_ms: int | None = Field(
        default=None, ge=0, le=60_000, description="start this long after the bot's first sound of its turn"
    )
    at_s_after_tool_start: float | None = Field(
        default=None, ge=0, le=120, description="start this long after a tool has started"
    )

    @classmethod
    def cross_problems(cls, given: Mapping[str, object]) -> list[str]:
        """Two starts at once."""
        both = given.get("barge_in_ms") is not None and given.get("at_s_after_tool_start") is not None
        return ["barge_in_ms or at_s_after_tool_start, not both"] if both else []


class _Spoken(_Timed):
    lang: Language | None = Field(default=None, description="this turn in another language than the script's")
    backchannel: Annotated[bool, AfterValidator(_no_backchannel)] = Field(
        default=False, description="a mm-hm that must not stop the bot; not supported yet"
    )


class SayTurn(_Spoken):
    """The caller's voice says a text; in chat it is typed."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"then": ["pause_ms"], "pause_ms": ["then"]}})

    say: Text = Field(description="what the caller says")
    pause_ms: int | None = Field(default=None, ge=1, le=30_000, description="silence after `say`, within the turn")
    then: Text | None = Field(default=None, description="what the caller says after the pause")

    @classmethod
    def cross_problems(cls, given: Mapping[str, object]) -> list[str]:
        """A pause with nothing after it, or a second part with no pause before it."""
        found = super().cross_problems(given)
        has_pause, has_then = given.get("pause_ms") is not None, given.get("then") is not None
        if has_then and not has_pause:
            found.append("pause_ms together with then: how long the caller pauses before it")
        if has_pause and not has_then:
            found.append("then together with pause_ms: what the caller says after the pause")
        return found

    @property
    def text(self) -> str:
        """All that is said in this turn."""
        return f"{self.say} {self.then}" if self.then else self.say


def _playable(name: str, info: ValidationInfo) -> str:
    folder = (info.context or {}).get("folder")
    if isinstance(folder, Path) and (problem := check_wav(folder / name)):
        raise expected(problem)
    return name


class WavTurn(_Spoken):
    """A recording is played; in chat its text is typed."""

    wav: Annotated[Text, AfterValidator(_playable)] = Field(description="a WAV file, from this script's folder")
    text: Text = Field(description="what the recording says")


def _keys(value: object) -> object:
    value = as_written(value)
    if isinstance(value, str) and not (value and set(value) <= set("0123456789*#")):
        raise expected('keys of a phone (0 to 9, * and #) in quotes, e.g. "1042#"')
    return value


class DtmfTurn(_Timed):
    """The caller presses keys."""

    dtmf: Annotated[str, BeforeValidator(_keys)] = Field(
        min_length=1, max_length=64, pattern="^[0-9*#]+$", description="keys of the phone, e.g. 1042#"
    )
    gap_ms: int = Field(default=300, ge=0, le=10_000, description="time between two keys")


class SilenceTurn(Strict):
    """The caller says nothing."""

    silence_s: float = Field(gt=0, le=600, description="for how long, after the bot has finished")


class HangUpTurn(_Timed):
    """The caller hangs up; the last turn."""

    hang_up: Literal[True]


TURN_KINDS = ("say", "wav", "dtmf", "silence_s", "hang_up")


def _kind(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    kinds = [kind for kind in TURN_KINDS if kind in value]
    return f"turn:{kinds[0]}" if len(kinds) == 1 else None


Turn = Annotated[
    Annotated[SayTurn, Tag("turn:say")]
    | Annotated[WavTurn, Tag("turn:wav")]
    | Annotated[DtmfTurn, Tag("turn:dtmf")]
    | Annotated[SilenceTurn, Tag("turn:silence_s")]
    | Annotated[HangUpTurn, Tag("turn:hang_up")],
    Discriminator(
        _kind,
        custom_error_type="one_kind",
        custom_error_message="a turn with exactly one of say, wav, dtmf, silence_s, hang_up",
    ),
]


class Script(Strict):
    """One call as the caller makes it."""

    caller_id: Phone | None = Field(
        default=None, description="the caller's number as the carrier gives it; null: withheld"
    )
    called_number: Phone | None = Field(
        default=None, description="the number called: it selects flow, voice and language"
    )
    direction: Literal["inbound", "outbound"] = Field(default="inbound", description="who rings whom")
    flow: Text | None = Field(default=None, description="the flow to follow instead of the called number's")
    answered_by: Literal["human", "machine"] = Field(
        default="human", description="outbound: who picks up, a person or a voicemail"
    )
    greeting: Text | None = Field(default=None, description="outbound: the agent's first sentence; null: its usual one")
    voicemail: Text | None = Field(
        default=None, description="outbound: what the agent leaves on a machine; null: it hangs up"
    )
    language: Language | None = Field(
        default=None,
        description="the caller's voice and the greeting's; null: the called number's, else uk",
    )
    now: Time | None = Field(default=None, description="the business's clock at the start of the call, with its offset")
    timezone: Zone = Field(default=DEFAULT_ZONE, description="the business's IANA time zone")
    line: Line = Field(default_factory=Line, description="what the line does to the audio")
    turns: list[Turn] = Field(max_length=200, description="what the caller does, in order")

    @classmethod
    def cross_problems(cls, given: Mapping[str, object]) -> list[str]:
        """Turns after the caller has hung up, or a call to nobody."""
        turns = given.get("turns")
        nobody = given.get("direction") == "outbound" and given.get("caller_id") is None
        found = ["caller_id with direction outbound: the number that the agent calls"] if nobody else []
        if not isinstance(turns, list):
            return found
        ends = [i for i, turn in enumerate(turns[:-1]) if isinstance(turn, Mapping) and "hang_up" in turn]
        return found + [f"no turn after turns[{index}], where the caller hangs up" for index in ends[:1]]
