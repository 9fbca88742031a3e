"""What follows from the caller's words, judged by code and never by a model: events for the journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from bot.deeds import MOVE
from bot.flows import FlowEvent
from bot.state import AgentState, ReadBack
from spoken import LANGUAGES, Language
from spoken.answers import Answer, judge
from spoken.claims import names_day
from spoken.dates import DateMention, read_dates
from spoken.digits import read_digits
from spoken.persons import asks_for_person, judge_person
from spoken.readback import read_readback
from spoken.requests import Request, read_request
from spoken.second_thoughts import has_second_thoughts
from spoken.suits import asks_if_it_suits
from storage.tables import EventKind

_WORD = re.compile(r"\w+")
INTENTS = {
    Request.MOVE: MOVE,
    Request.STATUS: "order_status",
    Request.HUMAN: "human",
    Request.CANCEL_ORDER: "cancel_order",
    Request.WRONG_NUMBER: "wrong_number",
    Request.VOICEMAIL: "voicemail",
    Request.NEVER_MIND: "nothing_wanted",
    Request.OPT_OUT: "do_not_call",
    Request.GOODBYE: "goodbye",
    Request.THANKS: "thanks",
}
_YES: Mapping[Language, str] = {"uk": "так", "ru": "да", "en": "yes"}
_COURTESIES = frozenset({None, Request.THANKS, Request.GOODBYE, Request.NEVER_MIND})


def judge_answer(state: AgentState, text: str, today: date) -> Iterator[tuple[EventKind, Mapping[str, Any]]]:
    """The answer to an open read-back: an explicit yes makes a confirmation, a no or another value voids it.

    A no, hesitation, and whatever is told of the day beyond its name ("it's a holiday on Tuesday") also void a yes
    that nothing has come of yet. An answer that is neither is counted.
    """
    agreed = _agreed(state)
    asked = state.readback or agreed
    if asked is None:
        return
    language: Language = state.language
    number, day, moment = _repeatable(asked.values)
    if agreed and (has_second_thoughts(text) or (day is not None and _denies(text, day, today))):
        yield "confirmed", {"confirmation_id": None, "answer": "doubt"}
    answer = judge(text, language, expected_digits=number, expected_date=day, expected_time=moment, today=today)
    if state.readback is None:
        if answer in {Answer.NO, Answer.CORRECTION}:
            yield "confirmed", {"confirmation_id": None, "answer": answer.value}
        elif day is not None and _tells_of(text, day, language, today):
            yield "confirmed", {"confirmation_id": None, "answer": "doubt"}
    elif answer is Answer.YES:
        yield "confirmed", {"confirmation_id": uuid4().hex, **asked.body}
    elif answer is not Answer.UNCLEAR or read_request(text, language) is None:
        yield "confirmed", {"confirmation_id": None, "answer": answer.value}


def _denies(text: str, day: date, today: date) -> bool:
    """Whether somebody says that this day does not suit."""
    return any(mention.is_negated and names_day([mention], day) for mention in _mentions(text, today))


def _tells_of(text: str, day: date, language: Language, today: date) -> bool:
    """Whether somebody tells something of this day that would not be part of a yes; a question tells nothing."""
    if text.rstrip().endswith("?") or not any(names_day([mention], day) for mention in _mentions(text, today)):
        return False
    return judge(f"{_YES[language]}, {text}", language, expected_date=day, today=today) is not Answer.YES


def _mentions(text: str, today: date) -> Iterator[DateMention]:
    return (mention for language in LANGUAGES for mention in read_dates(text, language, today))


def _agreed(state: AgentState) -> ReadBack | None:
    """What the caller has said yes to and what has not been done."""
    given = state.confirmation
    return None if given is None or given.is_done else given.asked


def _repeatable(values: Mapping[str, Any]) -> tuple[str | None, date | None, time | None]:
    """The one number, day and time that a caller may repeat in their yes; None where there is none, or several."""
    days: list[date] = []
    times: list[time] = []
    numbers = []
    for value in values.values():
        with suppress(ValueError, TypeError):
            days.append(date.fromisoformat(value))
            continue
        with suppress(ValueError, TypeError):
            moment = datetime.fromisoformat(value)
            days.append(moment.date())
            times.append(moment.time())
            continue
        if value is not None:
            numbers.append(value)
    number = numbers[0].lstrip("+") if len(numbers) == 1 and isinstance(numbers[0], str) else None
    return number, days[0] if len(days) == 1 else None, times[0] if len(times) == 1 else None


def read_question(text: str, language: Language, today: date) -> ReadBack | None:
    """What a sentence of the model's own asks a yes for; it can ask so for moving a delivery only."""
    found = read_readback(text, language, today)
    return ReadBack(MOVE, {"order_id": found.order_id, "new_date": found.date.isoformat()}) if found else None


def flow_events(state: AgentState, text: str, today: date) -> Iterator[tuple[FlowEvent, Mapping[str, str]]]:
    """Where the caller's turn may lead a flow, and what it collects if it does.

    Args:
        state: After the turn.
        text: Of the turn.
        today: The business's day.
    """
    language: Language = state.language
    asked = _said_before(state)
    was_asked = any(asks_for_person(asked, each) for each in LANGUAGES)
    match judge_person(text, language, was_asked=was_asked):
        case Answer.YES:
            yield "right_person", {"right_person": "yes"}
        case Answer.NO:
            yield "not_the_person", {"right_person": "no"}
    planned = _planned_day_asked(state, asked, today)
    if planned is None or judge(text, language, expected_date=planned, today=today) is not Answer.YES:
        return
    if read_request(text, language) in _COURTESIES:
        orders = [order_id for order_id, day in state.deeds.days.items() if day == planned]
        yield "day_agreed", {"delivery_confirmed": "yes"} | ({"order_id": orders[0]} if len(orders) == 1 else {})


def _said_before(state: AgentState) -> str:
    """What the caller heard between their last two turns."""
    said: list[str] = []
    for utterance in reversed(state.history[:-1]):
        if utterance.who == "caller":
            break
        said.insert(0, utterance.text)
    return " ".join(said)


def _planned_day_asked(state: AgentState, asked: str, today: date) -> date | None:
    """The day, told by a tool, of which the caller was asked if it suits; None if they were asked anything else."""
    for language in LANGUAGES:
        if asks_if_it_suits(asked, language):
            days = {mention.date for mention in read_dates(asked, language, today)}
            return (
                days.pop() if len(days) == 1 and days <= set(state.deeds.days.values()) and min(days) >= today else None
            )
    return None


def is_planned(state: AgentState, asked: ReadBack) -> bool:
    """Whether a read-back names the day that its order has already: it tells a delivery, and proposes nothing."""
    day = state.deeds.days.get(str(asked.values.get("order_id")))
    return asked.tool == MOVE and day is not None and day.isoformat() == asked.values.get("new_date")


def words_of(text: str) -> list[str]:
    """The words of a sentence, whatever a voice or a tape did to its marks and spaces."""
    return _WORD.findall(text.casefold())


def note_request(
    state: AgentState, text: str, today: date, check_date: Callable[[date], str | None]
) -> Iterator[tuple[EventKind, Mapping[str, Any]]]:
    """What the caller asks for, and the day they name for a delivery with the policy's objection to it."""
    language: Language = state.language
    request = read_request(text, language)
    if request is Request.WRONG_NUMBER and read_digits(text, language):
        request = None  # it is an order's number that was wrong
    intent = INTENTS.get(request) if request else None
    if intent:
        yield "intent_set", {"intent": intent}
    if (intent or state.current_intent) != MOVE:
        return
    wanted = {mention.date for mention in read_dates(text, language, today) if not mention.is_negated}
    if len(wanted) != 1:
        return
    day = wanted.pop()
    body: dict[str, Any] = {"name": "requested_date", "value": day.isoformat()}
    if problem := check_date(day):
        body["problem"] = problem
    yield "slot_set", body
