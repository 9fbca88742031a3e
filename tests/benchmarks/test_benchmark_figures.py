"""What the benchmarks conclude from a tape and the vendors' times."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.book import Asked, Turn
from benchmarks.caller import Call
from benchmarks.figures import Decision, figure_turns, overhead_ms, playing, spread, summarise
from benchmarks.line import Heard, Tape
from benchmarks.results_files import metadata
from benchmarks.step import void_reason
from benchmarks.tags import Tag
from emulators.twilio.track import RATE_HZ
from emulators.ulaw import encode

pytestmark = pytest.mark.unit

DECISION = Decision(pause_ms=200.0, asked_after_ms=200.0, turn_model_ms=50.0)
STARTED_AT = 1000.0


def voice(seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.rint(9000 * np.sin(2 * np.pi * 300 * at + 1.0)).astype(np.int16)


def spoken_call(*, reply_at_s: float | None, speech=(1.0, 2.0), reply_s: float = 1.0) -> Call:
    """A call of one turn, answered at a moment; the vendors' steps fill the wait exactly."""
    call = Call(0, Tape(started_at=STARTED_AT))
    caller = np.zeros(6 * RATE_HZ, dtype=np.int16)
    start, end = (round(at * RATE_HZ) for at in speech)
    caller[start:end] = voice(speech[1] - speech[0])
    call.tape.caller = [encode(caller)]
    call.tape.agent.write(0, voice(0.3))
    call.tape.heard = [Heard(0, round(0.3 * RATE_HZ))]
    end_at = STARTED_AT + end / RATE_HZ
    turn = Turn(Tag(0, 0), "words", "reply", start, end - 1, end_at, final_s=0.3, first_token_s=0.2, first_byte_s=0.1)
    turn.asked = [Asked(end_at + 0.35, end_at + 0.55, end_at + 0.6)]
    turn.tts_request_at = end_at + 0.62
    turn.tts_first_byte_at = end_at + 0.72
    call.turns, call.texts = [turn], ["words"]
    if reply_at_s is not None:
        at = round(reply_at_s * RATE_HZ)
        call.tape.agent.write(at, voice(reply_s))
        call.tape.heard.append(Heard(at, at + round(reply_s * RATE_HZ)))
    return call


@pytest.mark.parametrize(
    ("stt_final", "decision", "expected"),
    [
        (250.0, Decision(200.0, 200.0, 20.0), 40.0),  # the transcript comes last
        (150.0, Decision(200.0, 200.0, 50.0), 40.0),  # pause and turn model come last
        (150.0, Decision(250.0, 100.0, 60.0), 40.0),  # the turn model has thought ahead within the pause
    ],
)
def test_overhead_leaves_out_what_vendors_and_the_decision_take(
    stt_final: float, decision: Decision, expected: float
) -> None:
    assert overhead_ms(250.0 + 400.0 + 100.0 + 40.0, stt_final, decision, 400.0, 100.0) == pytest.approx(expected)


def test_stages_add_up_to_what_the_caller_waited() -> None:
    (turn,) = figure_turns(spoken_call(reply_at_s=2.75), DECISION)

    assert turn.discard is None
    assert turn.ttfab_ms == pytest.approx(750.0, abs=2.0)
    assert turn.overhead_ms == pytest.approx(750.0 - (300.0 + 250.0 + 100.0), abs=2.0)
    assert turn.beyond_final_ms == pytest.approx(50.0, abs=0.5)
    assert turn.after_decision_ms == pytest.approx(turn.overhead_ms - 50.0, abs=0.5)
    assert sum(turn.stages.values()) == pytest.approx(turn.ttfab_ms, abs=0.5)
    assert turn.stages["to_ear"] == pytest.approx(30.0, abs=2.0)


def test_turn_without_a_reply_is_left_out_with_its_reason() -> None:
    call = spoken_call(reply_at_s=None)
    turns = figure_turns(call, DECISION)

    assert [turn.discard for turn in turns] == ["no_reply"]
    summary = summarise([call], turns)
    assert (summary.overhead.n, summary.discards) == (0, {"no_reply": 1})


def test_turn_in_which_the_agent_speaks_too_is_left_out() -> None:
    (turn,) = figure_turns(spoken_call(reply_at_s=1.5), DECISION)

    assert turn.discard == "double_talk"


def test_turn_whose_detectors_disagree_is_left_out() -> None:
    call = spoken_call(reply_at_s=2.75)
    call.tape.heard[1].start += round(0.05 * RATE_HZ)

    assert [turn.discard for turn in figure_turns(call, DECISION)] == ["detectors_disagree"]


def test_turn_that_no_model_answered_is_left_out() -> None:
    call = spoken_call(reply_at_s=2.75)
    call.turns[0].asked = []

    assert [turn.discard for turn in figure_turns(call, DECISION)] == ["not_traced"]


def test_only_long_gaps_inside_an_utterance_are_underruns() -> None:
    call = spoken_call(reply_at_s=2.75)
    call.tape.holes = [(100, 80), (200, 400)]  # 10 and 50 ms

    found = playing([call])

    assert (found.underruns, found.underrun_ms) == (1, 50.0)
    assert found.lost == pytest.approx(0.05 / found.speech_s)


def test_answer_is_the_last_request_before_the_speech() -> None:
    turn = spoken_call(reply_at_s=None).turns[0]
    wasted = Asked(turn.asked[0].request_at - 0.1, turn.asked[0].request_at - 0.05)
    late = Asked(turn.tts_request_at + 0.1, turn.tts_request_at + 0.2)
    right = turn.asked[0]
    turn.asked = [wasted, right, late]

    assert turn.answer() is right


@pytest.mark.parametrize(
    ("lateness_ms", "others", "is_void"), [(9.9, 0.19, False), (10.1, 0.0, True), (1.0, 0.21, True)]
)
def test_step_is_void_where_the_rig_was_late_or_the_machine_busy(
    lateness_ms: float, others: float, is_void: bool
) -> None:
    assert bool(void_reason(lateness_ms, others)) is is_void


def test_spread_counts_what_was_measured_only() -> None:
    found = spread([1.0, None, 3.0, 2.0])

    assert (found.n, found.p50, found.most) == (3, 2.0, 3.0)
    assert spread([]).n == 0


def test_metadata_names_channels_and_turns() -> None:
    call = spoken_call(reply_at_s=2.75)

    assert metadata(call) == {
        "mode": "scripted_dialog",
        "channel_map": {"near": 0, "far": 1},
        "turns_played": 1,
        "turns": [{"index": 0, "kind": "question", "spoken": True, "text": "words", "end_s": 2.0}],
        "problem": "",
    }
