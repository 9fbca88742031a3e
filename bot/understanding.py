"""What follows from the caller's words, judged by code and never by a model: events for the journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import uuid4

from bot.state import MOVE, AgentState, ReadBack
from spoken import Language
from spoken.answers import Answer, judge
from spoken.dates import read_dates
from spoken.readback import read_readback
from spoken.requests import Request, read_request
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


def judge_answer(state: AgentState, text: str, today: date) -> Iterator[tuple[EventKind, Mapping[str, Any]]]:
    """The answer to an open read-back: an explicit yes makes a confirmation, a no or another value voids it.

    A no also voids a yes that nothing has come of yet. An answer that is neither is counted.
    """
    asked = state.readback or _agreed(state)
    if asked is None:
        return
    language: Language = state.language  # type: ignore[assignment]
    numbers, days = _repeatable(asked.values)
    answer = judge(text, language, expected_digits=numbers, expected_date=days, today=today)
    if state.readback is None:
        if answer in {Answer.NO, Answer.CORRECTION}:
            yield "confirmed", {"confirmation_id": None, "answer": answer.value}
    elif answer is Answer.YES:
        yield "confirmed", {"confirmation_id": uuid4().hex, **asked.body}
    elif answer is not Answer.UNCLEAR or read_request(text, language) is None:
        yield "confirmed", {"confirmation_id": None, "answer": answer.value}


def _agreed(state: AgentState) -> ReadBack | None:
    """What the caller has said yes to and what has not been done."""
    given = state.confirmation
    return None if given is None or given.asked == state.written else given.asked


def _repeatable(values: Mapping[str, Any]) -> tuple[str | None, date | None]:
    """The one number and the one day that a caller may repeat in their yes; None where there is none, or several."""
    days, numbers = [], []
    for value in values.values():
        with suppress(ValueError, TypeError):
            days.append(date.fromisoformat(value))
            continue
        numbers.append(value)
    number = numbers[0] if len(numbers) == 1 and isinstance(numbers[0], str) else None
    return number, days[0] if len(days) == 1 else None


def read_question(text: str, language: Language, today: date) -> ReadBack | None:
    """What a sentence of the model's own asks a yes for; it can ask so for moving a delivery only."""
    found = read_readback(text, language, today)
    return ReadBack(MOVE, {"order_id": found.order_id, "new_date": found.date.isoformat()}) if found else None


def words_of(text: str) -> list[str]:
    """The words of a sentence, whatever a voice or a tape did to its marks and spaces."""
    return _WORD.findall(text.casefold())


def note_request(
    state: AgentState, text: str, today: date, check_date: Callable[[date], str | None]
) -> Iterator[tuple[EventKind, Mapping[str, Any]]]:
    """What the caller asks for, and the day they name for a delivery with the policy's objection to it."""
    language: Language = state.language  # type: ignore[assignment]
    request = read_request(text, language)
    intent = INTENTS.get(request) if request else None
    if intent:
        yield "intent_set", {"intent": intent}
    if (intent or state.current_intent) != MOVE:
        return
    wanted = {mention.date for mention in read_dates(text, language, today)}
    if len(wanted) != 1:
        return
    day = wanted.pop()
    body: dict[str, Any] = {"name": "requested_date", "value": day.isoformat()}
    if problem := check_date(day):
        body["problem"] = problem
    yield "slot_set", body
