"""Where a call stood when its process died: read from the journal, pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bot.state import AgentState, Event, fold

Due = Literal["greeting", "answer", "end", "transfer", "caller", "nobody_took_it"]
NOBODY_TOOK_IT = (
    "No colleague took the call, and the caller is with you again. Help as far as you can; connect them only if they "
    "ask for it once more."
)


class Entry(Protocol):
    """One line of a journal (`storage.journal.Event`)."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What there is to know of it."""

    @property
    def at(self) -> Any:
        """When, as an aware datetime."""


@dataclass(frozen=True)
class Resumption:
    """What a new process needs to go on with a call."""

    count: int
    """How many processes of this call have ended before their time."""
    state: AgentState
    elapsed_s: float
    """Seconds from the call's start to the last thing known of it."""
    messages: tuple[dict[str, Any], ...]
    """The conversation so far as chat messages, tools' results among them."""
    failed_identifications: int
    """Times that the caller claimed to be somebody in vain."""
    due: Due
    """Whose turn it is: what the agent owes the caller, or that it is the caller who speaks next."""
    summary: str = ""
    """Of the beginning of a long conversation, for the model."""
    summarised_turns: int = 0
    """How many turns of the caller it covers."""


def resumption(
    call_id: str, entries: Sequence[Entry], count: int, *, drop_last_turn: bool, is_returned: bool = False
) -> Resumption:
    """What the journal says of a call.

    Args:
        call_id: The carrier's.
        entries: The journal, in order.
        count: See `Resumption`.
        drop_last_turn: Leaves out what the caller said last and got no answer to: it may be what kills processes.
            What was done for it stays: the yes and the result are not asked for twice.
        is_returned: Whether the caller comes back from a transfer that nobody took.
    """
    began = entries[0].at if entries else None
    # A line that broke looks to a process like a caller who left; that the call goes on shows that it was none.
    kept = [entry for entry in entries if entry.kind != "call_ended"]
    events = [Event(entry.kind, entry.body, (entry.at - began).total_seconds()) for entry in kept]
    due: Due = "nobody_took_it" if is_returned else _due(events)
    if drop_last_turn and due == "answer":
        before, since = events[: _last(events, "user_said")], events[_last(events, "user_said") + 1 :]
        has_acted = any(event.kind == "tool_intent" and "key" in event.body for event in since)
        events = before + since if has_acted else before
        due = "answer" if has_acted else "caller"
    elapsed_s = events[-1].at_s if events else 0.0
    state = fold(call_id, events)
    messages = _messages(events)
    if is_returned:
        messages.append({"role": "developer", "content": NOBODY_TOOK_IT})
    summaries = [event.body for event in events if event.kind == "summarised"]
    summary, turns = (summaries[-1]["text"], summaries[-1]["turns"]) if summaries else ("", 0)
    failed = _failed_identifications(events)
    return Resumption(count, state, elapsed_s, tuple(messages), failed, due, summary, turns)


def _failed_identifications(events: Sequence[Event]) -> int:
    results = [event.body for event in events if event.kind == "tool_result"]
    refused = [body for body in results if body.get("reason") == "not_identified"]
    return sum(any(value is not None for value in body.get("arguments", {}).values()) for body in refused)


def _last(events: Sequence[Event], kind: str) -> int:
    return max((index for index, event in enumerate(events) if event.kind == kind), default=-1)


def _is_turn(event: Event) -> bool:
    return event.kind == "bot_said" and bool(event.body.get("heard")) and not event.body.get("filler")


def _due(events: Sequence[Event]) -> Due:
    spoken = max((index for index, event in enumerate(events) if _is_turn(event)), default=-1)
    asked = _last(events, "user_said")
    for event in reversed(events[max(spoken, asked) + 1 :]):
        if event.kind == "tool_result" and event.body.get("status") == "done":
            if event.body["tool"] == "end_call":
                return "end"
            if event.body["tool"] == "transfer_to_human":
                return "transfer"
    if spoken < 0 and asked < 0:
        return "greeting"
    return "answer" if asked > spoken else "caller"


def _messages(events: Sequence[Event]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for number, event in enumerate(events):
        match event.kind:
            case "user_said":
                messages.append({"role": "user", "content": event.body["text"]})
            case "bot_said" if _is_turn(event):
                messages.append({"role": "assistant", "content": event.body["heard"]})
            case "tool_result":
                messages += tool_messages(f"restored_{number}", event.body)
    return messages


def tool_messages(call_id: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A tool's call and its result as the model sees them.

    Args:
        call_id: Joins the two; unique in a context.
        body: `tool`, `arguments` and `result`, as in the journal's `tool_result`.
    """
    arguments = json.dumps(body.get("arguments", {}), ensure_ascii=False)
    function = {"name": body["tool"], "arguments": arguments}
    return [
        {"role": "assistant", "tool_calls": [{"id": call_id, "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": call_id, "content": json.dumps(body.get("result", {}), ensure_ascii=False)},
    ]
