"""What waits at the carrier, told from the marks that come back."""

import pytest

from pipelines.heard import HeardWords
from pipelines.playout import AHEAD_S, Playout

pytestmark = pytest.mark.unit


def play(
    seconds: float, lag_s: float, *, stalls_at_s: float = 1e9, until_s: float | None = None
) -> tuple[Playout, float]:
    """Sound sent at its own pace over a network whose marks take `lag_s`; from `stalls_at_s` on none comes back."""
    playout, echoes, now = Playout(), [], 0.0
    while now < (seconds if until_s is None else until_s):
        for due, name in [echo for echo in echoes if echo[0] <= now]:
            playout.echo(name, due)
            echoes.remove((due, name))
        if now < seconds and (name := playout.send(0.04, now)) is not None and now < stalls_at_s:
            echoes.append((now + lag_s, name))
        now += 0.04
    return playout, now


@pytest.mark.parametrize("lag_s", [0.05, 0.4, 0.9])
def test_a_slow_network_alone_leaves_no_more_unplayed_than_a_fast_one(lag_s: float) -> None:
    playout, now = play(4.0, lag_s)
    assert playout.unplayed_s(now) <= AHEAD_S + 0.01


def test_what_piles_up_behind_a_stall_is_unplayed() -> None:
    playout, now = play(4.0, 0.1, stalls_at_s=3.0)
    assert playout.unplayed_s(now) == pytest.approx(AHEAD_S + 0.9, abs=0.3)


def test_after_a_clear_nothing_waits_and_its_marks_mean_nothing() -> None:
    playout, now = play(3.0, 0.1, stalls_at_s=2.0)
    playout.clear(now)
    assert playout.unplayed_s(now) == 0.0
    assert not playout.knows("played-8")


def test_speech_that_ended_long_ago_was_played() -> None:
    playout, _ = play(2.0, 0.2, until_s=2.5)
    assert playout.unplayed_s(4.0) == 0.0


@pytest.mark.parametrize(
    ("unplayed_s", "heard", "unheard"),
    [
        (0.0, "Hello there. I can move it", "to Tuesday."),
        (0.4, "Hello there. I can", "move it to Tuesday."),
        (1.4, "Hello", "there. I can move it to Tuesday."),
        (9.0, "", "Hello there. I can move it to Tuesday."),
    ],
)
def test_what_waits_at_the_carrier_is_taken_back_word_by_word(unplayed_s: float, heard: str, unheard: str) -> None:
    words = HeardWords(chars_per_s=14.0)
    words.announce("Hello there.")
    words.play(12 / 14)
    words.finish("Hello there.")
    words.announce("I can move it to Tuesday.")
    words.play(14 / 14)
    words.cut(unplayed_s)
    assert words.take() == (heard, unheard)
