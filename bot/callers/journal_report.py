"""A call's journal as the parts of its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.callers.bot_watch import Spell
from bot.callers.result import Latency, Result, ToolCallResult, Utterance
from bot.state import AgentState, Event, fold


class Entry(Protocol):
    """One event as the journal keeps it."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def body(self) -> dict[str, Any]:
        """What happened."""


def fold_journal(call_id: str, journal: Sequence[Entry]) -> AgentState:
    """The agent's state at the end of the journal."""
    return fold(call_id, [Event(entry.kind, entry.body) for entry in journal])


def read_tool_calls(journal: Sequence[Entry]) -> list[ToolCallResult]:
    """The model's tool calls in the order in which they ended; what began and has no result is unknown."""
    calls: list[ToolCallResult] = []
    begun: list[Entry] = []
    for entry in journal:
        if entry.kind == "tool_intent":
            begun.append(entry)
        elif entry.kind == "tool_result":
            begun = [intent for intent in begun if intent.body["tool"] != entry.body["tool"]]
            calls.append(_tool_call(entry.body))
    left = {intent.body["tool"]: intent.body for intent in begun}
    return [*calls, *(_tool_call({**body, "status": "unknown", "result": None}) for body in left.values())]


def _tool_call(body: dict[str, Any]) -> ToolCallResult:
    return ToolCallResult(
        name=body["tool"],
        arguments=dict(body.get("arguments") or {}),
        result=body.get("result") or None,
        status=body["status"],
        reason=body.get("reason"),
        ms=body.get("ms"),
    )


@dataclass(frozen=True)
class Said:
    """An utterance and when it was noted, in seconds of the call: that is after its last sound."""

    utterance: Utterance
    noted_s: float


def time_transcript(
    said: Sequence[Said], spells: Sequence[Spell], caller_turns: Sequence[tuple[float, float]]
) -> list[Utterance]:
    """The utterances at their first sound: that side's first since its utterance before.

    Args:
        said: in the order in which they were noted.
        spells: the bot's voice as it was played to the caller, in seconds of the call.
        caller_turns: the caller's turns, first and last voiced moment.
    """
    starts = {"bot": [spell.start_s for spell in spells], "caller": [start for start, _ in caller_turns]}
    last_s = {"bot": -1.0, "caller": -1.0}
    timed = []
    for one in said:
        who = one.utterance.who
        start_s = next((at_s for at_s in starts[who] if last_s[who] < at_s <= one.noted_s), one.noted_s)
        last_s[who] = one.noted_s
        timed.append(one.utterance.model_copy(update={"at_ms": max(0, round(start_s * 1000))}))
    return sorted(timed, key=lambda utterance: utterance.at_ms)


def make_result(
    state: AgentState,
    transcript: list[Utterance],
    tool_calls: list[ToolCallResult],
    db_diff: dict[str, str | None],
    *,
    latency: Latency | None = None,
    tape: str | None = None,
    violations: Sequence[str] = (),
) -> Result:
    """The call's result; a journal without an end counts as our failure."""
    return Result.model_validate(
        {
            "call_id": state.call_id,
            "disposition": state.disposition or "failed_system",
            "language": state.language,
            "state": state.node,
            "collected_data": dict(state.collected_data),
            "transcript": transcript,
            "tool_calls": tool_calls,
            "db_diff": dict(db_diff),
            "latency": latency,
            "tape": tape,
            "violations": list(violations),
        }
    )
