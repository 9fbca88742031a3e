"""What callers say in their own way, and what it means: tables written before the code was looked at."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.dates import read_dates
from spoken.digits import read_digits
from spoken.heard_times import read_times
from spoken.order_ids import read_order_ids
from spoken.phones import read_phones, say_phone
from spoken.written_numbers import say_order_id

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).parents[1] / "data" / "spoken" / "heard"
TABLES: dict[Language, dict[str, list[list[Any]]]] = {
    language: yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8")) for language in LANGUAGES
}
WEDNESDAY = date(2026, 3, 11)
UKRAINE = "380"
NUMBERED = {"uk": "можу перенести замовлення", "ru": "могу перенести заказ", "en": "I can move order"}
CALLED = {"uk": "літери", "ru": "буквы", "en": "letters"}
ORDINARY: list[tuple[Language, str]] = [
    ("uk", "а двадцять дев'ять чотири"),
    ("uk", "це тридцять три"),
    ("uk", "де один нуль чотири два"),
    ("ru", "а двадцать девять четыре"),
    ("ru", "ну и тридцать три"),
    ("ru", "те же один ноль четыре два"),
    ("en", "a thousand and five"),
    ("en", "order a thousand and five"),
    ("ru", "эм, один ноль три три"),
    ("en", "are you ten thirty-three"),
    ("en", "I see one oh four two"),
    ("en", "oh one zero three three"),
]


def rows(kind: str) -> list[tuple[Language, str, Any]]:
    return [(language, said, meant) for language in LANGUAGES for said, meant in TABLES[language][kind]]


def only(found: list[Any]) -> Any:
    """The one value that was meant; None where there is none, or more than one."""
    return found[0] if len(set(found)) == 1 else None


@pytest.mark.parametrize(("language", "said", "meant"), rows("digits"))
def test_dictated_digits(language: Language, said: str, meant: str) -> None:
    assert read_digits(said, language) == [meant]


@pytest.mark.parametrize(("language", "said", "meant"), rows("order_ids"))
def test_order_numbers_with_letters(language: Language, said: str, meant: str) -> None:
    assert read_order_ids(said, language) == [meant]


@pytest.mark.parametrize(("language", "said", "meant"), rows("phones"))
def test_phones(language: Language, said: str, meant: str | None) -> None:
    assert only(read_phones(said, language, UKRAINE)) == meant


@pytest.mark.parametrize(("language", "said", "meant"), rows("days"))
def test_days(language: Language, said: str, meant: str | None) -> None:
    mentions = [mention for mention in read_dates(said, language, WEDNESDAY) if not mention.is_negated]
    day = only([mention.date for mention in mentions])
    is_clear = day is not None and all(mention.weekday_agrees for mention in mentions)
    assert (day.isoformat() if is_clear else None) == meant


@pytest.mark.parametrize(("language", "said", "meant"), rows("times"))
def test_times(language: Language, said: str, meant: str | None) -> None:
    moment = only(read_times(said, language))
    assert (moment.strftime("%H:%M") if moment is not None else None) == meant


@given(st.sampled_from(LANGUAGES), st.from_regex(r"[A-Z]{1,3}[0-9]{2,8}", fullmatch=True))
def test_an_order_number_that_is_said_is_read_back(language: Language, order_id: str) -> None:
    said = f"{CALLED[language]} {say_order_id(order_id, language)}"
    assert read_order_ids(said, language) == [order_id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_that_is_also_a_word_is_read_in_a_sentence_about_an_order(language: Language) -> None:
    for letters in (*ascii_uppercase, *map("".join, product(ascii_uppercase, repeat=2))):
        said = f"{NUMBERED[language]} {say_order_id(letters + '1033', language)}"
        assert read_order_ids(said, language) == [letters + "1033"], said


@given(st.sampled_from(LANGUAGES), st.from_regex(r"\+(380[1-9][0-9]{8}|7[1-9][0-9]{9}|1[2-9][0-9]{9})", fullmatch=True))
def test_a_phone_that_is_said_is_read_back(language: Language, phone: str) -> None:
    assert read_phones(say_phone(phone, language), language, UKRAINE) == [phone]


@pytest.mark.parametrize("said", ORDINARY)
def test_words_that_sound_like_letters_are_none(said: tuple[Language, str]) -> None:
    language, text = said
    assert read_order_ids(text, language) == []


def test_there_are_enough_cases() -> None:
    assert all(sum(len(table) for table in TABLES[language].values()) >= 60 for language in LANGUAGES)
