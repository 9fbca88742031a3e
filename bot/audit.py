"""Whether what the agent is about to say was done: a sentence is compared with the ledger, never with the model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot import phrases
from bot.deeds import Write
from bot.state import AgentState
from spoken import Language
from spoken.claims import Claim, Deed, find_claims, names_day
from spoken.dates import DateMention, say_date
from spoken.digits import say_digits

_NOT_DIGIT = re.compile(r"\D")
# "You're all set": said to a caller who wants nothing more, of all that was done.
_CLOSING = frozenset({"thanks", "goodbye", "nothing_wanted"})
ONLY_MOVED: dict[Language, str] = {
    "en": "To be clear, this is what was changed: order {order}, new delivery date {day}.",
    "uk": "Уточню, що змінено: замовлення {order}, нова дата доставки: {day}.",
    "ru": "Уточню, что изменено: заказ {order}, новая дата доставки: {day}.",
}


OTHER_UNSURE: dict[Language, str] = {
    "en": "I can't tell right now whether the other change was saved.",
    "uk": "Чи збереглася інша зміна, я зараз не можу сказати.",
    "ru": "Сохранилось ли другое изменение, я сейчас не могу сказать.",
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
        case Deed.SCHEDULED:
            known = deeds.known_days()
            current = [known[number] for number in claim.order_ids or known if number in known]
            days = [*current, *deeds.elsewhere]
            return _are_among(claim.days, deeds.told()) and any(_is_named(claim.days, day) for day in days)
        case Deed.TRANSFERRED:
            return state.is_transferred
        case Deed.DONE if not claim.order_ids and not claim.days:
            is_over = bool(deeds.done) and state.current_intent in _CLOSING and not deeds.is_unsure
            return (bool(deeds.fresh) and not deeds.is_newest_unsure) or is_over
        case Deed.MOVED | Deed.DONE:
            is_so = _was_moved(claim, state)
        case Deed.IS_CANCELLED:
            is_so = bool(deeds.cancelled) and set(claim.order_ids) <= deeds.cancelled
        case Deed.SENT:
            is_so = bool(deeds.sent) and (
                set(claim.order_ids) <= deeds.sent if claim.order_ids else Deed.SENT in deeds.fresh
            )
        case Deed.CALLBACK | Deed.OTHER:
            is_so = claim.deed in deeds.done
        case _:
            is_so = False
    return is_so or any(_was_done_by(write, claim, state) for write in deeds.others)


def _was_done_by(write: Write, claim: Claim, state: AgentState) -> bool:
    """Whether a change by a tool that is none of the order desk's is what a sentence claims."""
    deed = Deed.CANCELLED if claim.deed is Deed.IS_CANCELLED else claim.deed
    is_own_kind = write.deed is deed or deed is Deed.DONE
    if not is_own_kind and (write.deed is not Deed.OTHER or write.does):
        return False
    numbers = {_NOT_DIGIT.sub("", number) for number in write.numbers}
    if not set(claim.order_ids) <= numbers or not _are_among(claim.days, state.deeds.told()):
        return False
    if claim.days and write.days and not any(_is_named(claim.days, day) for day in write.days):
        return False
    if claim.order_ids or claim.days:
        return True
    if deed is Deed.MOVED and is_own_kind:
        return _is_answered(state)
    # A tool whose name does not tell what it does has done what the caller was just told of, and nothing before.
    return is_own_kind or write.deed in state.deeds.fresh


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
    return bool(asked) and asked[-1].outcome == "done"


def _is_named(days: Iterable[DateMention], day: date) -> bool:
    return any(names_day([mention], day) for mention in days)


def _are_among(days: Iterable[DateMention], known: Iterable[date]) -> bool:
    known = list(known)
    return all(any(names_day([mention], day) for day in known) for mention in days)


def true_line(state: AgentState, language: Language) -> str:
    """What the product says itself when the model keeps claiming what is not so."""
    deeds = state.deeds
    if not deeds.moved:
        if deeds.is_unsure:
            return phrases.UNSURE[language]
        return (phrases.UNCONFIRMED if deeds.done else phrases.NOTHING_DONE)[language]
    order_id, day = list(deeds.moved.items())[-1]
    number = say_digits(order_id, language) if order_id.isascii() and order_id.isdigit() else order_id
    moved = ONLY_MOVED[language].format(order=number, day=say_date(day, language))
    return f"{moved} {OTHER_UNSURE[language]}" if deeds.is_unsure else moved


def done_so_far(state: AgentState) -> str:
    """What the ledger holds of this call, for the model."""
    deeds = state.deeds
    moved = [f"order {order_id} was moved to {day.isoformat()}" for order_id, day in deeds.moved.items()]
    sent = [f"a text message about order {order_id} was sent" for order_id in sorted(deeds.sent - {""})]
    callback = ["a callback was arranged"] if Deed.CALLBACK in deeds.done else []
    others = [f"{write} was done" for write in deeds.others]
    unsure = [f"whether {write} was saved is not known" for write in deeds.unsure]
    return "; ".join([*moved, *sent, *callback, *others, *unsure]) or "nothing"


def facts(state: AgentState) -> str:
    """What the model is told once, in place of what it was about to say."""
    return (
        "Your last answer was not spoken: it said that something was done, or is so, which no tool has done or told. "
        f"Done in this call so far: {done_so_far(state)}. Say only what is so, or call the tool first."
    )
