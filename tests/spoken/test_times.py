"""Times of day said by the agent and by callers."""

from datetime import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.cardinals import Case
from spoken.heard_times import read_times
from spoken.times import say_time, say_time_in_everyday_words

pytestmark = pytest.mark.unit

HEARD: list[tuple[Language, str, list[time]]] = [
    ("uk", "о пів на третю", [time(2, 30)]),
    ("uk", "о п'ятнадцятій тридцять", [time(15, 30)]),
    ("uk", "о третій годині дня", [time(15)]),
    ("uk", "за чверть четверта", [time(3, 45)]),
    ("uk", "чверть на другу", [time(1, 15)]),
    ("uk", "після шостої вечора", [time(18)]),
    ("uk", "з дев'ятої до вісімнадцятої", [time(9), time(18)]),
    ("uk", "о 15:30", [time(15, 30)]),
    ("uk", "опівдні", [time(12)]),
    ("uk", "за п'ять хвилин третя", [time(2, 55)]),
    ("uk", "за десять перша", [time(12, 50)]),
    ("uk", "десять хвилин на третю", [time(2, 10)]),
    ("uk", "двадцять п'ять на шосту", [time(5, 25)]),
    ("uk", "за п'ять хвилин", []),
    ("uk", "два замовлення", []),
    ("ru", "в половине третьего", [time(2, 30)]),
    ("ru", "без четверти четыре", [time(3, 45)]),
    ("ru", "в пятнадцать тридцать", [time(15, 30)]),
    ("ru", "в три часа дня", [time(15)]),
    ("ru", "в семь вечера", [time(19)]),
    ("ru", "в час", [time(1)]),
    ("ru", "без пяти три", [time(2, 55)]),
    ("ru", "без двадцати минут час", [time(12, 40)]),
    ("ru", "десять минут третьего", [time(2, 10)]),
    ("ru", "к двум часам", [time(2)]),
    ("ru", "через пять минут", []),
    ("ru", "один ноль четыре два", []),
    ("en", "half past three", [time(3, 30)]),
    ("en", "quarter to four PM", [time(15, 45)]),
    ("en", "three thirty PM", [time(15, 30)]),
    ("en", "nine o'clock", [time(9)]),
    ("en", "at 15:30", [time(15, 30)]),
    ("en", "twelve thirty AM", [time(0, 30)]),
    ("en", "noon", [time(12)]),
    ("en", "ten past two", [time(2, 10)]),
    ("en", "half two", [time(2, 30)]),
    ("en", "half two in the afternoon", [time(14, 30)]),
    ("en", "half two boxes", []),
    ("en", "five minutes to three", [time(2, 55)]),
    ("en", "twenty to one PM", [time(12, 40)]),
    ("en", "from five to three items", []),
    ("en", "five minutes", []),
    ("en", "two orders", []),
]


@pytest.mark.parametrize(("language", "text", "times"), HEARD)
def test_times_are_understood(language: Language, text: str, times: list[time]) -> None:
    assert read_times(text, language) == times


MOMENTS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@settings(deadline=None, max_examples=300)
@given(language=st.sampled_from(LANGUAGES), case=st.sampled_from(get_args(Case)), moment=MOMENTS)
def test_what_is_said_is_understood(language: Language, case: Case, moment: time) -> None:
    assert read_times(say_time(moment, language, case), language) == [moment]


@pytest.mark.parametrize(
    ("case", "said"),
    [("genitive", "двух ноль пяти"), ("dative", "двум ноль пяти"), ("instrumental", "двумя ноль пятью")],
)
def test_a_zero_of_the_minutes_takes_no_case(case: Case, said: str) -> None:
    assert say_time(time(2, 5), "ru", case) == said


@settings(deadline=None)
@given(language=st.sampled_from(LANGUAGES), hour=st.integers(1, 12), minute=st.sampled_from([15, 30, 45]))
def test_everyday_words_are_understood(language: Language, hour: int, minute: int) -> None:
    assert read_times(say_time_in_everyday_words(time(hour, minute), language), language) == [time(hour, minute)]
