"""What a turn gets that was not understood: the whole sentence again, one clarifying question, then a human."""

from __future__ import annotations

from dataclasses import replace

from embedded.dialogue.cues import is_greeting
from embedded.dialogue.reminder import remind
from embedded.dialogue.sentences import TRANSFER, again, call, offer_days, read_back, say, statuses_of, words
from embedded.dialogue.state import Ask, State

_UNCLEAR_BEFORE_HUMAN = 2
_UNCLEAR_READBACKS = 3
_UNCLEAR_BEFORE_TRANSFER = 4


def answer_unclear(state: State, text: str) -> State:
    """Owe the next step after a turn without a meaning."""
    if not state.is_heard and state.said:
        return again(state)
    if is_greeting(text):
        return say(state, words(state).can_do, Ask.WISH) if state.ask is Ask.WISH else again(state)
    state = replace(state, unclear=state.unclear + 1)
    limit = _UNCLEAR_READBACKS if state.ask is Ask.READBACK else _UNCLEAR_BEFORE_HUMAN
    if state.unclear >= _UNCLEAR_BEFORE_TRANSFER and TRANSFER in state.tools:
        return call(state, TRANSFER, reason="not understood")
    if state.unclear >= limit:
        return say(state, words(state).unclear, Ask.HUMAN)
    return clarify(state)


def clarify(state: State) -> State:
    """Owe the open question once more, with what is needed to answer it."""
    phrase = words(state)
    if state.ask is Ask.READBACK and state.readback is not None:
        return read_back(state, state.readback, phrase.yes_or_no if state.unclear > 1 else "")
    if state.ask is Ask.CHOOSE_DAY and state.order is not None:
        return offer_days(state, state.order, phrase.unclear)
    if state.ask is Ask.SUITS:
        return remind(state, phrase.unclear)
    if state.ask is Ask.CHOOSE_ORDER:
        listed = [order for order in state.orders if order.status == "scheduled"]
        return say(state, f"{phrase.unclear} {statuses_of(state, listed)}", Ask.CHOOSE_ORDER)
    fact = f"{phrase.unclear} {phrase.can_do}" if state.ask is Ask.WISH else phrase.unclear
    return say(state, fact, state.ask)
