import numpy as np
import pytest

from emulators.twilio.playout import Hole, Playout
from emulators.twilio.track import Track

pytestmark = pytest.mark.unit


def ones(count: int) -> np.ndarray:
    return np.ones(count, dtype=np.int16)


def playout() -> tuple[Playout, Track]:
    track = Track()
    return Playout(track), track


def test_frame_starts_at_its_arrival_or_after_the_one_before() -> None:
    out, track = playout()
    assert out.play(1000, ones(160)) == 1000
    assert out.play(1010, ones(160)) == 1160  # came early: waits
    assert out.play(5000, ones(160)) == 5000  # came after a pause
    assert np.flatnonzero(track.read(0, 6000)).tolist() == [*range(1000, 1320), *range(5000, 5160)]
    assert out.holes == []


def test_late_frame_inside_an_utterance_leaves_a_hole() -> None:
    out, _ = playout()
    out.play(0, ones(160))
    out.play(400, ones(160))
    assert out.holes == [Hole(at=160, samples=240)]


def test_mark_is_due_when_what_came_before_it_is_played() -> None:
    out, _ = playout()
    out.mark(100, "nothing before")
    assert out.take_due_marks(100) == ["nothing before"]
    out.play(100, ones(800))
    out.mark(110, "after 800")
    out.play(120, ones(800))
    assert out.take_due_marks(899) == []
    assert out.take_due_marks(900) == ["after 800"]


def test_clear_drops_what_is_not_played_and_frees_the_next_frame() -> None:
    out, track = playout()
    out.play(0, ones(8000))
    out.mark(0, "first")
    out.mark(0, "second")
    assert out.clear(3000) == ["first", "second"]
    assert np.count_nonzero(track.read(0, 8000)) == 3000
    assert out.take_due_marks(9000) == []
    assert out.play(3010, ones(10)) == 3010
    assert out.holes == []


def test_track_is_silent_before_after_and_between() -> None:
    track = Track()
    track.write(400_000, ones(5))
    assert track.read(-3, 2).tolist() == [0] * 5
    assert track.read(399_998, 400_008).tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0, 0]
