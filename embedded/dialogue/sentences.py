"""Ways to owe the caller a sentence or a tool call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from embedded.dialogue import cues
from embedded.dialogue.phrases import Phrases, phrases
from embedded.dialogue.state import Ask, Move, Order, Proposal, State, ToolCall
from spoken.dates import say_date
from spoken.digits import say_digits

LOOK_UP, RESCHEDULE, TRANSFER, END = "lookup_order", "reschedule_delivery", "transfer_to_human", "end_call"
_OFFERED_DAYS = 3


def words(state: State) -> Phrases:
    """The sentences of the call's language."""
    return phrases(state.setting.language)


def say(state: State, fact: str, closing: Ask | None = None, *, must_tell: bool = False, **changes: Any) -> State:
    """Owe a fact and the question that closes the turn; without one, the question asked before stays open."""
    if closing is Ask.HUMAN and TRANSFER not in state.tools:
        closing = Ask.ELSE
    question = words(state).questions[closing] if closing and not _is_asked(fact, closing) else ""
    move = Move(fact, question, must_tell=must_tell)
    asked: dict[str, Any] = {"ask": closing or state.ask, "said": move.text, "spoken": "", "is_heard": False}
    return replace(state, owed=move, **(asked | changes))


def _is_asked(fact: str, closing: Ask) -> bool:
    """Whether the shop's sentence asks already; a yes must never answer two questions."""
    if closing is Ask.HUMAN:
        return cues.offers_colleague(fact)
    return closing is not Ask.ELSE and cues.asks_itself(fact)


def call(state: State, name: str, fact: str = "", **arguments: str | None) -> State:
    """Owe a tool call, or an honest sentence where that tool is not offered."""
    if name in state.tools:
        given = {key: value for key, value in arguments.items() if value}
        return replace(state, owed=Move(fact, calls=(ToolCall(name, given),)))
    phrase = words(state)
    if name == END:
        return say(state, fact or phrase.goodbye)
    if name == TRANSFER:
        return say(state, phrase.cannot_transfer, Ask.ELSE)
    return say(state, phrase.lookup_failed if name == LOOK_UP else phrase.move_refused, Ask.HUMAN)


def end(state: State, *, is_dropped: bool = False) -> State:
    """Owe the end of the call, with what it came to; `is_dropped` if the caller gave up the wish."""
    had_something = state.is_served or (state.has_wished and not is_dropped)
    # Whoever was called is not thanked for calling.
    fact = words(state).farewell if state.setting.is_reminder else ""
    return call(state, END, fact, reason="done" if had_something else "nothing_wanted")


def again(state: State) -> State:
    """Owe the last utterance once more, in full."""
    return replace(state, owed=Move(state.said), spoken="", is_heard=False)


def read_back(state: State, proposal: Proposal, fact: str = "") -> State:
    """Owe the sentence that says exactly what would be written, and ask for a yes."""
    sentence = words(state).readback.format(order=number(state, proposal.order_id), day=a_day(state, proposal.day))
    fact = f"{fact} {sentence}" if fact else sentence
    return say(state, fact, Ask.READBACK, readback=proposal, order_id=proposal.order_id, wanted=())


def offer_days(
    state: State, order: Order, reason: str = "", near: date | None = None, without: Sequence[date] = ()
) -> State:
    """Owe two or three free days, those next to `near` if a day was wanted, none of `without`."""
    free = sorted(day for day in set(state.offer) if day != order.day)
    phrase = words(state)
    name = number(state, order.order_id)
    if free and not (free := [day for day in free if day not in without]):
        # An offer names but the first days that are free; the shop may take others.
        return say(state, _join(reason, phrase.name_a_day), Ask.CHOOSE_DAY, wanted=())
    if not free:
        return say(state, _join(reason, phrase.no_days.format(order=name)), Ask.HUMAN, wanted=())
    nearest = sorted(free, key=lambda day: abs((day - near).days)) if near else free
    days = tuple(sorted(nearest[:_OFFERED_DAYS]))
    fact = phrase.offer.format(order=name, days=_list_days(state, days))
    closing = None if cues.asks_itself(reason) else Ask.CHOOSE_DAY
    return say(state, _join(reason, fact), closing, ask=Ask.CHOOSE_DAY, choices=days, wanted=())


def status_of(state: State, order: Order) -> str:
    """Where an order is, as the lookup told it."""
    phrase = words(state)
    template = phrase.statuses.get(order.status, phrase.other_status)
    if "{day}" in template and order.day is None:
        template = phrase.other_status
    return template.format(order=number(state, order.order_id), day=a_day(state, order.day) if order.day else "")


def statuses_of(state: State, orders: Iterable[Order]) -> str:
    """Where several orders are."""
    return " ".join(status_of(state, order) for order in orders)


def number(state: State, order_id: str) -> str:
    """An order number digit by digit; one with other characters as it stands."""
    is_number = order_id.isascii() and order_id.isdigit()
    return say_digits(order_id, state.setting.language) if is_number else order_id


def a_day(state: State, day: date) -> str:
    """A day in the form the sentences need after "to" or «на»."""
    return say_date(day, state.setting.language, "accusative")


def _list_days(state: State, days: Sequence[date]) -> str:
    """Days as a list; a month is said once, with the last of its days."""
    phrase = words(state)
    parting = " of " if state.setting.language == "en" else " "
    items = []
    for day, following in zip(days, (*days[1:], None), strict=True):
        said = a_day(state, day)
        if following is not None and following.month == day.month:
            said = said.rpartition(parting)[0]
        items.append(phrase.day_item.format(day=said))
    return phrase.final_or.join(part for part in (phrase.comma.join(items[:-1]), items[-1]) if part)


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
