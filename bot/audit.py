"""Whether what the agent is about to say was done: a sentence is compared with the ledger, never with the model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot import phrases
from bot.state import AgentState
from spoken import Language
from spoken.claims import Claim, Deed, find_claims, names_day
from spoken.dates import DateMention, say_date
from spoken.digits import say_digits

# "You're all set": said to a caller who wants nothing more, of all that was done.
_CLOSING = frozenset({"thanks", "goodbye", "nothing_wanted"})
ONLY_MOVED: dict[Language, str] = {
    "en": "To be clear, this is what was changed: order {order}, new delivery date {day}.",
    "uk": "Уточню, що змінено: замовлення {order}, нова дата доставки: {day}.",
    "ru": "Уточню, что изменено: заказ {order}, новая дата доставки: {day}.",
}


def may_say(text: str, state: AgentState, today: date) -> bool:
    """Whether everything that a text claims is so.

    Args:
        text: Of the model; one sentence or several.
        state: With all results of tools up to now.
        today: The business's day.
    """
    return all(_holds(claim, state) for claim in find_claims(text, today))


def _holds(claim: Claim, state: AgentState) -> bool:
    deeds = state.deeds
    match claim.deed:
        case Deed.MOVED:
            return _was_moved(claim, state)
        case Deed.SCHEDULED:
            current = [deeds.days[number] for number in claim.order_ids or deeds.days if number in deeds.days]
            return _are_among(claim.days, deeds.told()) and any(_is_named(claim.days, day) for day in current)
        case Deed.IS_CANCELLED:
            return bool(deeds.cancelled) and set(claim.order_ids) <= deeds.cancelled
        case Deed.TRANSFERRED:
            return state.is_transferred
        case Deed.SENT:
            return bool(deeds.sent) and (
                set(claim.order_ids) <= deeds.sent if claim.order_ids else Deed.SENT in deeds.fresh
            )
        case Deed.DONE:
            if claim.order_ids or claim.days:
                return _was_moved(claim, state)
            is_over = bool(deeds.done) and state.current_intent in _CLOSING
            return (bool(deeds.fresh) or is_over) and not deeds.is_unsure
        case Deed.CALLBACK | Deed.OTHER:
            return claim.deed in deeds.done
    return False


def _was_moved(claim: Claim, state: AgentState) -> bool:
    deeds = state.deeds
    if not claim.order_ids and not _is_answered(state):
        return False  # "it" is what was asked for last
    if any(number not in deeds.moved for number in claim.order_ids):
        return False
    days = [deeds.moved[number] for number in claim.order_ids or deeds.moved]
    if not days:
        return False
    if not claim.days:
        return True
    return _are_among(claim.days, {*days, *deeds.earlier}) and any(_is_named(claim.days, day) for day in days)


def _is_answered(state: AgentState) -> bool:
    asked = [request for request in state.requests if request.intent == "reschedule_delivery"]
    return bool(asked) and asked[-1].outcome == "done" and not state.deeds.is_unsure


def _is_named(days: Iterable[DateMention], day: date) -> bool:
    return any(names_day([mention], day) for mention in days)


def _are_among(days: Iterable[DateMention], known: Iterable[date]) -> bool:
    known = list(known)
    return all(any(names_day([mention], day) for day in known) for mention in days)


def true_line(state: AgentState, language: Language) -> str:
    """What the product says itself when the model keeps claiming what is not so."""
    deeds = state.deeds
    if deeds.is_unsure:
        return phrases.UNSURE[language]
    if not deeds.moved:
        return phrases.NOTHING_DONE[language]
    order_id, day = list(deeds.moved.items())[-1]
    number = say_digits(order_id, language) if order_id.isascii() and order_id.isdigit() else order_id
    return ONLY_MOVED[language].format(order=number, day=say_date(day, language))


def done_so_far(state: AgentState) -> str:
    """What the ledger holds of this call, for the model."""
    deeds = state.deeds
    moved = [f"order {order_id} was moved to {day.isoformat()}" for order_id, day in deeds.moved.items()]
    sent = [f"a text message about order {order_id} was sent" for order_id in sorted(deeds.sent)]
    callback = ["a callback was arranged"] if Deed.CALLBACK in deeds.done else []
    unsure = ["whether the newest change was saved is not known"] if deeds.is_unsure else []
    return "; ".join([*moved, *sent, *callback, *unsure]) or "nothing"


def facts(state: AgentState) -> str:
    """What the model is told once, in place of what it was about to say."""
    return (
        "Your last answer was not spoken: it said that something was done, or is so, which no tool has done or told. "
        f"Done in this call so far: {done_so_far(state)}. Say only what is so, or call the tool first."
    )
