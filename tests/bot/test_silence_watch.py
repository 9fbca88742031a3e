"""Silence: two prompts, a goodbye, and a call that is over 45 s after the greeting."""

import pytest

from bot.talk.silence import SilenceStep, SilenceWatch

pytestmark = pytest.mark.unit

SPEAKING_S = 4.0
TICK_S = 0.25


def run(watch: SilenceWatch, seconds: float, *, is_quiet: bool = True) -> list[tuple[float, SilenceStep]]:
    steps, now_s = [], 0.0
    while now_s < seconds:
        now_s += TICK_S
        step = watch.advance(TICK_S, is_quiet=is_quiet)
        if step:
            steps.append((now_s, step))
            now_s += SPEAKING_S
            watch.advance(SPEAKING_S, is_quiet=False)
    return steps


def test_a_caller_who_never_speaks_is_let_go_within_45_s() -> None:
    steps = run(SilenceWatch(8.0), 60.0)
    assert [step for _, step in steps] == list(SilenceStep)
    assert steps[-1][0] + SPEAKING_S < 45.0


def test_time_in_which_somebody_speaks_or_works_does_not_count() -> None:
    watch = SilenceWatch(8.0)
    assert run(watch, 30.0, is_quiet=False) == []
    assert run(watch, 7.5) == []


def test_a_word_of_the_caller_begins_the_count_anew() -> None:
    watch = SilenceWatch(8.0)
    assert [step for _, step in run(watch, 9.0)] == [SilenceStep.FIRST_PROMPT]
    watch.heard_caller()
    assert [step for _, step in run(watch, 9.0)] == [SilenceStep.FIRST_PROMPT]
