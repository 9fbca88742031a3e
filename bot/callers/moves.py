"""The scripted model: what it answers to each request, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bot.callers.form import Strict, Text, plain

Arguments = Annotated[dict[str, Any], BeforeValidator(plain)]


class ToolCall(Strict):
    """One call of a tool; name and arguments may be as wrong as a model's."""

    name: Text = Field(description="the tool's name")
    arguments: Arguments = Field(default_factory=dict, description="any JSON object")


class Move(Strict):
    """What the model does with one request: says something, calls tools, or both."""

    say: Text | None = Field(default=None, description="the text it answers")
    calls: list[ToolCall] | None = Field(default=None, min_length=1, max_length=20, description="the tools it calls")
    delay_s: float | None = Field(
        default=None, ge=0, le=120, description="how long it thinks before this; alone: before the next move"
    )
    name: Text | None = Field(default=None, description="the tool of raw_arguments")
    raw_arguments: str | None = Field(
        default=None, max_length=4000, description="a tool call with exactly this text as arguments, valid JSON or not"
    )
    error: int | None = Field(default=None, ge=400, le=599, description="an HTTP status instead of an answer")
    hang: Literal[True] | None = Field(default=None, description="no answer at all")

    @classmethod
    def cross_problems(cls, given: Mapping[str, object]) -> list[str]:
        """A move that does nothing, or names a tool without calling it."""
        deeds = ("say", "calls", "delay_s", "raw_arguments", "error", "hang")
        found = []
        if "name" in given and "raw_arguments" not in given:
            found.append("calls: [{name: …, arguments: {…}}] for a tool call")
        elif "raw_arguments" in given and "name" not in given:
            found.append("name: the tool that raw_arguments are for")
        elif not any(given.get(deed) is not None for deed in deeds):
            found.append("say, calls, raw_arguments, delay_s, error or hang: what the model does")
        return found


class Moves(Strict):
    """All moves; after the last one the last `say` is repeated."""

    moves: list[Move] = Field(min_length=1, max_length=500, description="one a request, in order")

    def answers(self) -> list[Move]:
        """The moves with each lone delay joined to the move after it, so that one is one request's answer."""
        answers: list[Move] = []
        waited_s = 0.0
        for move in self.moves:
            waited_s += move.delay_s or 0.0
            if move.say is None and move.calls is None:
                continue
            answers.append(move.model_copy(update={"delay_s": waited_s or None}))
            waited_s = 0.0
        return answers
