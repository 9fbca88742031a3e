"""Faults to inject: what fails, how, and how often."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationInfo

from bot.callers.form import Strict, Text, expected

Error = Literal[
    "connection_refused",
    "timeout",
    "server_error",
    "crash_after_effect",
    "lost_from_view",
    "killed_before_effect",
    "killed_after_effect",
]


def _times(value: object) -> object:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000
    if not is_count and value != "all":
        raise expected("all or a whole number from 1 to 1000")
    return value


Times = Annotated[Annotated[int, Field(ge=1, le=1000)] | Literal["all"], BeforeValidator(_times)]


def _known_tool(name: str, info: ValidationInfo) -> str:
    tools = (info.context or {}).get("tools", ())
    if tools and name not in tools:
        close = difflib.get_close_matches(name, tools, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise expected(f"one of {', '.join(tools)}{hint}")
    return name


class ToolFault(Strict):
    """A tool that is slow, fails, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["error"]}, {"required": ["delay_s"]}]})

    tool: Annotated[Text, AfterValidator(_known_tool)] = Field(
        pattern="^[a-z][a-z0-9_]*$", description="the tool's name, e.g. lookup_order"
    )
    error: Error | None = Field(
        default=None,
        description="how it fails; crash_after_effect: the effect is committed, the reply lost; lost_from_view: "
        "so is the shop itself, from then on; killed_…: the process of the call dies",
    )
    delay_s: float | None = Field(default=None, ge=0, le=120, description="how long it takes before it does anything")
    times: Times = Field(default="all", description="how many tries of it, from the first on")

    @classmethod
    def cross_problems(cls, given: Mapping[str, object]) -> list[str]:
        """A fault that does nothing."""
        does_something = given.get("error") is not None or given.get("delay_s") is not None
        return [] if does_something else ["error or delay_s: what is wrong with the tool"]


class KillFault(Strict):
    """The bot's process is killed; another one goes on with the call."""

    kill_bot_at_s: float = Field(ge=0, le=3600, description="seconds after the stream's start; on the phone path only")


class StageFault(Strict):
    """Requests to whichever service serves a stage fail."""

    stage: Literal["stt", "llm", "tts"] = Field(description="recognition, dialogue or speech")
    error: int = Field(ge=400, le=599, description="HTTP status of the failure")
    times: Times = Field(default="all", description="how many requests, from the first on")


FAULT_KINDS = ("tool", "kill_bot_at_s", "stage")


def _kind(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    kinds = [kind for kind in FAULT_KINDS if kind in value]
    return f"fault:{kinds[0]}" if len(kinds) == 1 else None


Fault = Annotated[
    Annotated[ToolFault, Tag("fault:tool")]
    | Annotated[KillFault, Tag("fault:kill_bot_at_s")]
    | Annotated[StageFault, Tag("fault:stage")],
    Discriminator(
        _kind,
        custom_error_type="one_kind",
        custom_error_message="a fault with exactly one of tool, kill_bot_at_s, stage",
    ),
]


class Faults(Strict):
    """The faults of one call."""

    faults: list[Fault] = Field(max_length=200, description="of one tool's, the first that is not used up applies")
