"""How shared vendors tell calls and turns apart."""

from __future__ import annotations

import pytest

from benchmarks.line import NoiseFrames
from benchmarks.stamps import SAMPLES, Stamp, StampReader, stamp_ulaw
from benchmarks.tags import MOST, Tag, last_tag
from emulators.twilio.track import FRAME_SAMPLES
from emulators.ulaw import decode

pytestmark = pytest.mark.unit


def line(stamped: dict[int, Stamp], frames: int) -> bytes:
    """Line noise as 16-bit audio, with stamps at the end of some frames."""
    noise = NoiseFrames().frames
    parts = []
    for number in range(frames):
        ulaw = noise[number % len(noise)][0]
        if number in stamped:
            ulaw = ulaw[:-SAMPLES] + stamp_ulaw(stamped[number])
        parts.append(ulaw)
    return decode(b"".join(parts)).astype("<i2").tobytes()


@pytest.mark.parametrize("size", [320, 640, 1600, 46, 250])
def test_reader_knows_its_place_however_the_audio_is_cut(size: int) -> None:
    pcm16 = line({3: Stamp(41, 7003), 13: Stamp(41, 7013)}, 20)
    reader = StampReader()
    for at in range(0, len(pcm16), size):
        reader.feed(pcm16[at : at + size])

    assert reader.slot == 41
    assert reader.position == (7003 - 3 + 20) * FRAME_SAMPLES


def test_reader_finds_its_place_again_after_lost_audio() -> None:
    pcm16 = line({0: Stamp(2, 0), 10: Stamp(2, 10)}, 12)
    reader = StampReader()
    reader.feed(pcm16[: 4 * 320])
    reader.feed(pcm16[8 * 320 :])

    assert reader.position == 12 * FRAME_SAMPLES


def test_noise_alone_is_no_stamp() -> None:
    reader = StampReader()
    reader.feed(line({}, 350))

    assert (reader.slot, reader.position) == (None, 0)


def test_tag_is_read_back_from_what_is_said_around_it() -> None:
    for number in range(MOST):
        tag = Tag(number, MOST - 1 - number)
        assert last_tag(f"Well. {tag.words}, where is my order?") == tag
        assert last_tag(f"{Tag(0, 0).words} before; {tag.words.upper()} it comes.") == tag
    assert last_tag("The limit of the summit is a color.") is None
