"""Whole numbers in words, in the gender and case of what they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from spoken.errors import SpokenError
from spoken.languages import Language
from spoken.lexicon import row

Gender = Literal["m", "f", "n"]
Case = Literal["nominative", "accusative", "genitive", "dative", "instrumental"]

LARGEST = 10**9 - 1


@dataclass(frozen=True, slots=True)
class CaseWords:
    """The words of one case: 0 to 19, tens from 20, hundreds from 100; one and two by gender, thousands, millions.

    Attributes:
        below_twenty: 0 to 19 in the masculine.
        tens: 20 to 90.
        hundreds: 100 to 900.
        one: 1 by gender; two: 2 by gender.
        thousand: the noun after one, after two to four, after others.
        million: likewise.
    """

    below_twenty: Sequence[str]
    tens: Sequence[str]
    hundreds: Sequence[str]
    one: Mapping[Gender, str]
    two: Mapping[Gender, str]
    thousand: tuple[str, str, str]
    million: tuple[str, str, str]


def _by_gender(masculine: str, feminine: str, neuter: str | None = None) -> dict[Gender, str]:
    return {"m": masculine, "f": feminine, "n": masculine if neuter is None else neuter}


_UK_NOMINATIVE = CaseWords(
    row(
        "нуль один два три чотири п'ять шість сім вісім дев'ять десять одинадцять дванадцять"
        " тринадцять чотирнадцять п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять"
    ),
    row("двадцять тридцять сорок п'ятдесят шістдесят сімдесят вісімдесят дев'яносто"),
    row("сто двісті триста чотириста п'ятсот шістсот сімсот вісімсот дев'ятсот"),
    _by_gender("один", "одна", "одне"),
    _by_gender("два", "дві"),
    ("тисяча", "тисячі", "тисяч"),
    ("мільйон", "мільйони", "мільйонів"),
)
_RU_NOMINATIVE = CaseWords(
    row(
        "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать"
        " тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
    ),
    row("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"),
    row("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"),
    _by_gender("один", "одна", "одно"),
    _by_gender("два", "две"),
    ("тысяча", "тысячи", "тысяч"),
    ("миллион", "миллиона", "миллионов"),
)
_UK_OBLIQUE_TEENS = (
    "одинадцяти дванадцяти тринадцяти чотирнадцяти п'ятнадцяти шістнадцяти сімнадцяти вісімнадцяти дев'ятнадцяти"
)
_UK_OBLIQUE_TENS = row("двадцяти тридцяти сорока п'ятдесяти шістдесяти сімдесяти вісімдесяти дев'яноста")
_RU_OBLIQUE_TEENS = (
    "одиннадцати двенадцати тринадцати четырнадцати пятнадцати шестнадцати семнадцати восемнадцати девятнадцати"
)
_RU_OBLIQUE_TENS = row("двадцати тридцати сорока пятидесяти шестидесяти семидесяти восьмидесяти девяноста")

_WORDS: Mapping[str, Mapping[str, CaseWords]] = {
    "uk": {
        "nominative": _UK_NOMINATIVE,
        "accusative": CaseWords(
            _UK_NOMINATIVE.below_twenty,
            _UK_NOMINATIVE.tens,
            _UK_NOMINATIVE.hundreds,
            _by_gender("один", "одну", "одне"),
            _UK_NOMINATIVE.two,
            ("тисячу", "тисячі", "тисяч"),
            _UK_NOMINATIVE.million,
        ),
        "genitive": CaseWords(
            f"нуля одного двох трьох чотирьох п'яти шести семи восьми дев'яти десяти {_UK_OBLIQUE_TEENS}".split(),
            _UK_OBLIQUE_TENS,
            row("ста двохсот трьохсот чотирьохсот п'ятисот шестисот семисот восьмисот дев'ятисот"),
            _by_gender("одного", "однієї"),
            _by_gender("двох", "двох"),
            ("тисячі", "тисяч", "тисяч"),
            ("мільйона", "мільйонів", "мільйонів"),
        ),
        "dative": CaseWords(
            f"нулю одному двом трьом чотирьом п'яти шести семи восьми дев'яти десяти {_UK_OBLIQUE_TEENS}".split(),
            _UK_OBLIQUE_TENS,
            row("ста двомстам трьомстам чотирьомстам п'ятистам шестистам семистам восьмистам дев'ятистам"),
            _by_gender("одному", "одній"),
            _by_gender("двом", "двом"),
            ("тисячі", "тисячам", "тисячам"),
            ("мільйону", "мільйонам", "мільйонам"),
        ),
        "instrumental": CaseWords(
            row(
                "нулем одним двома трьома чотирма п'ятьма шістьма сьома вісьмома дев'ятьма десятьма"
                " одинадцятьма дванадцятьма тринадцятьма чотирнадцятьма п'ятнадцятьма шістнадцятьма"
                " сімнадцятьма вісімнадцятьма дев'ятнадцятьма"
            ),
            row("двадцятьма тридцятьма сорока п'ятдесятьма шістдесятьма сімдесятьма вісімдесятьма дев'яноста"),
            row(
                "ста двомастами трьомастами чотирмастами п'ятьмастами шістьмастами сьомастами"
                " вісьмомастами дев'ятьмастами"
            ),
            _by_gender("одним", "однією"),
            _by_gender("двома", "двома"),
            ("тисячею", "тисячами", "тисячами"),
            ("мільйоном", "мільйонами", "мільйонами"),
        ),
    },
    "ru": {
        "nominative": _RU_NOMINATIVE,
        "accusative": CaseWords(
            _RU_NOMINATIVE.below_twenty,
            _RU_NOMINATIVE.tens,
            _RU_NOMINATIVE.hundreds,
            _by_gender("один", "одну", "одно"),
            _RU_NOMINATIVE.two,
            ("тысячу", "тысячи", "тысяч"),
            _RU_NOMINATIVE.million,
        ),
        "genitive": CaseWords(
            f"ноля одного двух трёх четырёх пяти шести семи восьми девяти десяти {_RU_OBLIQUE_TEENS}".split(),
            _RU_OBLIQUE_TENS,
            row("ста двухсот трёхсот четырёхсот пятисот шестисот семисот восьмисот девятисот"),
            _by_gender("одного", "одной"),
            _by_gender("двух", "двух"),
            ("тысячи", "тысяч", "тысяч"),
            ("миллиона", "миллионов", "миллионов"),
        ),
        "dative": CaseWords(
            f"нолю одному двум трём четырём пяти шести семи восьми девяти десяти {_RU_OBLIQUE_TEENS}".split(),
            _RU_OBLIQUE_TENS,
            row("ста двумстам трёмстам четырёмстам пятистам шестистам семистам восьмистам девятистам"),
            _by_gender("одному", "одной"),
            _by_gender("двум", "двум"),
            ("тысяче", "тысячам", "тысячам"),
            ("миллиону", "миллионам", "миллионам"),
        ),
        "instrumental": CaseWords(
            row(
                "нолём одним двумя тремя четырьмя пятью шестью семью восемью девятью десятью одиннадцатью"
                " двенадцатью тринадцатью четырнадцатью пятнадцатью шестнадцатью семнадцатью восемнадцатью"
                " девятнадцатью"
            ),
            row("двадцатью тридцатью сорока пятьюдесятью шестьюдесятью семьюдесятью восемьюдесятью девяноста"),
            row("ста двумястами тремястами четырьмястами пятьюстами шестьюстами семьюстами восемьюстами девятьюстами"),
            _by_gender("одним", "одной"),
            _by_gender("двумя", "двумя"),
            ("тысячей", "тысячами", "тысячами"),
            ("миллионом", "миллионами", "миллионами"),
        ),
    },
}
_EN_BELOW_TWENTY = row(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
)
_EN_TENS = row("twenty thirty forty fifty sixty seventy eighty ninety")
_MINUS = {"uk": "мінус", "ru": "минус", "en": "minus"}


def plural_index(number: int, language: Language) -> int:
    """Which form of a noun follows a number: 0 after one, 1 after two to four, 2 after others (English: 0 or 2).

    Source: CLDR plural rules for whole numbers, categories one, few and many.
    """
    if language == "en":
        return 0 if abs(number) == 1 else 2
    tens, unit = abs(number) // 10 % 10, abs(number) % 10
    if tens == 1 or unit == 0 or unit > 4:
        return 2
    return 0 if unit == 1 else 1


def say_number(number: int, language: Language, gender: Gender = "m", case: Case = "nominative") -> str:
    """Say a whole number: 21 → "двадцять одна" (f), "двадцать одного" (genitive), "twenty-one".

    Args:
        number: at most `LARGEST` either way.
        language: whose words.
        gender: of the noun counted; English has none.
        case: which the sentence asks for; accusative is that of things, not of persons.

    Raises:
        SpokenError: `too_large`.
    """
    if abs(number) > LARGEST:
        raise SpokenError("too_large", f"expected a number of up to nine digits, got {len(str(abs(number)))} digits")
    if number < 0:
        return f"{_MINUS[language]} {say_number(-number, language, gender, case)}"
    if language == "en":
        return _english(number)
    words = _WORDS[language][case]
    if number == 0:
        return words.below_twenty[0]
    parts: list[str] = []
    for size, noun, noun_gender in ((10**6, words.million, "m"), (1000, words.thousand, "f")):
        count, number = divmod(number, size)
        if count:
            parts += _below_thousand(count, words, "f" if noun_gender == "f" else "m")
            parts.append(noun[plural_index(count, language)])
    return " ".join([*parts, *_below_thousand(number, words, gender)])


def _below_thousand(number: int, words: CaseWords, gender: Gender) -> list[str]:
    parts = []
    if number >= 100:
        parts.append(words.hundreds[number // 100 - 1])
        number %= 100
    if number >= 20:
        parts.append(words.tens[number // 10 - 2])
        number %= 10
    if number == 1:
        parts.append(words.one[gender])
    elif number == 2:
        parts.append(words.two[gender])
    elif number:
        parts.append(words.below_twenty[number])
    return parts


def _english(number: int) -> str:
    if number < 20:
        return _EN_BELOW_TWENTY[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _EN_TENS[tens - 2] + (f"-{_EN_BELOW_TWENTY[unit]}" if unit else "")
    for size, noun in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            count, rest = divmod(number, size)
            link = " and " if 0 < rest < 100 else " "
            return f"{_english(count)} {noun}" + (f"{link}{_english(rest)}" if rest else "")
    raise AssertionError(number)
