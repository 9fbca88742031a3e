"""Ordinal numbers in words, in the form that the noun after them asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from spoken.cardinals import say_number
from spoken.errors import SpokenError
from spoken.languages import Language
from spoken.lexicon import row

Form = Literal[
    "m", "f", "n", "genitive", "dative", "instrumental", "locative", "f_genitive", "f_dative", "f_accusative",
    "f_instrumental", "plural",
]  # fmt: skip
"""Gender in the nominative; case alone is of masculine and neuter, `f_` of the feminine."""

_FORMS: tuple[Form, ...] = (
    *("m", "f", "n", "genitive", "dative", "instrumental", "locative"),
    *("f_genitive", "f_dative", "f_accusative", "f_instrumental", "plural"),
)


def _endings(text: str) -> dict[Form, str]:
    return dict(zip(_FORMS, text.split(), strict=True))


_UK_HARD = _endings("ий а е ого ому им ому ої ій у ою і")
_UK_SOFT = _endings("ій я є ього ьому ім ьому ьої ій ю ьою і")
_RU_HARD = _endings("ый ая ое ого ому ым ом ой ой ую ой ые")
_RU_STRESSED = {**_RU_HARD, "m": "ой"}
_RU_SOFT = _endings("ий ья ье ьего ьему ьим ьем ьей ьей ью ьей ьи")
_UK_STEMS = {
    **dict(enumerate(row("нульов перш друг трет четверт п'ят шост сьом восьм дев'ят десят одинадцят дванадцят"))),
    **dict(enumerate(row("тринадцят чотирнадцят п'ятнадцят шістнадцят сімнадцят вісімнадцят дев'ятнадцят"), 13)),
    **{20: "двадцят", 30: "тридцят", 40: "сороков", 50: "п'ятдесят", 60: "шістдесят", 70: "сімдесят"},
    **{80: "вісімдесят", 90: "дев'яност", 100: "сот", 200: "двохсот", 300: "трьохсот", 400: "чотирьохсот"},
    **{500: "п'ятисот", 600: "шестисот", 700: "семисот", 800: "восьмисот", 900: "дев'ятисот"},
}
_RU_STEMS = {
    **dict(enumerate(row("нулев перв втор трет четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат"))),
    **dict(enumerate(row("тринадцат четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"), 13)),
    **{20: "двадцат", 30: "тридцат", 40: "сороков", 50: "пятидесят", 60: "шестидесят", 70: "семидесят"},
    **{80: "восьмидесят", 90: "девяност", 100: "сот", 200: "двухсот", 300: "трёхсот", 400: "четырёхсот"},
    **{500: "пятисот", 600: "шестисот", 700: "семисот", 800: "восьмисот", 900: "девятисот"},
}
_RU_STRESSED_ENDING = frozenset({0, 2, 6, 7, 8, 40})
_STEMS: Mapping[str, Mapping[int, str]] = {"uk": _UK_STEMS, "ru": _RU_STEMS}
_THOUSANDTH = {"uk": "тисячн", "ru": "тысячн"}
_EN_IRREGULAR = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"},
    **{"twelve": "twelfth"},
}
_LARGEST = 9999


def say_ordinal(number: int, language: Language, form: Form = "m") -> str:
    """Say an ordinal: 26 → "двадцять шостого" (genitive), "двадцать шестая" (f), "twenty-sixth".

    Raises:
        SpokenError: `too_large` above 9,999 or below zero.
    """
    if not 0 <= number <= _LARGEST:
        raise SpokenError("too_large", f"expected an ordinal up to {_LARGEST}, got one of {len(str(number))} digits")
    if language == "en":
        return _english(number)
    last = _last_part(number)
    head = say_number(number - last, language) + " " if number > last else ""
    if 1000 <= number - last < 2000:
        head = head.split(" ", 1)[1]  # "тисяча дев'ятсот", never "одна тисяча", before an ordinal
    if last >= 1000:
        count = last // 1000
        prefix = "" if count == 1 else say_number(count, language, case="genitive")
        return head + prefix + _THOUSANDTH[language] + (_UK_HARD if language == "uk" else _RU_HARD)[form]
    if language == "uk":
        endings = _UK_SOFT if last == 3 else _UK_HARD
    else:
        endings = _RU_SOFT if last == 3 else _RU_STRESSED if last in _RU_STRESSED_ENDING else _RU_HARD
    return head + _STEMS[language][last] + endings[form]


def _last_part(number: int) -> int:
    """The part that becomes the ordinal: 26 → 6, 1250 → 50, 2013 → 13, 3000 → 3000."""
    if number % 100 in range(1, 20):
        return number % 100 if number % 100 >= 10 or number % 10 else number
    for size in (10, 100, 1000):
        if number % size:
            return number % size
    return number


def _english(number: int) -> str:
    head, separator, last = say_number(number, "en").rpartition("-" if number % 100 > 20 and number % 10 else " ")
    regular = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return head + separator + _EN_IRREGULAR.get(last, regular)


def say_year(year: int, language: Language, form: Form = "genitive") -> str:
    """Say a year, without the word for it: "дві тисячі двадцять шостого", "twenty twenty-six"."""
    if language != "en":
        return say_ordinal(year, language, form)
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010 or year % 1000 == 0 or not 1000 <= year <= _LARGEST:
        return say_number(year, "en").replace(" and ", " ")
    if rest == 0:
        return f"{say_number(century, 'en')} hundred"
    tail = say_number(rest, "en")
    return f"{say_number(century, 'en')} {'oh ' if rest < 10 else ''}{tail}"
