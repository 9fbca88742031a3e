"""Written money, measures, shares and parts, as they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from spoken.cardinals import LARGEST, say_number
from spoken.digits import say_group
from spoken.languages import Language
from spoken.lexicon import words
from spoken.lexicons import LEXICONS
from spoken.money import CURRENCIES, Money, say_money
from spoken.nouns import NOUNS, UNITS, say_count
from spoken.tokens import normalize
from spoken.written_context import case_before, ends_sentence, is_order_number
from spoken.written_rule import Say

SPACE = r"[ \u00a0\u202f\u2009]"
FREE = r"(?<![\w.,:/+-])"
_GROUPED = rf"(\d{{1,3}}(?:{SPACE}\d{{3}})+|\d+)(?:[.,](\d{{1,3}}))?"
NUMBER: Mapping[Language, str] = {
    "uk": _GROUPED,
    "ru": _GROUPED,
    "en": r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,3}))?",
}
# A minus or a plus, or nothing that belongs to the number.
_SIGN = r"(?:(?<![\w.,:/+)−–-])([+−–-])|(?<![\w.,:/+−–-]))"
_SIGNS = {
    "uk": {"-": "мінус ", "−": "мінус ", "–": "мінус ", "+": "плюс "},
    "ru": {"-": "минус ", "−": "минус ", "–": "минус ", "+": "плюс "},
    "en": {"-": "minus ", "−": "minus ", "–": "minus ", "+": "plus "},
}
_FRACTION = re.compile(r"(?<![\w.,:/-])(?<!\d )[123]/[234](?=\s[^\W\d_])")
_FRACTIONS: Mapping[str, Mapping[str, str]] = {
    "uk": {"1/2": "половина", "1/3": "третина", "2/3": "дві третини", "1/4": "чверть", "3/4": "три чверті"},
    "ru": {"1/2": "половина", "1/3": "треть", "2/3": "две трети", "1/4": "четверть", "3/4": "три четверти"},
    "en": {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters"},
}
_SEPARATOR = {"uk": ("ціла", "цілих", "цілих"), "ru": ("целая", "целых", "целых")}
_PARTS = {
    "uk": {1: ("десята", "десятих"), 2: ("сота", "сотих"), 3: ("тисячна", "тисячних")},
    "ru": {1: ("десятая", "десятых"), 2: ("сотая", "сотых"), 3: ("тысячная", "тысячных")},
}


def patterns(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """Before plain numbers, which would leave the unit alone."""
    number = NUMBER[language]
    short = "|".join(sorted((re.escape(unit) for unit in UNITS[language]), key=len, reverse=True))
    names = "|".join(re.escape(unit) for unit in UNITS[language] if len(unit) > 1)
    return [
        (re.compile(rf"(?<!\w)([$€₴£₽]){SPACE}?{number}(?!\w)"), _signed),
        (re.compile(rf"{_SIGN}{number}({SPACE}?)({short})(?![\w-])(\.?)", re.IGNORECASE), _measure),
        (
            re.compile(FREE + rf"(\d{{1,3}})\s?[-–—]\s?(\d{{1,3}}){SPACE}?({short})(?![\w-])(\.?)", re.IGNORECASE),
            _range,
        ),
        (re.compile(rf"(?<![\w\d.])({names})(?![\w-])(\.?)", re.IGNORECASE), _unit),
        (_FRACTION, _fraction),
    ]


def read_value(match: re.Match[str], first: int) -> tuple[int, str | None]:
    """The whole part of a written number, which is in this group of a match, and the digits after its point."""
    whole = re.sub(r"\D", "", match.group(first))
    return int(whole), match.group(first + 1)


def _signed(match: re.Match[str], language: Language) -> str | None:
    return _money(match, 2, UNITS[language].get(match.group(1)) or "USD", language)


def _money(match: re.Match[str], first: int, unit: str, language: Language) -> str | None:
    whole, part = read_value(match, first)
    currency = next((each for each in CURRENCIES if each == unit), None)
    if currency is None or whole > LARGEST or (part and len(part) > 2):
        return None
    amount = Decimal(f"{whole}.{part or 0}")
    return say_money(Money(amount, currency), language, case_before(match.string, match.start(), language))


def _measure(match: re.Match[str], language: Language) -> str | None:
    sign, short, stop = match.group(1), match.group(5).lower(), match.group(6)
    unit = UNITS[language][short]
    is_letter = len(short) == 1 and short.isalpha()
    if is_letter and match.group(5).isupper():
        return None  # "12 Г" is a house
    whole, part = read_value(match, 2)
    if whole > LARGEST:
        return None
    if unit in CURRENCIES and not (part and len(part) > 2):
        said = _money(match, 2, unit, language)
    elif part:
        said = say_decimal(whole, part, language) + " " + _after_decimal(unit, language)
    else:
        case = case_before(match.string, match.start(), language)
        # Of what is written short only these cases of its noun are known.
        case = case if case in ("genitive", "accusative") else "nominative"
        said = say_count(whole, NOUNS[language][unit], language, case)
    if said and sign:
        # "-5 кг" is an item of a list.
        said = (_SIGNS[language][sign] if unit in ("degree", "percent") or unit in CURRENCIES else sign) + said
    ends = stop and ends_sentence(match.string, match.end())
    keeps = stop and (ends or language == "en")
    return said and said + ("." if keeps else "")


_ONE = words("один одна одне одно one")
_ONE_OBJECT = words("одну")
_FEW = words("два дві две три чотири четыре")


def _unit(match: re.Match[str], language: Language) -> str | None:
    """Say a unit after a number in words: "дві тисячі грн", "5 тис. грн"."""
    noun = NOUNS[language][UNITS[language][match.group(1).lower()]]
    before = re.search(r"([^\W\d_]+(?:['’][^\W\d_]+)*)\.?[\s\u00a0]$", match.string[: match.start()])
    count = normalize(before.group(1)) if before else ""
    if count.rpartition("-")[2] not in LEXICONS[language].numbers and count not in UNITS[language]:
        return None
    if count in _ONE_OBJECT:
        said = noun.accusative or noun.one
    elif count in _ONE:
        said = noun.one
    else:
        said = noun.few if count in _FEW and noun.few else noun.many
    return said + ("." if match.group(2) and ends_sentence(match.string, match.end()) else "")


def _fraction(match: re.Match[str], language: Language) -> str | None:
    is_number = is_order_number(match.string, match.start(), language)
    return None if is_number else _FRACTIONS[language].get(match.group())


def _after_decimal(unit: str, language: Language) -> str:
    noun = NOUNS[language][unit]
    return noun.many if language == "en" else (noun.of_one or noun.few)


def say_decimal(whole: int, part: str, language: Language) -> str:
    """Say a number with a part: "дві цілих п'ять десятих", "two point five"."""
    if language == "en":
        return f"{say_number(whole, 'en')} point {say_group(part, 'en')}"
    number = int(part)
    name = _PARTS[language][len(part)][0 if number % 10 == 1 and number % 100 != 11 else 1]
    is_one = whole % 10 == 1 and whole % 100 != 11
    head = f"{say_number(whole, language, 'f')} {_SEPARATOR[language][0 if is_one else 1]}"
    return f"{head} {say_number(number, language, 'f')} {name}"


def _range(match: re.Match[str], language: Language) -> str | None:
    first, last, unit, stop = match.groups()
    if len(unit) == 1 and unit.isupper():
        return None  # "10-12 Г" is a house
    noun = NOUNS[language][UNITS[language][unit.lower()]]
    case = case_before(match.string, match.start(), language)
    case = case if case in ("genitive", "accusative") else "nominative"
    link = " to " if language == "en" else "-"
    said = say_number(int(first), language, noun.gender, case) + link + say_count(int(last), noun, language, case)
    keeps = stop and (language == "en" or ends_sentence(match.string, match.end()))
    return said + ("." if keeps else "")
