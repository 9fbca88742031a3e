"""What follows from the caller's words, judged by code and never by a model: events for the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from bot.state import AgentState, ReadBack
from spoken import Language
from spoken.answers import Answer, judge
from spoken.dates import read_dates
from spoken.requests import Request, read_request
from storage.tables import EventKind

INTENTS = {
    Request.MOVE: "reschedule_delivery",
    Request.STATUS: "order_status",
    Request.HUMAN: "human",
    Request.CANCEL_ORDER: "cancel_order",
    Request.WRONG_NUMBER: "wrong_number",
    Request.VOICEMAIL: "voicemail",
    Request.NEVER_MIND: "nothing_wanted",
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
    answer = judge(text, language, expected_digits=asked.order_id, expected_date=asked.new_date, today=today)
    if state.readback is None:
        if answer in {Answer.NO, Answer.CORRECTION}:
            yield "confirmed", {"confirmation_id": None, "answer": answer.value}
    elif answer is Answer.YES:
        values = {"order_id": asked.order_id, "new_date": asked.new_date.isoformat()}
        yield "confirmed", {"confirmation_id": uuid4().hex, **values}
    elif answer is not Answer.UNCLEAR or read_request(text, language) is None:
        yield "confirmed", {"confirmation_id": None, "answer": answer.value}


def _agreed(state: AgentState) -> ReadBack | None:
    """What the caller has said yes to and what has not been done."""
    given = state.confirmation
    values = ReadBack(given.order_id, given.new_date) if given else None
    return None if values == state.written else values


def note_request(
    state: AgentState, text: str, today: date, check_date: Callable[[date], str | None]
) -> Iterator[tuple[EventKind, Mapping[str, Any]]]:
    """What the caller asks for, and the day they name for a delivery with the policy's objection to it."""
    language: Language = state.language  # type: ignore[assignment]
    request = read_request(text, language)
    intent = INTENTS.get(request) if request else None
    if intent:
        yield "intent_set", {"intent": intent}
    if (intent or state.current_intent) != "reschedule_delivery":
        return
    wanted = {mention.date for mention in read_dates(text, language, today)}
    if len(wanted) != 1:
        return
    day = wanted.pop()
    body: dict[str, Any] = {"name": "requested_date", "value": day.isoformat()}
    if problem := check_date(day):
        body["problem"] = problem
    yield "slot_set", body
