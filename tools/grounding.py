"""An argument comes from the caller or from a tool, never from the model alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from tools.context import ToolContext
from tools.errors import InvalidArgumentsError, RefusedError
from tools.models import Grounded, GroundKind


class NotGroundedError(InvalidArgumentsError):
    """The model made an argument up; the message tells it where arguments come from."""

    def __init__(self, name: str, phrase: str) -> None:
        message = f"{name}: expected what the caller said or a tool returned, got neither; ask the caller"
        RefusedError.__init__(self, "not_grounded", message, phrase=phrase)


def check_grounded(kind: GroundKind, model: type[BaseModel], arguments: Mapping[str, Any], ctx: ToolContext) -> None:
    """Pass if every argument of this kind comes from somewhere.

    Args:
        kind: Numbers are asked for before anything is looked up; a day and a moment's time once the policy has nothing
            against them.
        model: Of the tool's arguments.
        arguments: Typed.
        ctx: The call.

    Raises:
        NotGroundedError: The first that does not.
    """
    known: Mapping[GroundKind, Callable[[Any], bool]] = {
        "number": lambda number: ctx.facts.knows_number(str(number)),
        "day": ctx.facts.knows_day,
        "moment": lambda moment: ctx.facts.knows_time(moment.time()),
    }
    for name, mark in _marks(model).items():
        value: str | int | dt.date | None = arguments.get(name)
        if mark.kind == kind and value is not None and not known[kind](value):
            raise NotGroundedError(name, mark.phrase)


@cache
def _marks(model: type[BaseModel]) -> dict[str, Grounded]:
    """The marks of a model's fields; that of an optional type is inside its annotation."""
    found: dict[str, Grounded] = {}
    for name, field in model.model_fields.items():
        choices = (getattr(choice, "__metadata__", ()) for choice in get_args(field.annotation))
        metadata = [*field.metadata, *(mark for choice in choices for mark in choice)]
        if marks := [mark for mark in metadata if isinstance(mark, Grounded)]:
            found[name] = marks[0]
    return found
