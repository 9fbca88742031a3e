"""What stands around a figure: the preposition that rules its case, the word that makes it an order's number."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spoken.cardinals import Case
from spoken.languages import Language
from spoken.lexicon import row

_LAST_WORD = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)*)[\s«\"(]*$")
_FIRST_OF_TWO = re.compile(r"([^\W\d_]+)\s\d{1,3}(?::\d\d)?\s(?:і|й|та|чи|або|и|или)\s$")
_NEXT_WORD = re.compile(r"[\s\u00a0]*([^\W\d_]+(?:['’][^\W\d_]+)*)")
GENITIVE: Mapping[str, frozenset[str]] = {
    "uk": frozenset(row("до від з із зі після близько протягом без для крім упродовж біля менше більше")),
    "ru": frozenset(row("до от с со после около без для кроме течение свыше менее более больше меньше")),
    "en": frozenset(),
}
_INSTRUMENTAL = {"uk": frozenset({"між", "перед"}), "ru": frozenset({"между", "перед"}), "en": frozenset[str]()}
_DATIVE = {"uk": frozenset({"о", "об"}), "ru": frozenset({"к", "ко"}), "en": frozenset[str]()}
_ACCUSATIVE = {
    "uk": frozenset({"на", "через", "за", "по"}),
    "ru": frozenset({"на", "через", "за", "в", "по"}),
    "en": frozenset[str](),
}
_ORDER = {
    "uk": re.compile(
        r"(?:замовлен\w*|номер\w*|№|#|код\w*|ттн|накладн\w*|заявк\w*|квитанці\w*|індекс\w*)[\s:№#\"«(]*$", re.I
    ),
    "ru": re.compile(
        r"(?:заказ\w*|номер\w*|№|#|код\w*|ттн|накладн\w*|заявк\w*|квитанци\w*|индекс\w*)[\s:№#\"«(]*$", re.I
    ),
    "en": re.compile(r"(?:\border|number|no\.|#|№|code|tracking|invoice|ticket|zip|postcode|id)[\s:№#\"(]*$", re.I),
}
_SECOND_ORDER = re.compile(
    r"(?:замовлен\w*|заказ\w*|orders?|номер\w*|numbers?)\s+\d{3,}(?:,\s*\d{3,})*,?\s*(?:і|й|та|и|and|or|або|или|,)\s*$",
    re.I,
)


def word_before(text: str, at: int) -> str:
    """The word right before a place, lower case; empty if a mark stands between."""
    found = _LAST_WORD.search(text[:at])
    return found.group(1).lower() if found else ""


def word_after(text: str, at: int) -> str:
    """The word right after a place, lower case."""
    found = _NEXT_WORD.match(text, at)
    return found.group(1).lower() if found else ""


def case_before(text: str, at: int, language: Language) -> Case:
    """The case that the preposition before a place asks for; nominative without one.

    "між 10:00 і 12:00": the word that rules both stands before the first.
    """
    first = _FIRST_OF_TWO.search(text[:at])
    word = first.group(1).lower() if first else word_before(text, at)
    if word in GENITIVE[language]:
        return "genitive"
    if word in _INSTRUMENTAL[language]:
        return "instrumental"
    if word in _DATIVE[language]:
        return "dative"
    return "accusative" if word in _ACCUSATIVE[language] else "nominative"


def is_order_number(text: str, at: int, language: Language) -> bool:
    """Whether the words before a place make the number there one that is read digit by digit."""
    head = text[:at]
    return bool(_ORDER[language].search(head) or _SECOND_ORDER.search(head))


def ends_sentence(text: str, at: int) -> bool:
    """Whether a full stop before this place ends a sentence, and not only a short form."""
    rest = text[at:].lstrip(" \u00a0\"'»”)")
    return not rest or rest[0].isupper()
