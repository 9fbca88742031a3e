"""OpenAPI's schemas: as JSON Schema for the model, as a check of what it gives, and walked for what it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
_LONGEST_DESCRIPTION = 300
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def simplify(schema: Mapping[str, Any]) -> Json:
    """A resolved schema in the words that models know: no `allOf`, `nullable`, `readOnly`, nor 3.0's flags."""
    merged: Json = {name: value for name, value in schema.items() if name not in {"allOf", "nullable", "readOnly"}}
    for part in schema.get("allOf", ()):
        merged = _merge(merged, simplify(part))
    if isinstance(merged.get("type"), list):
        named = [name for name in merged["type"] if name != "null"]
        merged["type"] = named[0] if len(named) == 1 else named
    for bound in ("Minimum", "Maximum"):
        if merged.get(f"exclusive{bound}") is True:
            merged[f"exclusive{bound}"] = merged.pop(bound.lower(), None)
        elif merged.get(f"exclusive{bound}") is False:
            del merged[f"exclusive{bound}"]
    if "properties" in merged:
        written = {name: value for name, value in merged["properties"].items() if not value.get("readOnly")}
        merged["properties"] = {name: simplify(value) for name, value in written.items()}
        merged["required"] = [name for name in merged.get("required", ()) if name in written]
    for name in ("items", "additionalProperties"):
        if isinstance(merged.get(name), Mapping):
            merged[name] = simplify(merged[name])
    for name in ("anyOf", "oneOf"):
        if name in merged:
            merged[name] = [simplify(choice) for choice in merged[name]]
    if isinstance(merged.get("description"), str):
        merged["description"] = " ".join(merged["description"].split())[:_LONGEST_DESCRIPTION]
    return merged


def _merge(one: Json, other: Json) -> Json:
    both = {**other, **one}
    if "properties" in one and "properties" in other:
        both["properties"] = {**other["properties"], **one["properties"]}
    if "required" in one and "required" in other:
        both["required"] = [*dict.fromkeys([*other["required"], *one["required"]])]
    return both


def checker(schema: Mapping[str, Any], *, is_30: bool) -> Callable[[Any], Any]:
    """What checks one value against a resolved schema by the document's own dialect, and gives it back.

    A model may give a number as text, or text as a number: where only the other is right, it is taken for it.
    The check raises ValueError with all that is wrong.
    """
    from openapi_schema_validator import OAS30WriteValidator, OAS31Validator

    kind: Any = OAS30WriteValidator if is_30 else OAS31Validator
    validator = kind(dict(schema), format_checker=kind.FORMAT_CHECKER)

    def check(value: Any) -> Any:
        value = _coerce(value, schema.get("type"))
        problems = [
            error.message + (f" at {error.json_path.removeprefix('$.')}" if error.absolute_path else "")
            for error in validator.iter_errors(value)
        ]
        if problems:
            raise ValueError("; ".join(problems)[:500])
        return value

    return check


def _coerce(value: Any, wanted: Any) -> Any:
    if wanted == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and wanted in {"integer", "number"} and _NUMBER.fullmatch(value):
        number = float(value)
        return int(number) if number.is_integer() else number
    if wanted == "boolean" and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value


def is_shown(schema: Any, path: str) -> bool:
    """Whether a resolved schema of an answer has this field; one that says nothing may have any."""
    for name, is_list in steps(path):
        if name:
            schema = simplify(schema) if isinstance(schema, Mapping) else {}
            choices = [simplify(one) for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))]
            fields = {key: value for one in (schema, *choices) for key, value in one.get("properties", {}).items()}
            if not fields:
                return True
            if name not in fields:
                return False
            schema = fields[name]
        if is_list:
            schema = simplify(schema).get("items", {})
    return True


def steps(path: str) -> list[tuple[str, bool]]:
    """A path's names, each with whether a list stands there: `orders[].order_id` is `orders`, list; `order_id`."""
    return [(part.removesuffix("[]"), part.endswith("[]")) for part in path.split(".")]


def pick(body: Any, paths: tuple[str, ...], most_items: int) -> Any:
    """What of an answer these paths name, in the answer's own form; lists are cut to `most_items`."""
    return _pick(body, [steps(path) for path in paths], most_items)


def _pick(body: Any, wanted: list[list[tuple[str, bool]]], most_items: int) -> Any:
    if any(not path for path in wanted):
        return _cut(body, most_items)
    if wanted[0][0] == ("", True):  # the answer itself is a list
        rest = [path[1:] for path in wanted]
        return [_pick(one, rest, most_items) for one in body[:most_items]] if isinstance(body, list) else None
    if not isinstance(body, Mapping):
        return None
    shown = {}
    for name, is_list in dict.fromkeys(path[0] for path in wanted):
        rest = [path[1:] for path in wanted if path[0] == (name, is_list)]
        value = body.get(name)
        if is_list and isinstance(value, list):
            shown[name] = [_pick(one, rest, most_items) for one in value[:most_items]]
        elif name in body:
            shown[name] = _pick(value, rest, most_items)
    return shown


def _cut(value: Any, most_items: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_DESCRIPTION else value[:_LONGEST_DESCRIPTION] + "…"
    if isinstance(value, list):
        return [_cut(one, most_items) for one in value[:most_items]]
    if isinstance(value, Mapping):
        return {name: _cut(one, most_items) for name, one in value.items()}
    return value
