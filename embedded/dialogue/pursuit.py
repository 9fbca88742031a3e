"""The next step towards what the caller wants: identify, look up, choose an order, choose a day, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from embedded.dialogue.reminder import remind
from embedded.dialogue.sentences import (
    LOOK_UP,
    a_day,
    call,
    number,
    offer_days,
    read_back,
    say,
    status_of,
    statuses_of,
    words,
)
from embedded.dialogue.state import Ask, Order, Proposal, State, Wish

_FARTHEST_DAYS = 14  # an offer may be shorter than what the shop accepts; within this the shop decides
_LISTED_ORDERS = 4
_SUNDAY = 6


def pursue(state: State) -> State:
    """Owe the next step towards the caller's wish, or what we have called for."""
    if state.ask is Ask.PERSON and state.is_looked_up and state.wish is None:
        return remind(state)
    if (order := state.order) is not None:
        return _discuss(state, order)
    if state.is_looked_up and state.order_id is None and state.orders:
        return _choose_among(state, state.orders)
    return look_up(state)


def look_up(state: State) -> State:
    """Owe a lookup by what was stated, or the question for what is missing."""
    missing = _missing(state)
    if state.partial_order or state.partial_phone:
        return say(state, words(state).go_on, ask=missing)
    if missing is not None:
        return say(state, "", missing)
    return call(state, LOOK_UP, order_id=state.order_id, phone=state.phone)


def _missing(state: State) -> Ask | None:
    """What has to be asked before a lookup makes sense."""
    order_id, phone, is_known = state.order_id, state.phone, state.setting.is_known
    if state.partial_order:
        return Ask.ORDER_NUMBER
    if state.partial_phone:
        return Ask.PHONE
    if (order_id, phone) == state.refused:
        return Ask.IDENTITY if bool(order_id) == bool(phone) else Ask.PHONE if order_id else Ask.ORDER_NUMBER
    if is_known:
        return None
    if not order_id and not phone:
        return Ask.IDENTITY
    if not order_id:
        return Ask.ORDER_NUMBER
    return None if phone else Ask.PHONE


def _choose_among(state: State, orders: Sequence[Order]) -> State:
    if state.wish is not Wish.MOVE:
        listed = statuses_of(state, orders[:_LISTED_ORDERS])
        served = state.served_ids | {order.order_id for order in orders}
        return say(state, listed, Ask.ELSE, wish=None, wanted=(), is_served=True, served_ids=served)
    movable = [order for order in orders if order.status == "scheduled"]
    if not movable:
        fact = f"{statuses_of(state, orders[:_LISTED_ORDERS])} {words(state).none_movable}"
        return say(state, fact, Ask.HUMAN, wish=None, wanted=())
    fresh = [order for order in movable if order.order_id not in state.served_ids]
    for few in (movable, fresh):
        if len(few) == 1:
            return _discuss(replace(state, order_id=few[0].order_id), few[0])
    return say(state, statuses_of(state, movable[:_LISTED_ORDERS]), Ask.CHOOSE_ORDER)


def _discuss(state: State, order: Order) -> State:
    if state.wish is not Wish.MOVE:
        served = state.served_ids | {order.order_id}
        fact = status_of(state, order)
        return say(state, fact, Ask.ELSE, wish=None, wanted=(), is_served=True, served_ids=served)
    if order.status != "scheduled":
        fact = f"{status_of(state, order)} {words(state).not_movable}"
        return say(state, fact, Ask.HUMAN, wish=None, wanted=())
    if len(state.orders) > 1:
        # The offer of a lookup that told several orders is nobody's in particular.
        return call(state, LOOK_UP, order_id=order.order_id, phone=state.phone)
    if state.wanted:
        return _consider(state, order)
    return offer_days(state, order)


def _consider(state: State, order: Order) -> State:
    """Read back the wanted day, or say why not and offer others."""
    days = [day for day in state.wanted if day != order.day] or list(state.wanted)
    day = days[-1]
    reason = _objection(state, order, day)
    if reason is None:
        return read_back(state, Proposal(order.order_id, day))
    return offer_days(state, order, reason, near=day)


def _objection(state: State, order: Order, day: date) -> str | None:
    """Why the day cannot be had, as far as the offer tells; None if the shop would have to say."""
    phrase, today = words(state), state.setting.today
    if day in state.offer and day != order.day:
        return None
    if today is not None and day < today:
        return phrase.past.format(day=a_day(state, day))
    if day == today:
        return phrase.today
    if day == order.day:
        return phrase.unchanged.format(order=number(state, order.order_id), day=a_day(state, day))
    if day.weekday() == _SUNDAY and not any(free.weekday() == _SUNDAY for free in state.offer):
        return phrase.sunday
    if not state.offer or day < max(state.offer):
        return phrase.not_offered.format(day=a_day(state, day))
    if today is not None and (day - today).days > _FARTHEST_DAYS:
        return phrase.too_far
    return None
