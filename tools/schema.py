"""From a typed function to what a model is told about it: names, types, constraints, descriptions."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Example|Examples|Note):\s*$")
_ARGUMENT = re.compile(r"^ {4}(\w+)(?: \([^)]*\))?:\s*(.*)$")
# What models read; everything else (titles, examples, a vendor's own words) costs tokens and says nothing.
_KEPT = (
    *("type", "description", "enum", "const", "pattern", "format", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("items", "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties", "anyOf"),
)
_CHOICES = ("anyOf", "oneOf")


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
    """The schema of the arguments as models understand it best: no references, no titles, optional = not required.

    Raises:
        TypeError: A type that contains itself.
    """
    full = model.model_json_schema()
    shared = full.get("$defs", {})
    properties = {name: trim(schema, shared) for name, schema in full.get("properties", {}).items()}
    return {
        "type": "object",
        "properties": properties,
        "required": full.get("required", []),
        "additionalProperties": False,
    }


def trim(schema: Mapping[str, Any], shared: Mapping[str, Any], within: tuple[str, ...] = ()) -> dict[str, Any]:
    """A schema with its references to `shared` put in place, and without what no model reads.

    Args:
        schema: Of one value.
        shared: The schemas under `#/$defs/`, by name.
        within: The references that led here.

    Raises:
        TypeError: A reference that leads to itself.
    """
    if reference := schema.get("$ref"):
        name = str(reference).rsplit("/", 1)[-1]
        if name in within:
            raise TypeError(f"{name}: a type that contains itself cannot be an argument")
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return trim({**shared[name], **own}, shared, (*within, name))
    for key in _CHOICES:
        choices = [choice for choice in schema.get(key, ()) if choice.get("type") != "null"]
        if len(choices) == 1:
            rest = {name: value for name, value in schema.items() if name != key}
            return trim({**choices[0], **rest}, shared, within)
        if choices:
            schema = {**{name: value for name, value in schema.items() if name != key}, "anyOf": choices}
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if isinstance(kept.get("items"), Mapping):
        kept["items"] = trim(kept["items"], shared, within)
    if "properties" in kept:
        kept["properties"] = {name: trim(value, shared, within) for name, value in kept["properties"].items()}
    if "anyOf" in kept:
        kept["anyOf"] = [trim(choice, shared, within) for choice in kept["anyOf"]]
    return kept
