"""The order desk's policy: a whole conversation in, the next sentence or tool call out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from embedded.dialogue.echoes import heed
from embedded.dialogue.hearing import hear_text
from embedded.dialogue.messages import BotSaid, Called, Event, Result, Turn, read_events, read_setting
from embedded.dialogue.results import take
from embedded.dialogue.sentences import RESCHEDULE, say, words
from embedded.dialogue.state import Ask, Move, State, ToolCall
from embedded.dialogue.turns import hear
from embedded.dialogue.unclear import clarify

_WAITS_BEFORE_LOST = 3


@dataclass(frozen=True)
class Reply:
    """What the desk says and which tools it calls; both may be empty once the call is over."""

    text: str | None
    tool_calls: list[ToolCall]


def reply(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> Reply:
    """Answer a conversation as a chat model would.

    Args:
        messages: The conversation in OpenAI's chat format.
        tools: The offered tools in OpenAI's format; no other tool is ever called.

    Returns:
        A sentence, tool calls, or both. The same conversation always gets the same reply.
    """
    setting = read_setting(messages)
    state = State(setting, _names(tools), ask=Ask.PERSON if setting.is_reminder else Ask.WISH)
    for event in read_events(messages):
        state = _advance(state, event)
    move = _owed(state)
    return Reply(move.text or None, list(move.calls))


def _names(tools: list[dict[str, Any]]) -> frozenset[str]:
    functions = (tool.get("function", tool) for tool in tools if isinstance(tool, dict))
    names = (function.get("name") for function in functions if isinstance(function, dict))
    return frozenset(name for name in names if isinstance(name, str))


def _advance(state: State, event: Event) -> State:
    if isinstance(event, Turn):
        return hear(_give_up(state), hear_text(event.text, state.setting.language, state.setting.today))
    if isinstance(event, BotSaid):
        return heed(state, event.text)
    if isinstance(event, Called):
        order_id = event.arguments.get("order_id")
        return replace(
            state,
            owed=None,
            pending={**state.pending, event.call_id: event.name},
            waits=0,
            order_id=order_id if isinstance(order_id, str) and order_id else state.order_id,
            has_wished=True,
        )
    if isinstance(event, Result):
        return _settle(state, event)
    return state


def _give_up(state: State) -> State:
    """Stop waiting for a tool that has not answered for several turns; a write among them may have been done."""
    if state.waits < _WAITS_BEFORE_LOST:
        return state
    lost = replace(state, pending={}, waits=0, owed=None)
    return take(lost, Result("", RESCHEDULE, {}, "unknown")) if RESCHEDULE in state.pending.values() else lost


def _settle(state: State, result: Result) -> State:
    """The state after a tool's answer and after the turn that was kept for it."""
    pending = {call_id: name for call_id, name in state.pending.items() if call_id != result.call_id}
    after = take(replace(state, pending=pending, deferred=None), result)
    if state.deferred is None or pending:
        return replace(after, deferred=state.deferred)
    return hear(after, state.deferred)


def _owed(state: State) -> Move:
    """What to reply with; the caller gets something to hear unless the call is over."""
    if state.owed is not None:
        return state.owed
    if state.is_closed:
        return Move()
    phrase = words(state)
    if state.pending:
        return Move(phrase.one_moment)
    if not state.has_begun:
        return Move(f"{phrase.greeting} {phrase.can_do}", phrase.questions[Ask.WISH])
    return clarify_again(state).owed or Move(phrase.questions[state.ask])


def clarify_again(state: State) -> State:
    """Owe the open question to a caller who has not answered it."""
    if state.ask in (Ask.READBACK, Ask.CHOOSE_DAY, Ask.CHOOSE_ORDER, Ask.SUITS):
        return clarify(state)
    return say(state, "", state.ask)
