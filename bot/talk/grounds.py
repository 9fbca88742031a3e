"""Where an argument of a tool may come from: the caller's words, what they heard, and what tools returned."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, time

from bot.state import AgentState
from spoken import LANGUAGES
from spoken.claims import names_day
from spoken.dates import read_dates
from spoken.digits import read_digits
from spoken.heard_times import names_time
from spoken.mishearing import is_misheard
from spoken.open_times import leaves_time_open
from spoken.order_ids import read_order_ids

_NOT_DIGIT = re.compile(r"\D")


def knows_number(state: AgentState, number: str, typed: Collection[str] = ()) -> bool:
    """Whether the caller said this number or yes to it, or a tool returned it.

    What recognition easily makes of a number counts as said; so do digits dictated over several turns. A caller may
    say it in another language than the call's.

    Args:
        state: The call's.
        number: As the model gives it.
        typed: What the caller typed where neither the model nor the journal may see it.
    """
    agreed = state.confirmation.asked.values.values() if state.confirmation else ()
    if number in state.deeds.days or number in state.returned or number in agreed:
        return True
    said = state.stated()
    digits = _NOT_DIGIT.sub("", number)
    if not digits:
        return any(number.casefold() in text.casefold() for text in said)
    letters = number.upper().replace("-", "")
    for language in LANGUAGES:
        if letters != digits and any(letters in read_order_ids(text, language) for text in said):
            return True
        dictated = [one for text in said for one in read_digits(text, language, min_digits=1)]
        if digits in "".join(dictated) or any(one == digits or is_misheard(one, digits) for one in (*typed, *dictated)):
            return True
    return False


def knows_day(state: AgentState, day: date, today: date) -> bool:
    """Whether the caller said this day, heard it from the agent, or a tool returned it.

    Args:
        state: The call's.
        day: As the model gives it.
        today: The business's day, for "tomorrow".
    """
    return day in state.deeds.told() or _is_named(day, (said.text for said in state.history), today)


def knows_time(state: AgentState, moment: time) -> bool:
    """Whether the caller said this time of the day, heard it from the agent, or left it open.

    Args:
        state: The call's.
        moment: As the model gives it; "at three" makes 15:00 known, and "any time" whatever the read-back names.
    """
    if any(leaves_time_open(text, moment) for text in state.stated()):
        return True
    return any(names_time(said.text, language, moment) for said in state.history for language in LANGUAGES)


def _is_named(day: date, texts: Iterable[str], today: date) -> bool:
    return any(
        names_day([mention], day)
        for text in texts
        for language in LANGUAGES
        for mention in read_dates(text, language, today)
    )
