"""A caller who waits in silence is asked for patience, never twice in the same words."""

import pytest

from bot.talk.patience import BETWEEN_STEPS_S, Patience

pytestmark = pytest.mark.unit

STEP_S = 0.1


def words_within(patience: Patience, seconds: float, *, is_working: bool = True) -> list[int]:
    due = [patience.advance(STEP_S, is_working=is_working) for _ in range(round(seconds / STEP_S))]
    return [number for number in due if number is not None]


def test_each_word_is_said_once_in_one_wait() -> None:
    assert words_within(Patience(1.3, 3), 60.0) == [0, 1, 2]


def test_nothing_is_said_while_nothing_is_under_way() -> None:
    assert words_within(Patience(1.3, 3), 60.0, is_working=False) == []


def test_a_moment_between_two_steps_does_not_begin_the_wait_anew() -> None:
    patience = Patience(1.3, 3)
    assert words_within(patience, 0.8) == []
    assert words_within(patience, BETWEEN_STEPS_S - STEP_S, is_working=False) == []
    assert words_within(patience, 0.4) == [0]


def test_a_rest_does() -> None:
    patience = Patience(1.3, 3)
    words_within(patience, 1.0)
    words_within(patience, 2.0, is_working=False)
    assert words_within(patience, 1.0) == []


def test_the_first_word_comes_again_only_after_an_answer() -> None:
    patience = Patience(1.3, 3)
    assert words_within(patience, 1.5) == [0]
    words_within(patience, 5.0, is_working=False)
    assert words_within(patience, 1.7) == [1]
    patience.answered()
    words_within(patience, 5.0, is_working=False)
    assert words_within(patience, 1.5) == [0]
