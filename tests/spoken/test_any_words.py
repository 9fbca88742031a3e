"""Whatever words come in whatever order, every reader answers, soon, and within its promises."""

import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.answers import Answer, judge
from spoken.dates import read_dates
from spoken.digits import read_digits
from spoken.languages import detect
from spoken.lexicon import words
from spoken.lexicons import LEXICONS
from spoken.readback import read_readback
from spoken.requests import read_request

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)
EXPECTED = date(2026, 3, 17)
CPU_LIMIT_S = 0.010

PLAIN = {
    "en": words("order the of on to yes no not that one a in week ago from now next this may wrong please move where"),
    "uk": words("замовлення на у через тиждень тому наступного числа так ні не це перенести де день року"),
    "ru": words("заказ на во через неделю назад следующий числа да нет не это перенести где день года"),
}
MARKS = [",", ".", "?", "-", ":", "/", "(", "1033", "17", "3", "2026", "17th", "17-го", "17.03", "0"]


def vocabulary(language: Language) -> list[str]:
    lexicon = LEXICONS[language]
    tables = (lexicon.numbers, lexicon.ordinals, lexicon.months, lexicon.weekdays, lexicon.relative, lexicon.units)
    return sorted({word for table in tables for word in table} | PLAIN[language] | set(MARKS))


sentences = st.sampled_from(LANGUAGES).flatmap(
    lambda language: st.tuples(
        st.just(language), st.lists(st.sampled_from(vocabulary(language)), max_size=14).map(" ".join)
    )
)


@settings(deadline=None, max_examples=300)
@given(sentence=sentences)
def test_readers_keep_their_promises_on_any_words(sentence: tuple[Language, str]) -> None:
    language, text = sentence
    mentions = read_dates(text, language, TODAY)
    assert all(text[mention.start : mention.end] == mention.text for mention in mentions)
    assert all(before.end <= after.start for before, after in pairwise(mentions))
    numbers = read_digits(text, language)
    assert all(number.isdigit() and len(number) >= 2 for number in numbers)
    readback = read_readback(text, language, TODAY)
    if readback is not None:
        assert {readback.order_id} == set(numbers)
        assert {readback.date} == {mention.date for mention in mentions}
    read_request(text, language)
    detect(text)


@settings(deadline=None, max_examples=300)
@given(sentence=sentences)
def test_yes_names_nothing_but_what_was_read_back(sentence: tuple[Language, str]) -> None:
    language, text = sentence
    if judge(text, language, expected_digits="1033", expected_date=EXPECTED, today=TODAY) is Answer.YES:
        assert set(read_digits(text, language)) <= {"1033"}
        assert all(
            mention.date == EXPECTED or mention.date.weekday() == EXPECTED.weekday()
            for mention in read_dates(text, language, TODAY)
        )
        assert "?" not in text


@pytest.mark.parametrize(
    ("language", "unit"),
    [
        ("en", "1 "),
        ("en", "one "),
        ("en", "yes no "),
        ("en", "nothing "),
        ("en", "thanks "),
        ("en", "no thanks , "),
        ("en", "when is my "),
        ("en", "I want to talk to "),
        ("en", "in one "),
        ("en", "the "),
        ("uk", "один "),
        ("uk", "коли ви "),
        ("uk", "не "),
        ("ru", "спасибо большое "),
        ("ru", "двадцать "),
        ("ru", "а"),
        ("en", "- "),
    ],
)
def test_long_repetitive_texts_take_little_time(language: Language, unit: str) -> None:
    # Recognition loops on noise: the same word over and over.
    text = (unit * 200)[:200] + "x"

    def cpu_s() -> float:
        start = time.process_time()
        judge(text, language, expected_digits="1033", expected_date=EXPECTED, today=TODAY)
        read_request(text, language)
        read_readback(text, language, TODAY)
        detect(text)
        return time.process_time() - start

    assert min(cpu_s() for _ in range(10)) < CPU_LIMIT_S
