"""How a call ended, decided from what happened in it and never from what a model says of it."""

from __future__ import annotations

from typing import Literal

from bot.state import AgentState

Disposition = Literal[
    "resolved",
    "partially_resolved",
    "transferred",
    "refused",
    "no_action",
    "wrong_number",
    "no_input",
    "voicemail",
    "failed_system",
    "abandoned",
    "not_reached",
]
EndedBy = Literal["agent", "caller", "silence", "system", "transfer"]

# What settles the outcome by itself, unless something was done.
_SETTLED_BY_INTENT: dict[str, Disposition] = {"wrong_number": "wrong_number", "voicemail": "voicemail"}
_CLOSING_INTENTS = frozenset({"goodbye", "nothing_wanted", "thanks"})


def decide_disposition(state: AgentState, ended_by: EndedBy) -> Disposition:
    """The call's disposition, by the first rule that applies."""
    if state.is_transferred or ended_by == "transfer":
        return "transferred"
    if state.current_intent in _SETTLED_BY_INTENT and not state.deeds.done:
        return _SETTLED_BY_INTENT[state.current_intent]
    if not state.stated():
        return {"caller": "abandoned", "system": "failed_system"}.get(ended_by, "no_input")  # type: ignore[return-value]
    is_owed = state.collected_data.get("right_person") != "no"  # to somebody else nothing was to be said
    has_left = ended_by == "caller" and is_owed and state.current_intent not in _CLOSING_INTENTS
    outcomes = [request.outcome for request in state.requests if request.outcome != "dropped"]
    if has_left and (not state.is_told or "open" in outcomes or not outcomes):
        return "abandoned"
    if ended_by == "system" and "done" not in outcomes:
        return "failed_system"
    if "done" in outcomes:
        is_whole = all(outcome == "done" for outcome in outcomes)
        return "resolved" if is_whole else "partially_resolved"
    if {"failed", "unknown"} & set(outcomes):
        return "failed_system"
    if "refused" in outcomes:
        return "refused"
    return "no_input" if ended_by == "silence" else "no_action"
