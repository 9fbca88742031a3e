"""The tool calls of a context, each with its result, wherever that has come to stand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pipecat.processors.aggregators import async_tool_messages

Message = Any
"""Of a context: a mapping, or something of a vendor's own."""


@dataclass
class ToolRecord:
    """One call of a tool.

    Attributes:
        at: Where in the context it was called.
        call: As it stands in `tool_calls`.
        reply: The message of role `tool` that follows it: the result, or only that the tool runs.
        settled_at: Where its result stands, if that came later; `at` where it came at once; None: it still runs.
        result: As JSON, once there is one.
    """

    at: int
    call: Mapping[str, Any]
    reply: Mapping[str, Any] | None = None
    settled_at: int | None = None
    result: str | None = None

    @property
    def what(self) -> tuple[str, str]:
        """The tool and its arguments: a later call of the same takes its place."""
        function = self.call.get("function") or {}
        return str(function.get("name")), str(function.get("arguments"))

    @property
    def has_told(self) -> bool:
        """Whether the tool did its work and told more than that."""
        try:
            result = json.loads(self.result or "null")
        except ValueError:
            return False
        return isinstance(result, dict) and result.get("status") == "done" and len(result) > 1

    def as_it_is(self) -> list[Message]:
        """The call, and what followed it at once."""
        return [self._call(), self.reply] if self.reply else []

    def settled(self) -> list[Message]:
        """The call with its result right behind it."""
        return [self._call(), {"role": "tool", "tool_call_id": self.call["id"], "content": self.result}]

    def _call(self) -> Message:
        return {"role": "assistant", "tool_calls": [self.call]}


def read_tools(messages: Sequence[Message]) -> list[ToolRecord]:
    """All calls of tools in `messages`, in order."""
    records: dict[str, ToolRecord] = {}
    for place, message in enumerate(messages):
        if not isinstance(message, Mapping):
            continue
        for call in message.get("tool_calls") or ():
            records[call["id"]] = ToolRecord(place, call)
        payload = async_tool_messages.parse_message(cast(Any, message))
        if payload is not None:
            record = records.get(payload.tool_call_id)
            if record is not None and payload.kind == "started":
                record.reply = message
            elif record is not None:
                record.settled_at, record.result = place, payload.result
        elif message.get("role") == "tool" and (record := records.get(str(message.get("tool_call_id")))):
            record.reply = message
            if message.get("content") != "IN_PROGRESS":
                record.settled_at, record.result = record.at, str(message.get("content"))
    return list(records.values())
