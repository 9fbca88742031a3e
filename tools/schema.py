"""From a typed function to what a model is told about it: names, types, constraints, descriptions."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Example|Examples|Note):\s*$")
_ARGUMENT = re.compile(r"^ {4}(\w+)(?: \([^)]*\))?:\s*(.*)$")
_KEPT = (
    "type",
    "description",
    "enum",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "items",
)


def read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The description and the arguments' descriptions of a Google docstring, each on one line."""
    lines = inspect.cleandoc(function.__doc__ or "").splitlines()
    description: list[str] = []
    arguments: dict[str, str] = {}
    section, name = "", ""
    for line in lines:
        if heading := _SECTION.match(line):
            section = heading[1]
        elif not section:
            description.append(line.strip())
        elif section == "Args" and (start := _ARGUMENT.match(line)):
            name = start[1]
            arguments[name] = start[2].strip()
        elif section == "Args" and name and line.strip():
            arguments[name] = f"{arguments[name]} {line.strip()}".strip()
    return " ".join(word for word in description if word), arguments


def argument_model(function: Callable[..., Any]) -> type[BaseModel]:
    """A model of all parameters of `function` after the first, which is the context.

    Raises:
        TypeError: A parameter without a type, or an argument described that does not exist.
    """
    _, described = read_docstring(function)
    hints = get_type_hints(function, include_extras=True)
    context, *parameters = inspect.signature(function).parameters.values()
    described.pop(context.name, None)
    fields: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.name not in hints:
            raise TypeError(f"{function.__name__}: expected a type for '{parameter.name}'")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        field = Field(default, description=described.pop(parameter.name, None))
        fields[parameter.name] = (Annotated[hints[parameter.name], field], default)
    if described:
        raise TypeError(f"{function.__name__}: the docstring describes unknown arguments: {', '.join(described)}")
    return create_model(f"{function.__name__}_arguments", __config__=ConfigDict(extra="forbid"), **fields)


@cache
def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of the arguments as models understand it best: flat, no titles, optional = not required."""
    full = model.model_json_schema()
    properties = {name: _flatten(schema) for name, schema in full.get("properties", {}).items()}
    return {
        "type": "object",
        "properties": properties,
        "required": full.get("required", []),
        "additionalProperties": False,
    }


def _flatten(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    merged = {**choices[0], **schema} if len(choices) == 1 else schema
    return {key: merged[key] for key in _KEPT if key in merged}
