"""Dates as a phone agent says them, and as callers mean them."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from spoken import en, ru, uk
from spoken.date_expression import DateExpression
from spoken.date_negation import denied
from spoken.date_nth import LAST
from spoken.date_parts import Parsed, parse
from spoken.languages import Language

Case = Literal["nominative", "accusative", "on"]

_LEAP_CYCLE_YEARS = 8
_MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class DateMention:
    """One date in a text.

    Attributes:
        date: the day meant.
        text: the words, as in the text.
        start: the first character's place; end: the place after the last.
        weekday_agrees: False if a weekday said with the date is not that date's: nobody knows which was
            meant.
        is_absolute: whether a day of the month was said, not only a weekday or a distance from today.
        is_weekday_only: whether nothing but a weekday was said, which names any week's day.
        is_negated: whether it was said not to be meant ("not on Tuesday").
    """

    date: date
    text: str
    start: int
    end: int
    weekday_agrees: bool = True
    is_absolute: bool = False
    is_weekday_only: bool = False
    is_negated: bool = False


def say_date(day: date, language: Language, case: Case = "nominative") -> str:
    """Say a date without its year: "Tuesday the seventeenth of March", "вівторок, сімнадцяте березня".

    Args:
        day: the date.
        language: whose words.
        case: `accusative` after "на" (to a day), `on` for the day something happens, with its preposition
            ("on Tuesday the …", "у вівторок, сімнадцятого березня").
    """
    weekday, month = day.weekday(), day.month - 1
    if language == "en":
        words = f"{en.WEEKDAYS[weekday]} the {_english_ordinal(day.day)} of {en.MONTHS[month]}"
        return f"on {words}" if case == "on" else words
    words_of = uk if language == "uk" else ru
    names = words_of.WEEKDAYS if case == "nominative" else words_of.WEEKDAYS_ACCUSATIVE
    ordinals = words_of.ORDINALS_GENITIVE if case == "on" else words_of.ORDINALS
    number = ordinals[day.day] if day.day in ordinals else _tens(language, day.day) + ordinals[day.day % 10]
    preposition = "" if case != "on" else "у " if language == "uk" else "во " if weekday == 1 else "в "
    return f"{preposition}{names[weekday]}, {number} {words_of.MONTHS[month]}"


def _english_ordinal(number: int) -> str:
    if number <= len(en.ORDINALS):
        return en.ORDINALS[number - 1]
    if number == 30:
        return "thirtieth"
    return ("twenty-" if number < 30 else "thirty-") + en.ORDINALS[number % 10 - 1]


def _tens(language: Language, number: int) -> str:
    words = {"uk": ("двадцять ", "тридцять "), "ru": ("двадцать ", "тридцать ")}[language]
    return words[number // 10 - 2]


def read_dates(text: str, language: Language, today: date) -> list[DateMention]:
    """Find the dates that a text names, in order.

    A day and month without a year, and a day alone, are the next such day, today included. A weekday alone,
    or with "this", is its next occurrence after today; with "next" it is that weekday of the following
    Monday-to-Sunday week; with "last" the latest before today. Only a year, "last", "ago", "yesterday", "this
    week" or "this month" lead into the past. A day that no calendar has ("the thirtieth of February") is left out,
    and so is one that only bounds a time ("by Friday") or can mean several days: it must be asked for.

    Args:
        text: a transcript or a sentence of the agent.
        language: the language of its words.
        today: the business's day.
    """
    return mentions_in(parse(text, language), today)


def mentions_in(parsed: Parsed, today: date) -> list[DateMention]:
    """Give the dates of a parsed text their days; see `read_dates`."""
    mentions = []
    for expression, is_denied in zip(parsed.expressions, denied(parsed.tokens, parsed.expressions), strict=True):
        day = resolve(expression, today)
        if day is None:
            continue
        start, end = parsed.tokens[expression.start].start, parsed.tokens[expression.end - 1].end
        mentions.append(
            DateMention(
                *(day, parsed.text[start:end], start, end),
                weekday_agrees=expression.weekday in (None, day.weekday()),
                is_absolute=expression.day is not None,
                is_weekday_only=expression.is_bare_weekday,
                is_negated=is_denied,
            )
        )
    return mentions


def resolve(expression: DateExpression, today: date) -> date | None:
    """Give an expression its day; None if the calendar has no such day, or nobody can tell which is meant."""
    if expression.is_vague:
        return None
    if expression.shift_months is not None:
        return _months_later(expression.shift_months, today)
    if expression.shift is not None:
        return _days_later(expression.shift, expression.weekday, today)
    if expression.day is not None and expression.month is not None:
        return _day_and_month(expression.day, expression.month, expression.year, today)
    if expression.day is not None:
        return _day_alone(expression.day, expression.month_shift, today)
    assert expression.weekday is not None
    if expression.nth is not None and expression.month is not None:
        return _nth_weekday(expression.nth, expression.weekday, expression.month, today)
    monday = today - timedelta(days=today.weekday())
    ahead = (expression.weekday - today.weekday() - 1) % 7 + 1
    if expression.week in ("next", "current"):
        return monday + timedelta(days=7 * (expression.week == "next") + expression.weekday)
    if expression.week == "last":
        return today - timedelta(days=(today.weekday() - expression.weekday - 1) % 7 + 1)
    return today + timedelta(days=ahead + expression.later_days)


def _days_later(days: int, weekday: int | None, today: date) -> date | None:
    if not days or days % 7 or weekday is None:
        return today + timedelta(days=days)
    # "через тиждень у четвер": that day of the week which is a week ahead, if that is a week ahead itself
    found = today + timedelta(days=days - today.weekday() + weekday)
    return found if found - today >= timedelta(days=days) else None


def _months_later(months: int, today: date) -> date | None:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, today.day) if today.day <= calendar.monthrange(year, month + 1)[1] else None


def _nth_weekday(nth: int, weekday: int, month: int, today: date) -> date | None:
    for year in (today.year, today.year + 1):
        length = calendar.monthrange(year, month)[1]
        days = [day for day in (date(year, month, each) for each in range(1, length + 1)) if day.weekday() == weekday]
        found = days[-1] if nth == LAST else days[nth - 1] if nth <= len(days) else None
        if found is not None and found >= today:
            return found
    return None


def _day_and_month(day: int, month: int, year: int | None, today: date) -> date | None:
    years = [year] if year is not None else range(today.year, today.year + _LEAP_CYCLE_YEARS + 1)
    for candidate in years:
        if not 1 <= candidate < 9999 or day > calendar.monthrange(candidate, month)[1]:
            continue
        found = date(candidate, month, day)
        if year is not None or found >= today:
            return found
    return None


def _day_alone(day: int, month_shift: int | None, today: date) -> date | None:
    for ahead in range(_MONTHS_AHEAD) if month_shift is None else [month_shift]:
        months = today.year * 12 + today.month - 1 + ahead
        year, month = divmod(months, 12)
        if day <= calendar.monthrange(year, month + 1)[1]:
            found = date(year, month + 1, day)
            if found >= today or month_shift is not None:
                return found
    return None
