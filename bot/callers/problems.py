"""What is wrong with a file, as sentences for whoever wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.callers.document import Document, Loc, read_document

Model = TypeVar("Model", bound=BaseModel)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "list_type": "a list, each entry after a dash",
    "dict_type": "keys with values (key: value)",
    "model_type": "keys with values (key: value)",
    "model_attributes_type": "keys with values (key: value)",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


class CallerFilesError(Exception):
    """Files that cannot be used; `problems` has one sentence for everything wrong with any of them."""

    code = "caller_files_invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_model(
    path: Path, model: type[Model], problems: list[str], context: Mapping[str, object] | None = None
) -> Model | None:
    """The file as `model`, or None after adding what is wrong with it to `problems`; blocks on the disk."""
    document = read_document(path)
    if document.problems:
        problems += [_sentence(path, "", problem.text, problem.line) for problem in document.problems]
        return None
    if document.values is None:
        problems.append(_sentence(path, "", f"expected {_outline(model)}, got an empty file", None))
        return None
    if not isinstance(document.values, Mapping):
        problems.append(_sentence(path, "", f"expected {_outline(model)}, got {describe(document.values)}", 1))
        return None
    try:
        return model.model_validate(document.values, context=dict(context or {}))
    except ValidationError as exc:
        problems += _sentences(path, document, exc)
        return None


def describe(value: object) -> str:
    """A value in words: what it is, and the value itself if it is short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {getattr(value, 'written', value)}"
    if isinstance(value, str):
        return f"{value[:60] + '…' if len(value) > 60 else value!r}" if value else "empty text"
    if isinstance(value, Mapping):
        keys = ", ".join(str(key) for key in list(value)[:8])
        return f"the keys {keys}" if keys else "no keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return f"something else ({type(value).__name__})"


def _sentences(path: Path, document: Document, exc: ValidationError) -> list[str]:
    sentences: dict[str, None] = {}
    for error in exc.errors():
        loc = _file_loc(error["loc"], str(error["type"]), document)
        sentences[_sentence(path, _dotted(loc), _explain(error), document.line_of(loc))] = None
    return list(sentences)


def _file_loc(loc: Loc, kind: str, document: Document) -> Loc:
    """The error's path as it is in the file: without the names of choices and of conversions."""
    found: Loc = ()
    for part in loc:
        if (*found, part) in document.lines:
            found = (*found, part)
    # A missing key is not in the file and is still worth its name.
    return (*found, loc[-1]) if kind == "missing" else found


def _explain(error: Mapping[str, Any]) -> str:
    kind, context, got = str(error["type"]), error.get("ctx") or {}, describe(error["input"])
    if kind == "not_supported":
        return str(context["what"])
    if kind == "missing":
        return "expected a value, the key is missing"
    if kind == "unknown_key":
        return _unknown_key(str(error["loc"][-1]), context["known"])
    if kind == "form":
        return f"expected {context['what']}, got {got}"
    return f"expected {_wanted(kind, context, str(error['msg']))}, got {got}"


def _wanted(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _WANTED:
        return _WANTED[kind]
    if kind == "one_kind":
        return message
    if kind == "literal_error":
        values = str(context["expected"]).replace("'", "")
        return "true" if values == "True" else f"one of {values}"
    for bound, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than") and bound in context:
            return f"{words} {context[bound]:g}"
    if kind in ("too_long", "string_too_long"):
        return f"at most {context['max_length']} {'characters' if kind.startswith('string') else 'entries'}"
    if kind in ("too_short", "string_too_short"):
        return f"at least {context['min_length']} {'characters' if kind.startswith('string') else 'entry'}"
    if kind == "string_pattern_mismatch":
        return f"text of the form {context['pattern']}"
    return message[:1].lower() + message[1:]


def _unknown_key(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"expected one of the known keys, got {key!r}: {hint}known are {', '.join(known)}"


def _dotted(loc: Loc) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _outline(model: type[BaseModel]) -> str:
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    return f"keys with values, at least {', '.join(required)}"


def _sentence(path: Path, where: str, what: str, line: int | None) -> str:
    return f"{path}: {where + ': ' if where else ''}{what}{f' (line {line})' if line else ''}"
