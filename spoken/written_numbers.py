"""Written numbers as they are said: phones, money, measures, counts, order numbers, ordinals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from spoken.cardinals import LARGEST, Case, say_number
from spoken.digits import say_digits, say_group
from spoken.languages import Language
from spoken.lexicon import row, words
from spoken.money import CURRENCIES, Money, say_money
from spoken.nouns import NOUNS, UNITS, say_count
from spoken.ordinals import Form, say_ordinal
from spoken.phones import say_phone
from spoken.written_context import case_before, counted_gender, is_order_number, word_after, word_before
from spoken.written_dates import _ends_sentence

if TYPE_CHECKING:
    from spoken.written_rules import Say

_SPACE = r"[ \u00a0\u202f\u2009]"
_FREE = r"(?<![\w.,:/+-])"
_NUMBER = rf"(\d{{1,3}}(?:{_SPACE}\d{{3}})+|\d+)(?:[.,](\d{{1,3}}))?"
_EN_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,3}))?"
_INTERNATIONAL = re.compile(r"(?<!\w)\+(?:\d[ \u00a0()./-]{0,2}){6,14}\d(?!\w)")
_NATIONAL = re.compile(
    r"(?<![\w+])(?:\(?0\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|8 ?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}"
    r"|\(?\d{3}\)?[ -]\d{3}-\d{4})(?![\w-])"
)
_ID = re.compile(r"(?<![\w@./-])([A-ZА-ЯІЇЄҐ]{1,3})[- ]?(\d{3,8})(?![\w@-])")
_RANGE = re.compile(_FREE + r"(\d{1,3})\s?[-–—]\s?(\d{1,3})(?![\w-])(?=\s|[.,!?%]|$)(\s?%)?")
_SUFFIXED = {
    "uk": re.compile(
        _FREE + r"(\d{1,4})-(го|му|ий|й|ша|га|тя|та|ма|а|ше|ге|тє|те|ме|е|є|ту|шу|гу|му|ої|ї|ій|х|і)(?!\w)"
    ),
    "ru": re.compile(_FREE + r"(\d{1,4})-(го|му|ый|ий|ой|й|я|ая|е|ое|ю|ую|м|ом|х|ые)(?!\w)"),
    "en": re.compile(_FREE + r"(\d{1,4})(st|nd|rd|th)(?!\w)", re.IGNORECASE),
}
_FORMS: Mapping[str, Mapping[str, Form]] = {
    "uk": {
        **{"го": "genitive", "му": "dative", "ий": "m", "й": "m"},
        **dict.fromkeys(words("ша га тя та ма а"), "f"),
        **dict.fromkeys(words("ше ге тє те ме е є"), "n"),
        **{"ту": "f_accusative", "шу": "f_accusative", "гу": "f_accusative"},
        **{"ої": "f_genitive", "ї": "f_genitive", "ій": "f_dative", "і": "plural"},
    },
    "ru": {
        **{"го": "genitive", "му": "dative", "ый": "m", "ий": "m", "ой": "m", "й": "m", "я": "f", "ая": "f"},
        **{"е": "n", "ое": "n", "ю": "f_accusative", "ую": "f_accusative", "м": "locative", "ом": "locative"},
        **{"ые": "plural"},
    },
}
_COUNTED = {
    "uk": words(
        "замовлення замовлень посилок посилки товарів товари одиниць людей клієнтів відділень разів кілометрів"
    ),
    "ru": words("заказов заказа посылок посылки товаров товара единиц человек клиентов отделений раз километров"),
    "en": words("orders parcels items units people customers times packages boxes steps"),
}
_SEPARATOR = {"uk": ("ціла", "цілих", "цілих"), "ru": ("целая", "целых", "целых")}
_PARTS = {
    "uk": {1: ("десята", "десятих"), 2: ("сота", "сотих"), 3: ("тисячна", "тисячних")},
    "ru": {1: ("десятая", "десятых"), 2: ("сотая", "сотых"), 3: ("тысячная", "тысячных")},
}
_NATIONAL_GROUPS: Mapping[str, tuple[int, ...]] = {"8": (1, 3, 3, 2, 2), "0": (3, 3, 2, 2)}
_SHORTEST_DIGITWISE = 4


def patterns(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """Longest first."""
    number = _EN_NUMBER if language == "en" else _NUMBER
    short = "|".join(sorted((re.escape(unit) for unit in UNITS[language]), key=len, reverse=True))
    found: list[tuple[re.Pattern[str], Say]] = [
        (re.compile(r"(?<!\w)#\s?(\d+)(?!\w)"), _hash),
        (_INTERNATIONAL, _international),
        (_NATIONAL, _national),
        (re.compile(rf"(?<!\w)([$€₴]){_SPACE}?{number}(?!\w)"), _signed),
        (re.compile(_FREE + rf"{number}({_SPACE}?)({short})(?![\w-])(\.?)", re.IGNORECASE), _measure),
        (_SUFFIXED[language], _suffixed),
        (_ID, _identifier),
        (_RANGE, _range),
        (re.compile(_FREE + rf"{number}(?![\w-]|[.,:/]\d)"), _plain),
    ]
    return found


def _value(match: re.Match[str], first: int) -> tuple[int, str | None]:
    whole = re.sub(r"\D", "", match.group(first))
    return int(whole), match.group(first + 1)


def _international(match: re.Match[str], language: Language) -> str | None:
    digits = re.sub(r"\D", "", match.group())
    return say_phone(f"+{digits}", language) if digits[0] != "0" else None


def _national(match: re.Match[str], language: Language) -> str | None:
    digits = re.sub(r"\D", "", match.group())
    sizes = _NATIONAL_GROUPS["8"] if len(digits) == 11 else _NATIONAL_GROUPS.get(digits[0], (3, 3, 4))
    groups, at = [], 0
    for size in sizes:
        groups.append(say_group(digits[at : at + size], language))
        at += size
    return ", ".join(groups)


def _signed(match: re.Match[str], language: Language) -> str | None:
    return _money(match, 2, UNITS[language].get(match.group(1)) or "USD", language)


def _money(match: re.Match[str], first: int, unit: str, language: Language) -> str | None:
    whole, part = _value(match, first)
    currency = next((each for each in CURRENCIES if each == unit), None)
    if currency is None or whole > LARGEST or (part and len(part) > 2):
        return None
    amount = Decimal(f"{whole}.{part or 0}")
    return say_money(Money(amount, currency), language, case_before(match.string, match.start(), language))


def _measure(match: re.Match[str], language: Language) -> str | None:
    short, stop = match.group(4).lower(), match.group(5)
    unit = UNITS[language][short]
    is_letter = len(short) == 1 and short.isalpha()
    if is_letter and match.group(4).isupper():
        return None  # "12 Г" is a house
    whole, part = _value(match, 1)
    if whole > LARGEST:
        return None
    if unit in CURRENCIES and not (part and len(part) > 2):
        said = _money(match, 1, unit, language)
    elif part:
        said = _decimal(whole, part, language) + " " + _after_decimal(unit, language)
    else:
        case = case_before(match.string, match.start(), language)
        said = say_count(whole, NOUNS[language][unit], language, _plain_case(case))
    ends = stop and _ends_sentence(match.string, match.end())
    keeps = stop and (ends or language == "en")
    return said and said + ("." if keeps else "")


def _after_decimal(unit: str, language: Language) -> str:
    noun = NOUNS[language][unit]
    return noun.many if language == "en" else (noun.of_one or noun.few)


def _decimal(whole: int, part: str, language: Language) -> str:
    if language == "en":
        return f"{say_number(whole, 'en')} point {say_group(part, 'en')}"
    number = int(part)
    name = _PARTS[language][len(part)][0 if number % 10 == 1 and number % 100 != 11 else 1]
    is_one = whole % 10 == 1 and whole % 100 != 11
    head = f"{say_number(whole, language, 'f')} {_SEPARATOR[language][0 if is_one else 1]}"
    return f"{head} {say_number(number, language, 'f')} {name}"


def _plain_case(case: Case) -> Case:
    """Of a count: only the genitive of its noun is known here."""
    return case if case in ("genitive", "accusative") else "nominative"


def _suffixed(match: re.Match[str], language: Language) -> str | None:
    number = int(match.group(1))
    if language == "en":
        return say_ordinal(number, "en")
    form = _FORMS[language].get(match.group(2))
    if form is None:
        return None
    last = number % 100 if number % 100 in range(10, 20) else number % 10
    if language == "uk" and match.group(2) == "му" and word_before(match.string, match.start()) in {"на", "у", "в"}:
        form = "f_accusative" if last in (7, 8) and word_after(match.string, match.end()).endswith("у") else "locative"
    return say_ordinal(number, language, form)


_LETTERS = {
    "uk": dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            row("ей бі сі ді і еф джі ейч ай джей кей ел ем ен оу пі к'ю ар ес ті ю ві дабл-ю екс вай зет"),
            strict=True,
        )
    ),
    "ru": dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            row("эй би си ди и эф джи эйч ай джей кей эл эм эн оу пи кью ар эс ти ю ви дабл-ю экс уай зед"),
            strict=True,
        )
    ),
}


def say_letters(letters: str, language: Language) -> str:
    """Say capital letters one by one; Latin ones by their English names in Cyrillic, others as they are."""
    names = _LETTERS.get(language, {})
    return " ".join(names.get(letter, letter) for letter in letters)


def say_order_id(order_id: str, language: Language) -> str:
    """Say an order's number, letters and digits one by one: "UA-3390" → "U A three three nine zero"."""
    parts = re.findall(r"[A-Z]+|[0-9]+", order_id.upper())
    return " ".join(say_digits(part, language) if part.isdigit() else say_letters(part, language) for part in parts)


def _identifier(match: re.Match[str], language: Language) -> str | None:
    letters, digits = match.groups()
    if language != "en" and letters in {"В", "З", "І", "У", "О", "Я", "К", "С", "А", "И", "НА", "ДО", "ПО", "ЗА"}:
        return None  # a word at the start of a sentence
    if language == "en" and letters in {"I", "A", "ON", "IN", "AT", "BY", "TO", "IS", "OF", "NO"}:
        return None
    return f"{say_letters(letters, language)} {say_digits(digits, language)}"


def _range(match: re.Match[str], language: Language) -> str | None:
    first, last = int(match.group(1)), int(match.group(2))
    if first >= last or is_order_number(match.string, match.start(), language):
        return None
    percent = "" if match.group(3) is None else " " + NOUNS[language]["percent"].after(last, language)
    if language == "en":
        return f"{say_number(first, 'en')} to {say_number(last, 'en')}{percent}"
    noun = word_after(match.string, match.end())
    case = _plain_case(case_before(match.string, match.start(), language))
    said = [say_number(n, language, counted_gender(noun, n, language)[0], case) for n in (first, last)]
    return "-".join(said) + percent


def _plain(match: re.Match[str], language: Language) -> str | None:
    written, (whole, part) = match.group(1), _value(match, 1)
    text = match.string
    if whole > LARGEST and part:
        return None
    if part:
        return _decimal(whole, part, language)
    if is_order_number(text, match.start(), language) or (written[0] == "0" and len(written) > 1):
        return say_digits(re.sub(r"\D", "", written), language)
    noun = word_after(text, match.end())
    if len(written) >= _SHORTEST_DIGITWISE and written.isdigit() and noun not in _COUNTED[language]:
        return say_digits(written, language)
    gender, is_object = counted_gender(noun, whole, language) if noun else ("m", False)
    case = _plain_case(case_before(text, match.start(), language))
    if case == "accusative":
        case = "nominative"
    if is_object and case == "nominative":
        case = "accusative"
    return say_number(whole, language, gender, case)


def _hash(match: re.Match[str], language: Language) -> str | None:
    return {"uk": "номер ", "ru": "номер ", "en": "number "}[language] + say_digits(match.group(1), language)
