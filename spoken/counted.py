"""What a written noun shows of the number before it: gender, case, and that it is counted at all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spoken.cardinals import Case, Gender
from spoken.languages import Language
from spoken.lexicon import words
from spoken.nouns import FEMININE_UK
from spoken.written_context import word_after

# Ukrainian plurals in "-и" and "-і" are of both genders; these endings are of the feminine, but for a few.
_FEMININE_PLURAL = ("ції", "сії", "зії", "иці", "ості", "вки", "бки", "шки", "лки", "рки", "чки", "жки")
_MASCULINE_PLURAL = words(
    "мішки горшки вершки горішки значки вовки гачки пучки пиріжки огірки язички ковпачки бички дубки зубки кубки полки"
)
_SOFT_MASCULINE = words("день місяць тиждень рубль користувач гість кілометр рівень камінь")
_RU_NO_FEMININE = words("раз человек мест слов лет писем чисел окон дел")
# After two to four the noun may stand behind its adjective: "2 нові посилки".
_ADJECTIVE: Mapping[str, re.Pattern[str]] = {
    "uk": re.compile(
        r".*(?:ові|ські|цькі|льні|их)|великі|малі|інші|останні|перші|різні|окремі|цілі|ваші|мої|наші|повні|вільні"
        r"|доступні|робочі"
    ),
    "ru": re.compile(r".*(?:ые|ие|ых|их)"),
}
# "між 2 і 5 днями": the noun of the first is that of the second.
_SECOND = re.compile(r"[\s\u00a0](?:і|й|та|чи|або|и|или)[\s\u00a0]\d+(?=[\s\u00a0])")
_FEMININE_SINGULAR: Mapping[str, Mapping[Case, tuple[str, ...]]] = {
    "uk": {
        "genitive": ("и", "і", "ої", "ьої"),
        "dative": ("і", "ій"),
        "instrumental": ("ою", "ею", "єю"),
    },
    "ru": {
        "genitive": ("ы", "и", "ой", "ей"),
        "dative": ("е", "ой", "ей"),
        "instrumental": ("ой", "ей", "ою", "ею"),
    },
}
_SHOWS: Mapping[Case, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # Of one; of several.
    "dative": (("у", "ю", "і", "е", "ій", "ой", "ей"), ("ам", "ям", "им", "ім", "ым")),
    "instrumental": (("ом", "ем", "єм", "им", "ым", "ою", "ею", "єю", "ой", "ей"), ("ами", "ями", "ьми", "ими", "ыми")),
}
_COUNTED: Mapping[str, frozenset[str]] = {
    "uk": words(
        "замовлення замовлень товари одиниць людей разів бонус бонуси бал бали"
    ),
    "ru": words(
        "заказа посылок посылки товара единиц человек раз бонус бонуса балл балла гривен копеек книг штук"
    ),
    "en": words(
        "orders parcels items units people customers times packages boxes steps points bonuses miles hryvnias dollars"
        " euros roubles rubles pounds kilograms grams meters kilometers products words pieces books reviews"
    ),
}  # fmt: skip
# Genitives plural end so, and hardly anything else that stands after an order's number.
_MANY: Mapping[str, tuple[str, ...]] = {"uk": ("ів", "їв"), "ru": ("ов", "ев", "ей"), "en": ()}
_NOT_MANY = words(
    "київ львів харків чернігів миколаїв привів хотів зумів готов здоров киев львов харьков чернигов николаев скорей ей"
)


def noun_after(text: str, at: int, language: Language) -> str:
    """The noun that a number before this place counts, lower case; empty without one."""
    second = _SECOND.match(text, at)
    at = second.end() if second else at
    noun = word_after(text, at)
    adjective = _ADJECTIVE.get(language)
    if adjective and adjective.fullmatch(noun) and noun not in FEMININE_UK:
        behind = text.lower().find(noun, at) + len(noun)
        return word_after(text, behind) or noun
    return noun


def is_counted(noun: str, language: Language) -> bool:
    """Whether a noun makes a quantity of a long number before it: "1500 бонусів", but not "1042 готове"."""
    if noun in _COUNTED[language] or (language == "uk" and noun in FEMININE_UK):
        return True
    return noun.endswith(_MANY[language]) and noun not in _NOT_MANY


def counted_case(noun: str, number: int, case: Case) -> Case:
    """The case of a number before a noun: the preposition's if the noun shows it, or else the nominative."""
    if case not in _SHOWS:
        return case
    is_one = _last(number) == 1
    return case if noun.endswith(_SHOWS[case][0 if is_one else 1]) else "nominative"


def counted_gender(noun: str, number: int, language: Language, case: Case = "nominative") -> Gender:
    """The gender that a noun shows after a number; where the ending leaves it open, masculine.

    Args:
        noun: as written, in the form that goes with the number.
        number: what counts it.
        language: of both.
        case: in which the noun stands.
    """
    if _last(number) == 1:
        feminine = _FEMININE_SINGULAR[language].get(case)
        if feminine is not None:
            return "f" if noun.endswith(feminine) else "m"
        return _gender_of_one(noun, language)
    is_few = 2 <= _last(number) <= 4
    if language == "uk":
        is_feminine = noun.endswith(_FEMININE_PLURAL if is_few else ("ок", "цій", "сій", "зій"))
        return "f" if noun in FEMININE_UK or (is_feminine and noun not in _MASCULINE_PLURAL) else "m"
    if is_few:
        return "f" if noun.endswith(("ы", "и", "ые", "ие")) and noun != "пути" else "m"
    return "m" if noun.endswith((*_MANY["ru"], "ий")) or noun in _RU_NO_FEMININE else "f"


def is_accusative(noun: str, number: int) -> bool:
    """Whether a noun after one shows the accusative: "1 посилку"."""
    return _last(number) == 1 and noun.endswith(("у", "ю"))


def _last(number: int) -> int:
    """The digit that rules the noun; 0 for the teens."""
    return number % 10 if number // 10 % 10 != 1 else 0


def _gender_of_one(noun: str, language: Language) -> Gender:
    if noun.endswith(("у", "ю")):
        return "f"
    if noun.endswith(("о", "е") if language == "uk" else ("о", "е", "ё", "мя")):
        return "n"
    if language == "uk":
        if noun.endswith(("ння", "ття", "лля", "ддя", "сся")):
            return "n"
        return "f" if noun.endswith(("а", "я", "ь")) and noun not in _SOFT_MASCULINE else "m"
    return "f" if noun.endswith(("а", "я", "сть")) else "m"
