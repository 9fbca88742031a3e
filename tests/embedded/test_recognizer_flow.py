"""Which sounds reach the model, in which windows, in which language."""

import dataclasses

import numpy as np
import pytest
from fakes_embedded import FakeWhisper
from sounds import vowels

from embedded.errors import InvalidRequestError
from embedded.recognition import Recognizer
from embedded.whisper import WINDOW_S

pytestmark = pytest.mark.component

RNG = np.random.default_rng(7)
T = np.arange(48_000) / 16_000


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("nothing", np.zeros(0)),
        ("a few samples", RNG.normal(0, 0.1, 40)),
        ("silence", np.zeros(32_000)),
        ("a quiet line", RNG.normal(0, 10 ** (-50 / 20), 48_000)),
        ("loud hiss", RNG.normal(0, 0.2, 48_000)),
        ("mains hum", 0.1 * np.sin(2 * np.pi * 50 * T)),
        ("a ringing tone", 0.2 * np.sin(2 * np.pi * 425 * T)),
        ("full scale square", np.sign(np.sin(2 * np.pi * 200 * T))),
    ],
)
def test_sound_without_speech_has_no_words(name: str, samples: np.ndarray) -> None:
    heard = Recognizer(FakeWhisper()).transcribe(samples.astype(np.float32), language="en")
    assert heard.text == ""
    assert heard.dropped in {"quiet", "no_speech"}


@pytest.mark.parametrize("level", [0.8, 0.1, 0.01])
def test_speech_reaches_the_model_loud_or_quiet(level: float) -> None:
    heard = Recognizer(FakeWhisper()).transcribe(vowels(1.5, level=level), language="en")
    assert (heard.text, heard.dropped) == ("hello there", None)
    assert heard.duration_s == pytest.approx(1.5)


def test_without_a_language_the_likeliest_of_our_own_is_taken() -> None:
    whisper = FakeWhisper()
    assert Recognizer(whisper).transcribe(vowels(1.5)).language == "ru"
    assert whisper.decoded_in == ["ru"]


def test_a_model_for_english_only_needs_no_detection() -> None:
    whisper = FakeWhisper(languages=frozenset({"en"}))
    assert Recognizer(whisper).transcribe(vowels(1.5)).language == "en"


def test_a_language_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="got 'xx'"):
        Recognizer(FakeWhisper()).transcribe(vowels(1.0), language="xx")


def test_a_loop_is_withheld_and_the_reason_told() -> None:
    whisper = FakeWhisper()
    whisper.hears = dataclasses.replace(whisper.hears, text="ті " * 20)
    heard = Recognizer(whisper).transcribe(vowels(1.5), language="uk")
    assert (heard.text, heard.segments, heard.dropped) == ("", (), "loop")


def test_long_speech_is_cut_into_windows_at_a_pause() -> None:
    whisper = FakeWhisper()
    pause = np.zeros(8_000, dtype=np.float32)
    speech = np.concatenate([vowels(27.0), pause, vowels(20.0)])
    heard = Recognizer(whisper).transcribe(speech, language="en")
    assert heard.text == "hello there hello there"
    assert sum(whisper.windows_s) == pytest.approx(47.5)
    assert max(whisper.windows_s) <= WINDOW_S
    assert 27.0 <= whisper.windows_s[0] <= 27.5
