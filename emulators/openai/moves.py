"""What a scripted model does, request by request."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from emulators.errors import ScriptError

_KEYS = frozenset(
    ["say", "calls", "raw_arguments", "name", "delay_s", "token_s", "hang", "error", "finish_reason", "refusal"]
)


@dataclass(frozen=True)
class ToolCall:
    """A tool called by name; ``arguments`` is the text that goes over the wire, valid JSON or not."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Move:
    """One answer: words, tool calls, an HTTP error, or nothing for ever; ``delay_s`` comes before it.

    ``finish_reason`` replaces the usual one (``length``, ``content_filter``); ``refusal`` is said instead of words;
    ``token_s`` is the wait between its tokens, by default the model's. ``say: ""`` alone is an empty answer.
    """

    say: str = ""
    calls: tuple[ToolCall, ...] = ()
    delay_s: float = 0.0
    hang: bool = False
    error: int | None = None
    finish_reason: str | None = None
    refusal: str = ""
    token_s: float | None = None


def read_moves(moves: Sequence[Mapping[str, Any]]) -> tuple[Move, ...]:
    """Return moves written as plain data; a lone ``delay_s`` is joined to the move after it.

    Raises:
        ScriptError: a move has an unknown key, or does nothing.
    """
    made: list[Move] = []
    waited_s = 0.0
    for number, data in enumerate(moves, start=1):
        move = _move(number, data)
        waited_s += move.delay_s
        if set(data) == {"delay_s"}:
            continue
        made.append(replace(move, delay_s=waited_s))
        waited_s = 0.0
    return tuple(made)


def load_moves(path: Path) -> tuple[Move, ...]:
    """Return the moves of a YAML file with the one key ``moves``.

    Raises:
        ScriptError: it is something else.
    """
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    moves = document.get("moves") if isinstance(document, dict) else None
    if not isinstance(moves, list):
        raise ScriptError(f"expected a list under 'moves' in {path.name}")
    return read_moves(moves)


def _move(number: int, move: Mapping[str, Any]) -> Move:
    if not isinstance(move, Mapping) or not move:
        raise ScriptError(f"move {number}: expected a mapping with one of {sorted(_KEYS)}")
    unknown = set(move) - _KEYS
    if unknown:
        raise ScriptError(f"move {number}: unknown keys {sorted(unknown)}; known are {sorted(_KEYS)}")
    calls = [_call(number, call) for call in move.get("calls", [])]
    if "raw_arguments" in move:
        calls.append(_call(number, move))
    made = Move(
        say=str(move.get("say", "")),
        calls=tuple(calls),
        delay_s=float(move.get("delay_s", 0.0)),
        hang=bool(move.get("hang", False)),
        error=int(move["error"]) if move.get("error") is not None else None,
        finish_reason=str(move["finish_reason"]) if move.get("finish_reason") is not None else None,
        refusal=str(move.get("refusal", "")),
        token_s=float(move["token_s"]) if move.get("token_s") is not None else None,
    )
    does = made.say or made.calls or made.hang or made.error or made.finish_reason or made.refusal
    if not (does or "say" in move or "delay_s" in move):
        deeds = "say, calls, raw_arguments, delay_s, hang, error, refusal or finish_reason"
        raise ScriptError(f"move {number}: expected {deeds}")
    return made


def _call(number: int, call: Mapping[str, Any]) -> ToolCall:
    name = call.get("name") if isinstance(call, Mapping) else None
    if not isinstance(name, str) or not name:
        raise ScriptError(f"move {number}: expected the called tool's name under 'name'")
    if "raw_arguments" in call:
        return ToolCall(name, str(call["raw_arguments"]))
    return ToolCall(name, json.dumps(call.get("arguments") or {}, ensure_ascii=False, default=str))
