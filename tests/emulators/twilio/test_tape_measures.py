import numpy as np
import pytest

from emulators.noise import LineNoise, mix
from emulators.twilio.measure import measure
from emulators.twilio.voice import VoiceTracker
from emulators.twilio.voiced import voiced_stretches

pytestmark = pytest.mark.unit

RATE = 8000


def channel(*spans: tuple[float, float], seconds: float = 10.0, noise_dbfs: float | None = None) -> np.ndarray:
    """A tone from the first to the second moment of each span, over the hiss of a line."""
    samples = np.zeros(int(seconds * RATE), dtype=np.int16)
    for start, end in spans:
        at = np.arange(int(start * RATE), int(end * RATE))
        samples[at] = (np.sin(at * 0.3) * 6000).astype(np.int16)
    return mix(samples, LineNoise(noise_dbfs).take(len(samples)))


def tape(caller: list[tuple[float, float]], agent: list[tuple[float, float]]) -> np.ndarray:
    return np.stack([channel(*caller, noise_dbfs=-50), channel(*agent)], axis=1)


@pytest.mark.parametrize("noise_dbfs", [None, -65, -50, -40])
def test_edges_of_speech_are_found_over_the_lines_hiss(noise_dbfs) -> None:
    found = voiced_stretches(channel((1.0, 2.0), (2.1, 3.0), (5.0, 5.01), (6.0, 7.0), noise_dbfs=noise_dbfs))
    spans = [(stretch.start_s, stretch.end_s) for stretch in found]
    assert np.allclose(spans, [(1.0, 3.0), (6.0, 7.0)], atol=0.006)


@pytest.mark.parametrize("noise_dbfs", [None, -65, -40])
def test_hiss_alone_is_not_speech(noise_dbfs) -> None:
    assert voiced_stretches(channel(noise_dbfs=noise_dbfs)) == []
    assert voiced_stretches(np.zeros(10, dtype=np.int16)) == []


def test_ttfab_is_from_the_callers_last_voiced_sample_to_the_replys_first() -> None:
    measures = measure(tape([(2.0, 3.0), (6.0, 7.0)], [(0.4, 1.0), (3.64, 5.0), (7.8, 9.0)]), started_s=0.1)
    assert measures.greeting_ms == pytest.approx(300, abs=3)
    assert [turn.ttfab_ms for turn in measures.turns] == pytest.approx([640, 800], abs=6)
    assert [turn.discard for turn in measures.turns] == [None, None]


def test_turn_without_a_reply_and_turn_talked_into_are_discarded_by_reason() -> None:
    measures = measure(tape([(2.0, 3.0), (6.0, 8.0)], [(0.4, 1.0), (7.0, 7.6), (8.5, 9.0)]))
    assert [(turn.discard, turn.ttfab_ms) for turn in measures.turns] == [("no_reply", None), ("double_talk", None)]


def test_interruption_measures_how_long_the_agent_was_still_heard() -> None:
    # the agent's sentence has a pause at 1.9 s, which is no stop; it stops at 2.4 s
    measures = measure(tape([(2.1, 3.0)], [(0.4, 1.85), (2.05, 2.4), (3.7, 5.0)]))
    (turn,) = measures.turns
    assert turn.stop_ms == pytest.approx(300, abs=8)
    assert turn.ttfab_ms == pytest.approx(700, abs=6)


def test_clear_ends_an_utterance_even_if_the_next_one_follows_at_once() -> None:
    stereo = tape([(2.0, 2.2)], [(0.4, 2.3), (2.6, 4.0)])
    (unclear,) = measure(stereo).turns
    (cleared,) = measure(stereo, clears_s=[2.3]).turns
    assert unclear.discard == "no_reply"
    assert (cleared.stop_ms, cleared.ttfab_ms) == pytest.approx((300, 400), abs=6)


def test_known_turns_group_what_is_voiced() -> None:
    stereo = tape([(2.0, 3.0), (5.0, 6.0)], [(6.5, 7.0)])
    (turn,) = measure(stereo, turns=[(2.0, 6.0)]).turns
    assert (turn.start_s, turn.end_s) == pytest.approx((2.0, 6.0), abs=0.006)
    assert turn.ttfab_ms == pytest.approx(500, abs=6)
    assert [turn.discard for turn in measure(stereo).turns] == ["no_reply", None]


def test_tracker_tells_each_spell_of_the_agent_once_and_ignores_clicks() -> None:
    samples = channel((1.0, 1.5), (1.6, 2.0), (3.0, 3.005), (4.0, 4.5))
    tracker = VoiceTracker()
    told = [tracker.feed(at, samples[at : at + 160]) for at in range(0, len(samples), 160)]
    assert len([spell for spell in told if spell]) == 4  # two begun, two ended
    spells = [(spell.start / RATE, spell.end / RATE) for spell in tracker.spells]
    assert np.allclose(spells, [(1.0, 2.0), (4.0, 4.5)], atol=0.002)
