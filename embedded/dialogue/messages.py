"""Chat messages in OpenAI's format, read as the events of a call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from embedded.dialogue.state import Setting
from spoken import LANGUAGES, Language
from spoken.languages import detect

_LINE = re.compile(
    r"^[ \t]*today=(?P<today>\d{4}-\d\d-\d\d)[ \t]+tz=(?P<tz>\S+)[ \t]+language=(?P<language>\w+)(?:-\w+)?"
    r"[ \t]+caller=(?P<caller>known|withheld)\b(?:[ \t]+flow=(?P<flow>\w+))?.*$",
    re.MULTILINE,
)
_STATUSES = ("done", "refused", "failed", "unknown")
_DEFAULT_LANGUAGE: Language = "uk"


@dataclass(frozen=True)
class Turn:
    """The caller said something; messages in a row are one turn."""

    text: str


@dataclass(frozen=True)
class BotSaid:
    """The bot was heard to say this, perhaps cut by an interruption."""

    text: str


@dataclass(frozen=True)
class Called:
    """A tool was called and has not answered yet."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """A tool answered.

    Attributes:
        status: `done`, `refused`, `failed`, `unknown`, `cancelled`, or `unreadable` for anything else.
        body: The result's JSON object; empty unless it was one.
    """

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    status: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instruction:
    """A system or developer message that is not a tool's result."""

    text: str


Event = Turn | BotSaid | Called | Result | Instruction


def read_setting(messages: list[dict[str, Any]]) -> Setting:
    """The last setting line of the system and developer messages.

    Without one there is no business day, the caller counts as withheld and the language is that of
    the caller's last words.
    """
    for message in reversed(messages):
        if message.get("role") not in ("system", "developer"):
            continue
        for found in reversed(list(_LINE.finditer(text_of(message.get("content"))))):
            language = _language(found["language"])
            today = as_date(found["today"])
            if language is not None and today is not None:
                is_reminder = found["flow"] == "delivery_reminder"
                return Setting(today, found["tz"], language, found["caller"] == "known", is_reminder)
    said = next((text_of(m.get("content")) for m in reversed(messages) if m.get("role") == "user"), "")
    return Setting(None, "UTC", detect(said) or _DEFAULT_LANGUAGE, is_known=False)


def read_events(messages: list[dict[str, Any]]) -> list[Event]:
    """The events of the call in order."""
    return list(_join_turns(_events(messages)))


def text_of(content: object) -> str:
    """The text of a message's content: a string, or a list of parts of which the texts are joined."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return " ".join(part for part in parts if isinstance(part, str))
    return ""


def as_date(value: object) -> date | None:
    """The ISO date that a value holds, or None."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _language(tag: str) -> Language | None:
    return next((language for language in LANGUAGES if language == tag), None)


def _events(messages: list[dict[str, Any]]) -> Iterator[Event]:
    calls: dict[str, Called] = {}
    for message in messages:
        role, text = message.get("role"), text_of(message.get("content"))
        if role == "user" and text.strip():
            yield Turn(text.strip())
        elif role == "assistant":
            if text.strip():
                yield BotSaid(text.strip())
            for call in _calls(message.get("tool_calls")):
                calls[call.call_id] = call
                yield call
        elif role == "tool":
            yield from _results(str(message.get("tool_call_id")), text, calls)
        elif role in ("system", "developer"):
            later = _object(text)
            if later.get("type") == "async_tool":
                yield from _results(str(later.get("tool_call_id")), text, calls)
            else:
                yield Instruction(text)


def _join_turns(events: Iterable[Event]) -> Iterator[Event]:
    waiting: Turn | None = None
    for event in events:
        if isinstance(event, Turn):
            waiting = Turn(f"{waiting.text} {event.text}") if waiting else event
            continue
        if waiting:
            yield waiting
            waiting = None
        yield event
    if waiting:
        yield waiting


def _calls(value: object) -> Iterator[Called]:
    for item in value if isinstance(value, list) else []:
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            continue
        arguments = function.get("arguments")
        parsed = arguments if isinstance(arguments, dict) else _object(arguments)
        yield Called(str(item.get("id")), function["name"], parsed)


def _results(call_id: str, text: str, calls: Mapping[str, Called]) -> Iterator[Result]:
    body = _object(text)
    if body.get("type") == "async_tool":
        if body.get("status") != "finished":
            return
        text = text_of(body.get("result"))
        body = _object(text)
    elif text.strip() == "IN_PROGRESS":
        return
    status = body.get("status")
    if status not in _STATUSES:
        status, body = ("cancelled" if text.lstrip().startswith("CANCELLED") else "unreadable"), {}
    call = calls.get(call_id)
    if call is not None:
        yield Result(call_id, call.name, call.arguments, status, body)
    elif body:  # its call fell out of the context window
        yield Result(call_id, _guess_name(body), {}, status, body)


def _guess_name(body: Mapping[str, Any]) -> str:
    if "orders" in body:
        return "lookup_order"
    return "reschedule_delivery" if "new_date" in body else ""


def _object(text: object) -> dict[str, Any]:
    """The JSON object in a text; empty if it is none."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
