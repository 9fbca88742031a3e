"""Written dates and times as they are said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time

from spoken import en, ru, uk
from spoken.cardinals import Case
from spoken.languages import Language
from spoken.lexicon import row, words
from spoken.ordinals import Form, say_ordinal, say_year
from spoken.times import say_time
from spoken.tokens import normalize
from spoken.written_context import GENITIVE, case_before, ends_sentence, word_before
from spoken.written_rule import Say

DIGIT_BEFORE = r"(?<![\w.,:/$€₴-])"
_ISO = re.compile(DIGIT_BEFORE + r"(\d{4})-(\d\d)-(\d\d)(?![\w-])")
_NUMERIC = re.compile(
    DIGIT_BEFORE + r"(\d{1,2})([./])(\d\d)(?:\2(\d{4}|\d\d))?(?:\s?(?:р\.|года?|року)(?!\w))?(?![\w/])"
)
_TIME = re.compile(DIGIT_BEFORE + r"(\d{1,2}):(\d\d)(?!\d|:\d)(?:\s?(am|pm|a\.m\.|p\.m\.)(?!\w))?", re.IGNORECASE)
_TIME_RANGE = re.compile(DIGIT_BEFORE + r"(\d{1,2}):(\d\d)\s?[-–—]\s?(\d{1,2}):(\d\d)(?!\d)")
_AT_TIME = re.compile(
    r"(?<!\w)((?:о|об|в|at)\s)(\d{1,2})[.:](\d\d)(?!\d|[.:]\d|\s?[-–—]\s?\d|\s?[ap]\.?m)", re.IGNORECASE
)
_UK_AT_HOUR = re.compile(r"(?<!\w)([Оо])б?\s(\d{1,2})(?!\d|[.,:]\d|\s?%|-)")
_HALF_DAY = re.compile(DIGIT_BEFORE + r"(\d{1,2})\s?(am|pm|a\.m\.|p\.m\.)(?!\w)", re.IGNORECASE)
_YEAR = {
    "uk": re.compile(r"(?<![\w.,])(1[89]\d\d|20\d\d)(?:[-–]?(?:го|му|й))?\s(року|році|рік|р\.)(?!\w)"),
    "ru": re.compile(r"(?<![\w.,])(1[89]\d\d|20\d\d)(?:-?(?:го|м|й))?\s(года|году|год|г\.)(?!\w)"),
    "en": re.compile(r"(?<!\w)(in|since|of|by|until|year)\s(1[89]\d\d|20\d\d)(?![\w.,:]\w)", re.IGNORECASE),
}
MONTHS = {"uk": uk.MONTHS, "ru": ru.MONTHS, "en": en.MONTHS}
_DAY_MONTH = {
    language: re.compile(
        r"(?<![\w.,:-])(\d{1,2})(?:-?(?:го|е|th|st|nd|rd))?\s(of\s)?(" + "|".join(months) + r")(?!\w)"
        r"(?:(,?\s)(\d{4})(?!\w)(?:\s(?:року|года|р\.|г\.)(?!\w))?)?",
        re.IGNORECASE,
    )
    for language, months in MONTHS.items()
}
_SHORT_MONTHS = row("jan feb mar apr jun jul aug sept sep oct nov dec")
_MONTH_DAY = re.compile(
    rf"(?<!\w)({'|'.join(en.MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})\b\.?)\s(\d{{1,2}})(?:th|st|nd|rd)?(?![\w:])"
    r"(?:(,?\s)(\d{4})(?!\w))?",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"(?:грн|гривень|руб|кг|км|м|л|г|см|мм|євро|евро|доларів|долларов|kg|km|usd|eur|uah|dollars|euros|percent)\b", re.I
)
TO_A_DAY = words("на по")
SINCE = {"uk": "з", "ru": "с"}


def patterns(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """Dates first: their parts would pass for times and decimals."""
    found: list[tuple[re.Pattern[str], Say]] = [(_ISO, _iso), (_AT_TIME, _at), (_TIME_RANGE, _range)]
    if language == "en":
        found += [(_MONTH_DAY, _month_day), (_HALF_DAY, _half_day)]
    if language == "uk":
        found.append((_UK_AT_HOUR, _at_hour))
    return [*found, (_DAY_MONTH[language], _day_month), (_NUMERIC, _numeric), (_TIME, _time), (_YEAR[language], _year)]


def day_form(match: re.Match[str], language: Language) -> Form:
    """Of a day of the month: "на чотирнадцяте", "до чотирнадцятого", "у вівторок, чотирнадцятого"."""
    text, at = match.string, match.start()
    before = word_before(text, at)
    names = uk.LEXICON.weekdays if language == "uk" else ru.LEXICON.weekdays
    head = re.search(r"([^\W\d_]+(?:['’][^\W\d_]+)?),?\s*\(?$", text[:at])
    weekday = normalize(head.group(1)) if head else ""
    if head and weekday in names:
        preposition = word_before(text, head.start())
        if preposition in TO_A_DAY:
            return "n"
        nominative = uk.WEEKDAYS if language == "uk" else ru.WEEKDAYS
        return "n" if preposition == "" and weekday in nominative else "genitive"
    return "n" if before in TO_A_DAY else "genitive"


def say_day(day: int, month: int, year: str | None, form: Form, language: Language) -> str | None:
    """Say a day of a month, and its year if there is one, of two digits or four; None for no day of any month."""
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    full_year = None if year is None else int(year) if len(year) == 4 else 2000 + int(year)
    name = MONTHS[language][month - 1]
    if language == "en":
        said = f"the {say_ordinal(day, 'en')} of {name}"
        return said if full_year is None else f"{said}, {say_year(full_year, 'en')}"
    said = f"{say_ordinal(day, language, form)} {name}"
    word = "року" if language == "uk" else "года"
    return said if full_year is None else f"{said} {say_year(full_year, language)} {word}"


def _iso(match: re.Match[str], language: Language) -> str | None:
    year, month, day = match.groups()
    return say_day(int(day), int(month), year, day_form(match, language), language)


def _numeric(match: re.Match[str], language: Language) -> str | None:
    first, mark, second, year = match.groups()
    text, after = match.string, match.string[match.end() :].lstrip(" \u00a0")
    if year is None and ((mark == "/" and language != "en") or is_measure(after)):
        return None
    day, month = int(first), int(second)
    if mark == "/" and language == "en" and day <= 12:
        day, month = month, day
    said = say_day(day, month, year, day_form(match, language), language)
    if said and language == "en" and word_before(text, match.start()) == "the":
        said = said.removeprefix("the ")
    ends_in_stop = match.group().endswith(".") and ends_sentence(text, match.end())
    return said and said + ("." if ends_in_stop else "")


def is_measure(after: str) -> bool:
    """Whether what follows a number with a point makes it an amount, and not a day."""
    return after.startswith(("%", "₴", "€", "$", "°")) or bool(_MEASURE.match(after))


def _day_month(match: re.Match[str], language: Language) -> str | None:
    day, _, month, gap, year = match.groups()
    number = [name.lower() for name in MONTHS[language]].index(month.lower()) + 1
    said = say_day(int(day), number, None, day_form(match, language), language)
    if said is None:
        return None
    if language == "en" and word_before(match.string, match.start()) == "the":
        said = said.removeprefix("the ")
    if year is None:
        return said
    if language == "en":
        return f"{said}{gap}{say_year(int(year), 'en')}"
    tail = "." if match.group().endswith(".") and ends_sentence(match.string, match.end()) else ""
    return f"{said} {say_year(int(year), language)} {'року' if language == 'uk' else 'года'}{tail}"


def _month_day(match: re.Match[str], _: Language) -> str | None:
    month, day, gap, year = match.groups()
    if not 1 <= int(day) <= 31:
        return None
    name = next(name for name in en.MONTHS if name.lower().startswith(month.lower().rstrip(".")[:3]))
    said = f"{name} {say_ordinal(int(day), 'en')}"
    return said if year is None else f"{said}{gap}{say_year(int(year), 'en')}"


def _moment(hour: str, minute: str, half: str | None = None) -> time | None:
    number = int(hour) % 24 if int(hour) == 24 else int(hour)
    if half:
        number = number % 12 + (12 if half[0].lower() == "p" else 0)
    return time(number, int(minute)) if number < 24 and int(minute) < 60 else None


def _time(match: re.Match[str], language: Language) -> str | None:
    hour, minute, half = match.groups()
    moment = _moment(hour, minute, half if language == "en" else None)
    if moment is None:
        return None
    said = say_time(moment, language, case_before(match.string, match.start(), language))
    if half and half.endswith(".") and ends_sentence(match.string, match.end()):
        said += "."
    return said


def _half_day(match: re.Match[str], language: Language) -> str | None:
    moment = _moment(match.group(1), "0", match.group(2))
    if moment is None:
        return None
    is_end = match.group(2).endswith(".") and ends_sentence(match.string, match.end())
    return say_time(moment, language) + ("." if is_end else "")


def _at(match: re.Match[str], language: Language) -> str | None:
    preposition, hour, minute = match.groups()
    moment = _moment(hour, minute)
    if moment is None or (preposition.strip().lower() == "at") != (language == "en"):
        return None
    case: Case = "dative" if language == "uk" else "accusative"
    if language == "uk" and moment.hour == 11 and preposition[1:].isspace() and preposition[0] in "оО":
        preposition = f"{preposition[0]}б{preposition[1:]}"
    return preposition + say_time(moment, language, case)


def _at_hour(match: re.Match[str], _: Language) -> str | None:
    preposition, hour = match.group(1), int(match.group(2))
    if not 1 <= hour <= 23:
        return None
    return f"{preposition}{'б' if hour == 11 else ''} {say_time(time(hour), 'uk', 'dative')}"


def _range(match: re.Match[str], language: Language) -> str | None:
    first, last = _moment(*match.group(1, 2)), _moment(*match.group(3, 4))
    if first is None or last is None:
        return None
    if language == "en":
        return f"{say_time(first, 'en')} to {say_time(last, 'en')}"
    lead = "" if word_before(match.string, match.start()) in GENITIVE[language] else f"{SINCE[language]} "
    return f"{lead}{say_time(first, language, 'genitive')} до {say_time(last, language, 'genitive')}"


def _year(match: re.Match[str], language: Language) -> str | None:
    if language == "en":
        return f"{match.group(1)} {say_year(int(match.group(2)), 'en')}"
    year, word = match.groups()
    form: Form = "locative" if word in ("році", "году") else "m" if word in ("рік", "год") else "genitive"
    noun = {"р.": "року", "г.": "года"}.get(word, word)
    tail = "." if word.endswith(".") and ends_sentence(match.string, match.end()) else ""
    return f"{say_year(int(year), language, form)} {noun}{tail}"
