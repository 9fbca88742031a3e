"""Reads amounts of money back: the other half of the round trip; the product only says them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from spoken.languages import LANGUAGES, Language
from spoken.lexicons import LEXICONS
from spoken.money import CURRENCIES, Currency, Money
from spoken.nouns import NOUNS, UNITS
from spoken.numerals import read_numeral
from spoken.tokens import Token, normalize, tokenize


def _words(language: Language) -> tuple[dict[str, Currency], frozenset[str]]:
    major: dict[str, Currency] = {}
    minor: set[str] = set()
    for currency in CURRENCIES:
        for key in (currency, f"{currency}/100"):
            noun = NOUNS[language][key]
            forms = {noun.one, noun.few, noun.many, noun.of_one, noun.accusative} - {""}
            forms |= {short for short, unit in UNITS[language].items() if unit == key}
            if key == currency:
                major.update(dict.fromkeys((normalize(form) for form in forms), currency))
            else:
                minor |= {normalize(form) for form in forms}
    return major, frozenset(minor)


_SPOKEN = {language: _words(language) for language in LANGUAGES}
# What callers say beside the names above.
_ALSO: Mapping[Language, Mapping[str, Currency]] = {
    "uk": {"гривень": "UAH", "гривен": "UAH", "гривня": "UAH", "бакси": "USD", "баксів": "USD", "рублей": "RUB"},
    "ru": {"гривень": "UAH", "гривня": "UAH", "гривни": "UAH", "баксов": "USD", "бакса": "USD", "рубликов": "RUB"},
    "en": {"bucks": "USD", "buck": "USD", "hryvnia": "UAH", "hryvnya": "UAH", "ruble": "RUB", "rubles": "RUB"},
}
_SIGNS: Mapping[str, Currency] = {"$": "USD", "€": "EUR", "₴": "UAH", "₽": "RUB", "£": "GBP"}
_AND = frozenset({"and", "і", "й", "та", "и"})
_HALF_AFTER = (("з", "половиною"), ("с", "половиной"), ("and", "a", "half"))
_HALF = frozenset({"пів", "пол"})
_ONE_AND_HALF = frozenset({"півтора", "півтори", "полтора", "полторы"})
_TOO_LARGE = frozenset({"million", "мільйон", "мільйони", "мільйонів", "миллион", "миллиона", "миллионов"})


def read_money(text: str, language: Language) -> list[Money]:
    """Find the amounts that a text names, in order, in words or figures ("1 250,50 грн", "five bucks").

    An amount needs its currency; kopecks or cents alone belong to the currency of the language's own word.

    Args:
        text: a transcript or a sentence of the agent.
        language: the language of its words.
    """
    tokens = tokenize(text)
    found: list[Money] = []
    index = 0
    while index < len(tokens):
        amount = _amount(tokens, index, language)
        if amount is None:
            index += 1
            continue
        value, at = amount
        sign = _SIGNS.get(tokens[index - 1].text) if index else None
        currency, after = _currency(tokens, at, language)
        if sign is not None and sign in CURRENCIES:
            found.append(Money(value, sign))
            index = at
        elif currency is not None:
            value, index = _with_minor(value, tokens, after, language)
            found.append(Money(value, currency))
        elif at < len(tokens) and tokens[at].text in _SPOKEN[language][1]:
            found.append(Money(value / 100, "USD" if tokens[at].text[0] in "cц" else "UAH"))
            index = at + 1
        else:
            index = at
    return found


def _currency(tokens: list[Token], at: int, language: Language) -> tuple[Currency | None, int]:
    if at >= len(tokens):
        return None, at
    word = tokens[at].text
    known = _SPOKEN[language][0].get(word) or _ALSO[language].get(word)
    if known is None and language != "en":
        other: Language = "ru" if language == "uk" else "uk"
        known = _SPOKEN[other][0].get(word) or _ALSO[other].get(word)
    after = at + 1
    if after < len(tokens) and tokens[after].text == "." and len(word) <= 4:
        after += 1
    return known, after


def _amount(tokens: list[Token], index: int, language: Language) -> tuple[Decimal, int] | None:
    lexicon = LEXICONS[language]
    following = lexicon.numbers.get(tokens[index + 1].text) if index + 1 < len(tokens) else None
    if tokens[index].text in _ONE_AND_HALF:
        is_thousand = following is not None and following.kind == "thousand"
        return (Decimal(1500), index + 2) if is_thousand else (Decimal("1.5"), index + 1)
    if index and tokens[index - 1].text in _TOO_LARGE:
        return None
    if tokens[index].text in _HALF and index + 1 < len(tokens):
        return Decimal("0.5"), index + 1
    if tokens[index].kind == "digits":
        return _figures(tokens, index)
    numeral = read_numeral(tokens, index, lexicon)
    if numeral is None:
        return None
    value, at = Decimal(numeral.digits), numeral.end
    for phrase in _HALF_AFTER:
        if tuple(token.text for token in tokens[at : at + len(phrase)]) == phrase:
            value, at = value + Decimal("0.5"), at + len(phrase)
            word = lexicon.numbers.get(tokens[at].text) if at < len(tokens) else None
            return (value * 1000, at + 1) if word is not None and word.kind == "thousand" else (value, at)
    return value, at


def _figures(tokens: list[Token], index: int) -> tuple[Decimal, int]:
    """Read "1 250,50", "1,250.50", "1250": groups of three, then a decimal part of one or two."""
    digits, at = tokens[index].text, index + 1
    if len(digits) <= 3 and digits[0] != "0":
        while at < len(tokens):
            step = 1 if tokens[at].kind == "digits" else 2 if tokens[at].text == "," else 0
            group = tokens[at + step - 1] if step and at + step - 1 < len(tokens) else None
            if group is None or group.kind != "digits" or len(group.text) != 3:
                break
            digits, at = digits + group.text, at + step
    if at + 1 < len(tokens) and tokens[at].text in ",." and tokens[at + 1].kind == "digits":
        part = tokens[at + 1]
        if len(part.text) <= 2 and tokens[at].end == part.start and tokens[at - 1].end == tokens[at].start:
            return Decimal(f"{digits}.{part.text}"), at + 2
    return Decimal(digits), at


def _with_minor(value: Decimal, tokens: list[Token], at: int, language: Language) -> tuple[Decimal, int]:
    """Add "fifty cents" after the major unit."""
    start = at + 1 if at < len(tokens) and tokens[at].text in _AND else at
    if start >= len(tokens):
        return value, at
    numeral = read_numeral(tokens, start, LEXICONS[language])
    if numeral is None or len(numeral.digits) > 2 or numeral.end >= len(tokens):
        return value, at
    minor = _SPOKEN[language][1] | (_SPOKEN["ru"][1] | _SPOKEN["uk"][1] if language != "en" else frozenset())
    if tokens[numeral.end].text not in minor:
        return value, at
    return value + Decimal(numeral.digits) / 100, numeral.end + 1
