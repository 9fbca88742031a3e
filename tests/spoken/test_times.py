"""Times of day said by the agent and by callers."""

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
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
    ("uk", "два замовлення", []),
    ("ru", "в половине третьего", [time(2, 30)]),
    ("ru", "без четверти четыре", [time(3, 45)]),
    ("ru", "в пятнадцать тридцать", [time(15, 30)]),
    ("ru", "в три часа дня", [time(15)]),
    ("ru", "в семь вечера", [time(19)]),
    ("ru", "в час", [time(1)]),
    ("ru", "один ноль четыре два", []),
    ("en", "half past three", [time(3, 30)]),
    ("en", "quarter to four PM", [time(15, 45)]),
    ("en", "three thirty PM", [time(15, 30)]),
    ("en", "nine o'clock", [time(9)]),
    ("en", "at 15:30", [time(15, 30)]),
    ("en", "twelve thirty AM", [time(0, 30)]),
    ("en", "noon", [time(12)]),
    ("en", "two orders", []),
]


@pytest.mark.parametrize(("language", "text", "times"), HEARD)
def test_times_are_understood(language: Language, text: str, times: list[time]) -> None:
    assert read_times(text, language) == times


MOMENTS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@settings(deadline=None, max_examples=300)
@given(language=st.sampled_from(LANGUAGES), moment=MOMENTS)
def test_what_is_said_is_understood(language: Language, moment: time) -> None:
    assert read_times(say_time(moment, language), language) == [moment]


@settings(deadline=None)
@given(language=st.sampled_from(LANGUAGES), hour=st.integers(1, 12), minute=st.sampled_from([15, 30, 45]))
def test_everyday_words_are_understood(language: Language, hour: int, minute: int) -> None:
    assert read_times(say_time_in_everyday_words(time(hour, minute), language), language) == [time(hour, minute)]
