"""What libraries know as well as our tables: both say the same, or a library is known to be wrong."""

import pytest
from babel import Locale
from babel.dates import get_day_names, get_month_names
from num2words import num2words

from spoken import LANGUAGES, Language, en, ru, uk
from spoken.cardinals import Case, plural_index, say_number
from spoken.ordinals import say_ordinal
from spoken.tokens import normalize

pytestmark = pytest.mark.unit

TABLES = {"uk": uk, "ru": ru, "en": en}
NUMBERS = [*range(1_200), 2_000, 2_026, 5_001, 11_000, 21_000, 111_111, 999_999, 1_000_000, 2_345_678]
PLURALS = {"one": 0, "few": 1, "many": 2, "other": 2}
# "двохста", "двадцятьма вісьма"; English has no cases.
RIGHT_CASES: list[tuple[Language, Case]] = [
    ("uk", "dative"),
    ("ru", "genitive"),
    ("ru", "dative"),
    ("ru", "instrumental"),
]


def written(word: str) -> str:
    return word.replace("ʼ", "'").replace("’", "'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_after_a_day_are_those_of_cldr(language: Language) -> None:
    names = get_month_names("wide", context="format", locale=language)
    assert tuple(written(names[month]) for month in range(1, 13)) == TABLES[language].MONTHS


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_that_stand_alone_in_cldr_are_understood(language: Language) -> None:
    names = get_month_names("wide", context="stand-alone", locale=language)
    understood = TABLES[language].LEXICON.months
    assert [understood.get(normalize(names[month])) for month in range(1, 13)] == list(range(1, 13))


@pytest.mark.parametrize("language", LANGUAGES)
def test_weekdays_are_those_of_cldr(language: Language) -> None:
    names = get_day_names("wide", context="stand-alone", locale=language)
    assert tuple(written(names[day]) for day in range(7)) == TABLES[language].WEEKDAYS


@pytest.mark.parametrize("language", LANGUAGES)
def test_nouns_follow_numbers_by_the_plural_rules_of_cldr(language: Language) -> None:
    rule = Locale(language).plural_form
    assert [plural_index(number, language) for number in NUMBERS] == [PLURALS[rule(number)] for number in NUMBERS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_num2words(language: Language) -> None:
    said = [written(num2words(number, lang=language)).replace(",", "") for number in NUMBERS]
    assert [say_number(number, language) for number in NUMBERS] == said


@pytest.mark.parametrize(("language", "case"), RIGHT_CASES)
def test_numbers_in_cases_are_those_of_num2words_where_it_is_right(language: Language, case: Case) -> None:
    said = [written(num2words(number, lang=language, case=case)) for number in range(1, 1_000)]
    assert [say_number(number, language, case=case) for number in range(1, 1_000)] == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinals_are_those_of_num2words(language: Language) -> None:
    said = [written(num2words(number, lang=language, to="ordinal")) for number in range(1, 1_000)]
    assert [say_ordinal(number, language) for number in range(1, 1_000)] == said
