"""Written numbers as they are said: counts, order numbers, ordinals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from spoken.cardinals import LARGEST, say_number
from spoken.counted import counted_case, counted_gender, is_accusative, is_counted, noun_after
from spoken.digits import say_digits
from spoken.languages import Language
from spoken.lexicon import row, words
from spoken.ordinals import Form, say_ordinal
from spoken.written_context import case_before, is_order_number, word_after, word_before
from spoken.written_measures import FREE, NUMBER, read_value, say_decimal
from spoken.written_rule import Say

# A seat, a flat, a class: "4B", "5-Б".
_LETTERED = re.compile(r"(?<![\w@./-])(\d{1,4})-?([A-ZА-ЯІЇЄҐ])(?![\w-])")
_ID = re.compile(r"(?<![\w@./-])([A-ZА-ЯІЇЄҐ]{1,3})[- ]?(\d{3,8})(?![\w@-])")
_SUFFIXED = {
    "uk": re.compile(
        FREE + r"(\d{1,4})-(го|му|ий|й|ша|га|тя|та|ма|а|ше|ге|тє|те|ме|е|є|ту|шу|гу|му|ої|ї|ій|х|і)(?!\w)"
    ),
    "ru": re.compile(FREE + r"(\d{1,4})-(го|му|ый|ий|ой|й|я|ая|е|ое|ю|ую|м|ом|х|ые)(?!\w)"),
    "en": re.compile(FREE + r"(\d{1,4})(st|nd|rd|th)(?!\w)", re.IGNORECASE),
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
_SHORTEST_DIGITWISE = 4


def patterns(language: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """Longest first."""
    return [
        (re.compile(r"(?<!\w)#\s?(\d+)(?!\w)"), _hash),
        (_SUFFIXED[language], _suffixed),
        (_ID, _identifier),
        (_LETTERED, _lettered),
        (re.compile(FREE + r"(\d{1,3})\s?[-–—]\s?(\d{1,3})(?![\w-])(?=\s|[.,!?]|$)"), _range),
        (re.compile(FREE + rf"{NUMBER[language]}(?![\w-]|[.,:/]\d)"), _plain),
    ]


def _lettered(match: re.Match[str], language: Language) -> str | None:
    number, letter = match.groups()
    is_long = len(number) >= _SHORTEST_DIGITWISE
    said = say_digits(number, language) if is_long else say_number(int(number), language)
    return f"{said} {say_letters(letter, language)}"


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
    if language == "uk" and match.group(2) == "й" and word_before(match.string, match.start()) in {"о", "об"}:
        form = "f_dative"
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
    if language == "en":
        return f"{say_number(first, 'en')} to {say_number(last, 'en')}"
    noun = noun_after(match.string, match.end(), language)
    case = counted_case(noun, last, case_before(match.string, match.start(), language))
    gender = counted_gender(noun, last, language, case) if noun else "m"
    said = [say_number(number, language, gender, case) for number in (first, last)]
    return "-".join(said)


def _plain(match: re.Match[str], language: Language) -> str | None:
    written, (whole, part) = match.group(1), read_value(match, 1)
    text = match.string
    if whole > LARGEST and part:
        return None
    if part:
        return say_decimal(whole, part, language)
    if is_order_number(text, match.start(), language) or (written[0] == "0" and len(written) > 1):
        return say_digits(re.sub(r"\D", "", written), language)
    noun = noun_after(text, match.end(), language)
    if len(written) >= _SHORTEST_DIGITWISE and written.isdigit() and not is_counted(noun, language):
        return say_digits(written, language)
    if language == "en":
        return say_number(whole, "en")
    case = counted_case(noun, whole, case_before(text, match.start(), language))
    if case in ("nominative", "accusative"):
        case = "accusative" if is_accusative(noun, whole) else "nominative"
    return say_number(whole, language, counted_gender(noun, whole, language, case) if noun else "m", case)


def _hash(match: re.Match[str], language: Language) -> str | None:
    return {"uk": "номер ", "ru": "номер ", "en": "number "}[language] + say_digits(match.group(1), language)
