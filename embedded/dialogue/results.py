"""What a tool's answer gives the caller to hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from embedded.dialogue.messages import Result, as_date
from embedded.dialogue.pursuit import pursue
from embedded.dialogue.sentences import (
    END,
    LOOK_UP,
    RESCHEDULE,
    TRANSFER,
    a_day,
    call,
    number,
    offer_days,
    read_back,
    say,
    words,
)
from embedded.dialogue.state import Ask, Order, Proposal, State, Wish
from spoken.mishearing import is_misheard

_MISSES_BEFORE_HUMAN = 3
_STUMBLES_BEFORE_HUMAN = 3
_CANCELS_BEFORE_HUMAN = 3


def take(state: State, result: Result) -> State:
    """The state after a tool's answer, with what is owed because of it."""
    if result.name == LOOK_UP:
        return _take_lookup(state, result)
    if result.name == RESCHEDULE:
        return _take_reschedule(state, result)
    if result.name in (TRANSFER, END):
        return _take_ending(state, result)
    return state


def _take_lookup(state: State, result: Result) -> State:
    body, phrase = result.body, words(state)
    if result.status == "cancelled":
        cancels = state.cancels + 1
        if cancels >= _CANCELS_BEFORE_HUMAN:
            return say(state, phrase.lookup_failed, Ask.HUMAN, cancels=0)
        return replace(pursue(state), cancels=cancels)  # what the caller interrupted with may change it
    if result.status == "refused":
        if body.get("reason") == "not_identified":
            return _unidentified(state, result, _spoken(body) or phrase.unidentified)
        return say(state, _spoken(body) or phrase.unidentified, Ask.IDENTITY)
    if result.status != "done":
        return say(state, _spoken(body) or phrase.lookup_failed, Ask.HUMAN)
    stated = result.arguments.get("order_id")
    # A desk may find the order that was meant behind a number that recognition garbled; the read-back names it.
    orders = tuple(o for o in _orders(body) if stated in (None, "", o.order_id) or is_misheard(str(stated), o.order_id))
    if not orders:
        fact = phrase.unidentified if stated or result.arguments.get("phone") else phrase.no_orders
        return _unidentified(state, result, fact)
    offer = tuple(day for day in map(as_date, _list(body.get("offer"))) if day is not None)
    only = orders[0].order_id if len(orders) == 1 else None
    found = replace(state, orders=orders, offer=offer, is_looked_up=True, misses=0, cancels=0, refused=None)
    return pursue(replace(found, order_id=only or (stated if isinstance(stated, str) else None)))


def _unidentified(state: State, result: Result, fact: str) -> State:
    if state.ask is Ask.PERSON:
        return call(state, END, words(state).nothing_planned, reason="nothing_wanted")
    misses = state.misses + 1
    refused = (result.arguments.get("order_id") or None, result.arguments.get("phone") or None)
    changes: dict[str, Any] = {"misses": misses, "refused": refused, "is_looked_up": False, "readback": None}
    if result.body.get("offer_human") is True:
        return say(state, fact, Ask.HUMAN, **changes)
    if misses >= _MISSES_BEFORE_HUMAN:
        return say(state, words(state).unidentified, Ask.HUMAN, **changes)
    return say(state, fact, Ask.IDENTITY, **changes)


def _take_reschedule(state: State, result: Result) -> State:
    body, phrase = result.body, words(state)
    proposal = _proposal(result, state)
    if result.status == "done" and proposal is not None:
        fact = phrase.done.format(order=number(state, proposal.order_id), day=a_day(state, proposal.day))
        served = state.served_ids | {proposal.order_id}
        return say(_forget(state), fact, Ask.ELSE, must_tell=True, is_served=True, served_ids=served)
    if result.status == "failed":
        return say(_forget(state), _spoken(body) or phrase.move_failed, Ask.HUMAN, must_tell=True)
    if result.status == "refused":
        return _refused(state, result, proposal)
    fact = _spoken(body) or phrase.move_unknown
    return say(_forget(state), fact, Ask.HUMAN, must_tell=True)


def _refused(state: State, result: Result, proposal: Proposal | None) -> State:
    reason, fact = result.body.get("reason"), _spoken(result.body) or words(state).move_refused
    if reason == "not_confirmed" and proposal is not None:
        stumbles = state.stumbles + 1
        if stumbles >= _STUMBLES_BEFORE_HUMAN:
            return say(state, words(state).unclear, Ask.HUMAN, stumbles=0, readback=None)
        # The product reads back itself; our sentence is for the case that it has not when we are asked again.
        return replace(read_back(state, proposal), stumbles=stumbles, is_heard=True)
    if reason == "not_identified":
        return _unidentified(state, result, fact)
    order = state.order
    if str(reason).startswith("date_") and order is not None and order.status == "scheduled":
        offered = replace(state, readback=None, wish=Wish.MOVE)
        return offer_days(offered, order, fact, near=proposal.day if proposal else None)
    if str(reason).startswith("date_"):
        return say(state, fact, Ask.CHOOSE_DAY, readback=None, wish=Wish.MOVE)
    return say(_forget(state), fact, Ask.HUMAN)


def _take_ending(state: State, result: Result) -> State:
    if result.status in ("done", "cancelled"):
        return replace(state, owed=None, is_closed=result.status == "done")
    if result.name == END:
        return say(state, words(state).goodbye)
    return say(state, _spoken(result.body) or words(state).cannot_transfer, Ask.ELSE)


def _forget(state: State) -> State:
    """The state without what belonged to the change just made or failed; the order stays the one spoken of."""
    return replace(
        state,
        wish=None,
        wanted=(),
        orders=(),
        offer=(),
        choices=(),
        is_looked_up=False,
        readback=None,
        stumbles=0,
    )


def _proposal(result: Result, state: State) -> Proposal | None:
    """The order and day that a write was about: from its result, else its arguments, else the last read-back."""
    for source in (result.body, result.arguments):
        order_id, day = source.get("order_id"), as_date(source.get("new_date"))
        if isinstance(order_id, str) and order_id and day is not None:
            return Proposal(order_id, day)
    return state.readback


def _orders(body: Mapping[str, Any]) -> list[Order]:
    rows = [row for row in _list(body.get("orders")) if isinstance(row, dict)]
    return [
        Order(row["order_id"], str(row.get("status")), as_date(row.get("delivery_date")))
        for row in rows
        if isinstance(row.get("order_id"), str)
    ]


def _spoken(body: Mapping[str, Any]) -> str:
    say_aloud = body.get("say")
    return say_aloud.strip() if isinstance(say_aloud, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
