"""What the caller's words change, and what they are answered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from embedded.dialogue import cues
from embedded.dialogue.confirmation import answer_readback
from embedded.dialogue.dictation import place_numbers
from embedded.dialogue.hearing import Heard
from embedded.dialogue.pursuit import pursue
from embedded.dialogue.reminder import answer_person, answer_suits
from embedded.dialogue.sentences import (
    END,
    TRANSFER,
    again,
    call,
    end,
    offer_days,
    say,
    status_of,
    words,
)
from embedded.dialogue.state import Ask, Move, Order, State, Wish
from embedded.dialogue.unclear import answer_unclear
from spoken.requests import Request

_AFTER_NUMBERS = (Ask.CHOOSE_ORDER, Ask.CHOOSE_DAY, Ask.READBACK)
_WISHES = {Request.MOVE: Wish.MOVE, Request.STATUS: Wish.STATUS}


def hear(state: State, heard: Heard) -> State:
    """The state after a turn of the caller, with what is owed because of it."""
    untold = state.owed
    fresh = replace(state, owed=None, has_begun=True)
    after = _leave(fresh, heard)
    if after is None and state.pending:
        return _wait(fresh, heard)
    is_bare = heard.request is None and not heard.has_slots
    if untold is not None and untold.text and is_bare and not state.is_heard:
        return replace(state, has_begun=True)  # no answer to a question that nobody has heard
    after = after or _answer(fresh, heard)
    if after is None:
        return replace(state, has_begun=True) if untold is not None else answer_unclear(fresh, heard.text)
    if 0 < after.unclear <= state.unclear:
        after = replace(after, unclear=0)
    if untold is not None and untold.must_tell and after.owed is not None:
        fact = f"{untold.fact} {after.owed.fact}".strip()
        return replace(after, owed=replace(after.owed, fact=fact), said=f"{untold.fact} {after.said}")
    return after


def _wait(state: State, heard: Heard) -> State:
    """Keep the turn for when the running tool has answered, and say that it runs."""
    deferred = heard if heard.request in _WISHES or heard.has_slots else state.deferred
    move = Move(words(state).one_moment)
    return replace(state, owed=move, waits=state.waits + 1, deferred=deferred)


def _leave(state: State, heard: Heard) -> State | None:
    """What ends the conversation at any point, also while a tool runs."""
    request = heard.request
    if request is Request.HUMAN:
        return call(state, TRANSFER, reason="asked")
    if request is Request.VOICEMAIL:
        return call(state, END, reason="voicemail")
    if request is Request.WRONG_NUMBER and not heard.has_slots and state.ask not in _AFTER_NUMBERS:
        return call(state, END, words(state).wrong_number, reason="wrong_number")
    return None


def _answer(state: State, heard: Heard) -> State | None:
    """What the turn gets as its answer; None if it was not understood."""
    request = heard.request
    if request is Request.REPEAT and not heard.has_slots and state.said:
        return again(state)
    if state.ask is Ask.PERSON:
        return answer_person(state, heard)
    if state.ask is Ask.SUITS and (agreed := answer_suits(state, heard)) is not None:
        return agreed
    if state.ask is Ask.READBACK and state.readback is not None:
        return answer_readback(state, state.readback, heard)
    if request is Request.NEVER_MIND and not heard.has_slots:
        return end(state, is_dropped=state.ask not in (Ask.HUMAN, Ask.ELSE))
    if request is Request.CANCEL_ORDER:
        return say(state, words(state).unsupported, Ask.HUMAN, has_wished=True)
    if request is Request.WRONG_NUMBER and not heard.has_slots:  # the order number just named
        return say(state, "", Ask.ORDER_NUMBER, order_id=None)
    placed = _choose_order(place_numbers(state, heard), heard)
    wish = _WISHES.get(request) if request else None
    if wish is None and heard.is_about_other:
        wish = state.wish or state.last_wish
    if state.ask is Ask.CHOOSE_DAY and placed.order_id == state.order_id:
        return _choose_day(placed, heard, wish)
    if _is_choice_by_day(state, placed, heard):
        return pursue(placed)
    if wish is not None or (heard.dates and not _is_small_talk(state, placed)):
        return _begin(placed, wish or Wish.MOVE, heard, is_new=placed.order_id != state.order_id)
    if placed is not state:
        return pursue(replace(placed, has_wished=True))
    return _ANSWERS.get(state.ask, _answer_missing)(state, heard)


def _begin(state: State, wish: Wish, heard: Heard, *, is_new: bool) -> State:
    """Take up a wish; it is about the order spoken of before unless the caller says otherwise."""
    if heard.is_about_other and not is_new:
        state = replace(state, order_id=None, phone=None if state.setting.is_known else state.phone)
    wanted = heard.wished if wish is Wish.MOVE and heard.wished else state.wanted
    return pursue(replace(state, wish=wish, last_wish=wish, wanted=wanted, has_wished=True))


def _choose_order(state: State, heard: Heard) -> State:
    """The state with the order that was pointed at by its day or its place in the list."""
    if state.ask is not Ask.CHOOSE_ORDER or state.order is not None:
        return state
    by_day = [order for order in state.orders if order.day in heard.dates]
    if len(by_day) == 1:
        return replace(state, order_id=by_day[0].order_id)
    listed = [order for order in state.orders if order.status == "scheduled"]
    place = cues.pick(heard.text, len(listed)) if not heard.dates else None
    return replace(state, order_id=listed[place].order_id) if place is not None else state


def _is_small_talk(before: State, after: State) -> bool:
    """Whether a day was named although nothing has been asked or told that it could belong to."""
    return before.ask is Ask.WISH and not before.is_served and before is after


def _is_choice_by_day(before: State, after: State, heard: Heard) -> bool:
    """Whether the day named was that of an order to choose, not one to move it to."""
    is_chosen = before.ask is Ask.CHOOSE_ORDER and before.order_id != after.order_id
    return is_chosen and len([order for order in before.orders if order.day in heard.dates]) == 1


def _choose_day(state: State, heard: Heard, wish: Wish | None) -> State | None:
    """Answers to "which day": a day, its place among those named, its number, or none of them."""
    if wish is Wish.STATUS and state.order is not None:
        return say(state, status_of(state, state.order), Ask.CHOOSE_DAY)
    days = _days_meant(state, heard)
    if days:
        return pursue(replace(state, wish=Wish.MOVE, wanted=days))
    if wish is Wish.MOVE:
        return pursue(replace(state, wish=Wish.MOVE))
    if heard.request is Request.GOODBYE:
        return end(state, is_dropped=True)
    return _offer_others(state, state.order, heard) if state.order is not None else None


def _offer_others(state: State, order: Order, heard: Heard) -> State | None:
    """Offer days not named yet to a caller who asks for them or wants none of those named."""
    if (way := cues.direction(heard.text)) and state.choices:
        bound = state.choices[-1] if way > 0 else state.choices[0]
        others = [day for day in state.offer if (day > bound if way > 0 else day < bound)]
        return offer_days(state, order, near=bound, without=[day for day in state.offer if day not in others])
    if cues.asks_for_days(heard.text):
        return offer_days(state, order, near=state.choices[-1] if state.choices else None, without=state.choices)
    if not heard.is_no:
        return None
    if state.unclear:
        return say(state, words(state).all_right, Ask.HUMAN, unclear=state.unclear + 1)
    near = state.choices[-1] if state.choices else None
    return replace(offer_days(state, order, near=near, without=state.choices), unclear=state.unclear + 1)


def _days_meant(state: State, heard: Heard) -> tuple[date, ...]:
    if heard.wished:
        return tuple(_offered_weekday(state, heard, day) for day in heard.wished)
    month_days = [int(n) for n in heard.numbers if len(n) <= 2]
    by_number = [day for day in state.offer if day.day in month_days]
    if len(by_number) == 1:
        return tuple(by_number)
    if heard.is_yes and len(state.choices) == 1:
        return state.choices
    place = cues.pick(heard.text, len(state.choices)) if not heard.is_no else None
    return (state.choices[place],) if place is not None else ()


def _offered_weekday(state: State, heard: Heard, day: date) -> date:
    """The day just named with this weekday, if the caller said nothing but the weekday."""
    named = [choice for choice in state.choices if choice.weekday() == day.weekday()]
    return named[0] if day in heard.bare_weekdays and len(named) == 1 else day


def _answer_what(state: State, heard: Heard) -> State | None:
    is_refused = heard.is_refusal and heard.is_bare
    if is_refused or heard.request is Request.GOODBYE or (state.is_served and _is_goodbye(heard)):
        return end(state)
    return None


def _answer_anything_else(state: State, heard: Heard) -> State | None:
    if _is_goodbye(heard) or cues.is_all(heard.text) or heard.is_refusal:
        return end(state)
    return say(state, "", Ask.WISH) if heard.is_yes else None


def _answer_human_offer(state: State, heard: Heard) -> State | None:
    if heard.is_yes:
        return call(state, TRANSFER, reason="accepted")
    return end(state) if heard.is_refusal or _is_goodbye(heard) else None


def _answer_missing(state: State, heard: Heard) -> State | None:
    """Answers to the questions for numbers and orders that named none."""
    if heard.request is Request.GOODBYE:
        return end(state)
    if heard.is_no or cues.lacks(heard.text):
        return say(state, words(state).needs_number, Ask.HUMAN)
    return None


def _answer_planned_day(state: State, heard: Heard) -> State | None:
    """Another day is wanted by whoever the planned one does not suit."""
    return pursue(replace(state, wish=Wish.MOVE, has_wished=True)) if heard.is_no else None


def _is_goodbye(heard: Heard) -> bool:
    return heard.request in (Request.GOODBYE, Request.THANKS)


_ANSWERS: dict[Ask, Callable[[State, Heard], State | None]] = {
    Ask.WISH: _answer_what,
    Ask.ELSE: _answer_anything_else,
    Ask.HUMAN: _answer_human_offer,
    Ask.SUITS: _answer_planned_day,
}
