"""What came of a call, as one JSON object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from bot.callers.form import Strict
from bot.outcome import Disposition
from spoken import Language

ToolStatus = Literal["done", "refused", "failed", "unknown", "cancelled"]


class Utterance(Strict):
    """One thing said, as it was heard."""

    who: Literal["bot", "caller"]
    text: str
    at_ms: int = Field(ge=0, description="start, since the call was answered")
    interrupted: bool = Field(default=False, description="the caller did not let the bot finish")


class ToolCallResult(Strict):
    """One call of a tool by the model."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None = Field(description="what the model was told")
    status: ToolStatus
    reason: str | None = Field(default=None, description="a stable code; null if done")
    ms: int | None = Field(ge=0, description="how long it took")


class TurnLatency(Strict):
    """How long one of the bot's turns took."""

    ttfab_ms: int | None = Field(
        description="the caller's last sound to the bot's first, on the caller's recording; null: no answer"
    )


class Latency(Strict):
    """Times at the caller's ear; null in chat, where nothing is heard."""

    turns: list[TurnLatency]
    greeting_ms: int | None = Field(description="the line opened to the bot's first sound")


class Result(Strict):
    """One call's outcome."""

    call_id: str
    disposition: Disposition
    language: Language
    state: str = Field(description="the flow's node at the end; closed if the flow came to its end")
    collected_data: dict[str, Any]
    transcript: list[Utterance]
    tool_calls: list[ToolCallResult]
    db_diff: dict[str, Any] = Field(description="orders.NUMBER.FIELD: its value after the call")
    latency: Latency | None
    tape: str | None = Field(description="two-channel recording, caller left; null in chat")
    violations: list[str] = Field(description="rules of the carrier's protocol that were broken")

    def to_json(self) -> str:
        """The object with non-ASCII letters as they are, two spaces deep."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"

    def write(self, path: Path) -> None:
        """Writes the JSON to `path`, whole or not at all; blocks on the file system."""
        part = path.with_name(path.name + ".part")
        part.write_text(self.to_json(), encoding="utf-8")
        part.replace(path)
