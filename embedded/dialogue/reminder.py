"""A call that we have placed: who picked up, when the next delivery comes, and whether that day suits."""

from __future__ import annotations

from embedded.dialogue.hearing import Heard
from embedded.dialogue.sentences import END, LOOK_UP, a_day, call, say, words
from embedded.dialogue.state import Ask, State
from spoken.answers import Answer
from spoken.persons import fetches_person, judge_person
from spoken.requests import Request

WAIT = "wait_for_caller"
_UNCLEAR_BEFORE_END = 3
_COURTESIES = frozenset({None, Request.THANKS, Request.GOODBYE, Request.NEVER_MIND})


def answer_person(state: State, heard: Heard) -> State:
    """Owe the lookup once it is offered, for whoever offers it knows that it is the right person; until then ask."""
    if LOOK_UP in state.tools:
        return call(state, LOOK_UP)
    language = state.setting.language
    if judge_person(heard.text, language) is Answer.NO or heard.request is Request.GOODBYE:
        return call(state, END, words(state).wrong_number, reason="nothing_wanted")
    if fetches_person(heard.text, language) and WAIT in state.tools:
        return call(state, WAIT)
    if state.unclear + 1 >= _UNCLEAR_BEFORE_END:
        return call(state, END, words(state).wrong_number, reason="nothing_wanted")
    return say(state, words(state).who_calls, Ask.PERSON, unclear=state.unclear + 1)


def remind(state: State, fact: str = "") -> State:
    """Owe the day of the next delivery, and the question whether it suits."""
    planned = [order for order in state.orders if order.status == "scheduled" and order.day is not None]
    if not planned:
        return call(state, END, words(state).nothing_planned, reason="nothing_wanted")
    order = planned[0]
    told = words(state).planned.format(day=a_day(state, order.day)) if order.day else ""
    return say(state, f"{fact} {told}".strip(), Ask.SUITS, order_id=order.order_id)


def answer_suits(state: State, heard: Heard) -> State | None:
    """Owe the thanks for a yes to the planned day, or the day once more to who asks; None for anything else."""
    order = state.order
    if heard.request is Request.STATUS and not heard.has_slots:
        return remind(state)
    if order is None or heard.request not in _COURTESIES or not set(heard.dates) <= {order.day}:
        return None
    if heard.answer is not Answer.YES:
        return None
    if heard.request is Request.GOODBYE:
        return call(state, END, f"{words(state).agreed} {words(state).farewell}", reason="done")
    return say(state, words(state).agreed, Ask.ELSE, is_served=True, served_ids=state.served_ids | {order.order_id})
