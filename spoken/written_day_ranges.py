"""Several written days, as they are said: from one to another, one or another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from spoken import en
from spoken.languages import Language
from spoken.ordinals import Form, say_ordinal, say_year
from spoken.written_context import GENITIVE, word_before
from spoken.written_dates import DIGIT_BEFORE, MONTHS, SINCE, TO_A_DAY, day_form, is_measure, say_day
from spoken.written_rule import Say

_JOINED = r"(?:\s?[-–—]\s?|\s(?:по|до|to|and|or|і|й|та|чи|або|и|или)\s)"
_DAY_RANGE = {
    language: re.compile(
        rf"(?<![\w.,:-])(?:(з|із|зі|с|со|from)\s)?(\d{{1,2}})({_JOINED})(\d{{1,2}})\s(?:of\s)?({'|'.join(months)})(?!\w)",
        re.IGNORECASE,
    )
    for language, months in MONTHS.items()
}
_NUMERIC_RANGE = re.compile(
    DIGIT_BEFORE + r"(\d{1,2})\.(\d\d)(?:\.(\d{4}))?\s?[-–—]\s?(\d{1,2})\.(\d\d)(?:\.(\d{4}))?(?!\d|\.\d)"
)
_MONTH_RANGE = re.compile(
    rf"(?<!\w)({'|'.join(en.MONTHS)})\s(\d{{1,2}})\s?[-–—]\s?(\d{{1,2}})(?![\w:])(?:(,?\s)(\d{{4}})(?!\w))?",
    re.IGNORECASE,
)
_JOIN_LAST = r"(?:і|й|та|чи|або|и|или|and|or)"
# "14, 15 і 17 березня": those before the last two.
_DAY_LIST = {
    language: re.compile(
        rf"(?<![\w.,:-])(\d{{1,2}})(?=,\s(?:\d{{1,2}},\s)*\d{{1,2}},?\s{_JOIN_LAST}\s\d{{1,2}}\s(?:of\s)?"
        rf"(?:{'|'.join(months)})(?!\w))",
        re.IGNORECASE,
    )
    for language, months in MONTHS.items()
}
_DAY_OF_MONTH = re.compile(r"(?<![\w.,:-])(\d{1,2})(?:-?го|-?му|-?е)?\s(числа|число|числу)(?!\w)")
_DAY_FORMS: Mapping[str, Form] = {"числа": "genitive", "число": "n", "числу": "dative"}


def patterns(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """Before single days, which would take the last of several."""
    found: list[tuple[re.Pattern[str], Say]] = [(_DAY_LIST[language], _listed_day), (_DAY_RANGE[language], _day_range)]
    found.append((_NUMERIC_RANGE, _numeric_range))
    found.append((_MONTH_RANGE, _month_range) if language == "en" else (_DAY_OF_MONTH, _day_of_month))
    return found


def _listed_day(match: re.Match[str], language: Language) -> str | None:
    day = int(match.group(1))
    if not 1 <= day <= 31:
        return None
    if language == "en":
        return f"the {say_ordinal(day, 'en')}"
    days = re.search(r"(?:\d{1,2},\s)*$", match.string[: match.start()])
    before = word_before(match.string, days.start() if days else match.start())
    return say_ordinal(day, language, "n" if before in TO_A_DAY else "genitive")


def _day_of_month(match: re.Match[str], language: Language) -> str | None:
    day, noun = match.groups()
    return f"{say_ordinal(int(day), language, _DAY_FORMS[noun])} {noun}" if 1 <= int(day) <= 31 else None


def _day_range(match: re.Match[str], language: Language) -> str | None:
    since, first, joint, last, month = match.groups()
    if not (1 <= int(first) <= 31 and 1 <= int(last) <= 31):
        return None
    name = MONTHS[language][[name.lower() for name in MONTHS[language]].index(month.lower())]
    joint = joint.strip().lower()
    lead = f"{since} " if since else ""
    if language == "en":
        the = "" if not since and word_before(match.string, match.start()) == "the" else "the "
        link = "to" if joint in "-–—" else joint
        return f"{lead}{the}{say_ordinal(int(first), 'en')} {link} the {say_ordinal(int(last), 'en')} of {name}"
    form = "genitive" if since else day_form(match, language)
    if joint not in {"-", "–", "—", "по", "до"}:
        forms, link = (form, form), f" {joint} "
    elif joint == "до":
        forms, link = ("genitive", "genitive"), " до "
    elif not since and joint != "по" and _is_ruled(match, language):
        forms, link = (form, form), "-"
    else:
        forms, link = ("genitive", "n"), " по "
        lead = lead or ("" if joint == "по" else f"{SINCE[language]} ")
    days = (say_ordinal(int(day), language, form) for day, form in zip((first, last), forms, strict=True))
    return f"{lead}{link.join(days)} {name}"


def _numeric_range(match: re.Match[str], language: Language) -> str | None:
    ruled = _is_ruled(match, language)
    form = day_form(match, language) if ruled else "genitive"
    since = word_before(match.string, match.start()) in {"з", "із", "зі", "с", "со"}
    ends = "n" if since or not ruled else form
    first = say_day(int(match.group(1)), int(match.group(2)), match.group(3), form, language)
    last = say_day(int(match.group(4)), int(match.group(5)), match.group(6), ends, language)
    if first is None or last is None or is_measure(match.string[match.end() :].lstrip(" \u00a0")):
        return None
    if language == "en":
        return f"{first} to {last}"
    link = "-" if ruled and not since else " по "
    return ("" if ruled else f"{SINCE[language]} ") + first + link + last


def _is_ruled(match: re.Match[str], language: Language) -> bool:
    """Whether a preposition before the days asks for their form."""
    before = word_before(match.string, match.start())
    return before in TO_A_DAY or before in GENITIVE[language]


def _month_range(match: re.Match[str], _: Language) -> str | None:
    month, first, last, gap, year = match.groups()
    if not (1 <= int(first) <= 31 and 1 <= int(last) <= 31):
        return None
    said = f"{month} {say_ordinal(int(first), 'en')} to {say_ordinal(int(last), 'en')}"
    return said if year is None else f"{said}{gap}{say_year(int(year), 'en')}"
