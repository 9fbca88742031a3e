"""The stages of an answered turn add up to what the caller waited."""

from collections.abc import Mapping

import pytest

from pipelines.turn_times import TurnTimes

pytestmark = pytest.mark.unit


class Watch:
    """A clock that a test sets, and the turns that were told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns: list[Mapping[str, float]] = []
        self.times = TurnTimes(lambda: self.now)
        self.times.on_turn = self.turns.append

    def play(self, *moments: tuple[float, str]) -> list[Mapping[str, float]]:
        """Moments in order: `(second, what)`."""
        for self.now, what in moments:
            if what == "caller_stopped":
                self.times.caller_stopped(0.4)
            else:
                getattr(self.times, what)()
        return self.turns


ANSWER = [(3.0, "model_asked"), (3.4, "model_spoke"), (3.6, "speech_asked"), (3.75, "sounded")]


def test_each_stage_has_its_seconds() -> None:
    (turn,) = Watch().play((1.0, "caller_started"), (2.4, "caller_stopped"), (2.9, "transcript"), *ANSWER)
    assert turn == pytest.approx({"stt": 0.9, "turn": 0.1, "llm": 0.6, "first_text": 0.4, "tts": 0.15, "total": 1.75})
    assert sum(turn[stage] for stage in ("stt", "turn", "llm", "tts")) == pytest.approx(turn["total"])


@pytest.mark.parametrize("heard_at", [1.5, 2.2])
def test_a_transcript_from_before_the_pause_costs_the_caller_nothing_more(heard_at: float) -> None:
    (turn,) = Watch().play((heard_at, "transcript"), (2.4, "caller_stopped"), *ANSWER)
    assert turn["stt"] == pytest.approx(max(0.0, heard_at - 2.0))
    assert turn["stt"] + turn["turn"] == pytest.approx(1.0)


def test_only_the_first_sentence_and_its_first_sound_count() -> None:
    more = [(4.0, "model_spoke"), (4.1, "speech_asked"), (4.2, "sounded")]
    assert len(Watch().play((2.4, "caller_stopped"), (2.9, "transcript"), *ANSWER, *more)) == 1


def test_a_caller_who_speaks_on_has_not_been_answered() -> None:
    moments = [(2.4, "caller_stopped"), (2.9, "transcript"), (3.0, "model_asked"), (3.1, "caller_started")]
    assert Watch().play(*moments, (3.6, "speech_asked"), (3.8, "sounded")) == []


def test_a_word_of_patience_is_no_answer() -> None:
    (turn,) = Watch().play(
        (2.4, "caller_stopped"), (2.9, "transcript"), (3.0, "model_asked"), (3.2, "sounded"), *ANSWER[1:]
    )
    assert turn["total"] == pytest.approx(1.75)


def test_speech_that_nobody_asked_for_is_not_told() -> None:
    assert Watch().play((0.1, "speech_asked"), (0.2, "sounded"), (0.3, "model_asked"), (0.4, "sounded")) == []
