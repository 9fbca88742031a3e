"""Times of a call: estimated in text, measured at the ear, put into the transcript."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from bot.callers import Utterance
from bot.callers.bot_watch import Spell
from bot.callers.clips import make_clips
from bot.callers.ear_latency import measure_latency
from bot.callers.journal_report import Said, time_transcript
from bot.callers.speaking_rate import duration_ms, heard_after
from bot.callers.steps import Part, Speak, Start
from bot.callers.typed_transcript import TypedTranscript
from bot.callers.wav_file import Samples
from spoken import Language
from tools.context import FixedClock

pytestmark = pytest.mark.unit

SENTENCES: list[tuple[Language, str]] = [
    ("en", "I can move order one zero three three to Tuesday."),
    ("uk", "Можу перенести замовлення на вівторок, сімнадцяте березня."),
    ("ru", "Могу перенести заказ на вторник, семнадцатое марта."),
]


@pytest.mark.parametrize(("language", "text"), SENTENCES)
def test_what_was_heard_ends_at_a_word(language: Language, text: str) -> None:
    whole_ms = duration_ms(text, language)
    heard = [heard_after(text, language, ms) for ms in range(0, whole_ms + 100, 50)]
    assert heard[0] == ""
    assert heard[-1] == text
    words = text.split()
    assert all(part.split() == words[: len(part.split())] for part in heard)
    assert heard == sorted(heard, key=len)


@pytest.mark.parametrize(("language", "text"), SENTENCES)
def test_estimated_speech_is_of_a_human_pace(language: Language, text: str) -> None:
    assert 2.0 <= duration_ms(text, language) / 1000 <= 5.0


def test_barge_in_cuts_the_turn_and_what_comes_after_it() -> None:
    clock = FixedClock(datetime(2026, 3, 11, 8, tzinfo=UTC), monotonic=None)
    transcript = TypedTranscript(clock, lambda: "en")
    assert transcript.bot_says("Hello.") == "Hello."
    transcript.expect_barge_in(1000)
    assert transcript.bot_says("one two three four five six") == "one two"
    assert transcript.bot_says("seven") == ""
    transcript.caller_says("wait", "en")
    transcript.expect_barge_in(None)
    assert transcript.bot_says("eight") == "eight"
    said = [(u.who, u.text, u.at_ms, u.interrupted) for u in transcript.utterances]
    assert said == [
        ("bot", "Hello.", 0, False),
        ("bot", "one two", 375, True),
        ("caller", "wait", 1375, False),
        ("bot", "eight", 1750, False),
    ]


def test_answer_is_measured_from_the_callers_last_sound() -> None:
    spells = [Spell(0.3, 2.0), Spell(5.64, 7.0), Spell(8.0, 12.0), Spell(14.0, None)]
    turns = [(3.0, 5.0), (9.0, 10.0), (12.5, 13.0), (15.0, 16.0)]
    latency = measure_latency(turns, spells, 0.1)
    assert latency.greeting_ms == 200
    # The second turn was talked over, and the bot still speaks at the end of the last one.
    assert [turn.ttfab_ms for turn in latency.turns] == [640, None, 1000, None]


def test_turn_without_an_answer_before_the_next_has_no_time() -> None:
    latency = measure_latency([(1.0, 2.0), (4.0, 5.0)], [Spell(6.0, 7.0)], None)
    assert [turn.ttfab_ms for turn in latency.turns] == [None, 1000]
    assert latency.greeting_ms is None


def test_utterances_stand_at_their_first_sound() -> None:
    said = [
        Said(Utterance(who="bot", text="hello", at_ms=0), 2.5),
        Said(Utterance(who="caller", text="move it", at_ms=0), 5.0),
        Said(Utterance(who="bot", text="when", at_ms=0), 8.0),
        Said(Utterance(who="caller", text="unheard start", at_ms=0), 9.0),
    ]
    spells = [Spell(0.3, 1.0), Spell(1.4, 2.0), Spell(6.1, 7.5)]
    timed = time_transcript(said, spells, [(3.0, 4.5)])
    assert [(u.text, u.at_ms) for u in timed] == [
        ("hello", 300),
        ("move it", 3000),
        ("when", 6100),
        ("unheard start", 9000),
    ]


class ToneVoice:
    """Half a second of tone in a quarter of silence on both sides, at 24,000 Hz."""

    async def speak(self, text: str, language: Language) -> Samples:
        tone = (8000 * np.sin(np.arange(12_000) * 2 * np.pi * 440 / 24_000)).astype(np.int16)
        edge = np.zeros(6_000, dtype=np.int16)
        return np.concatenate([edge, tone, edge])


async def test_pause_inside_a_clip_is_as_long_as_the_script_says() -> None:
    step = Speak(3, Start(), "en", (Part("one zero"), Part("zero seven")), pause_ms=1100)
    clip = (await make_clips([step], ToneVoice()))[3]
    samples = np.frombuffer(clip.pcm16_8k, dtype="<i2").astype(np.int32)
    loud = np.flatnonzero(np.abs(samples) > 400)
    longest_gap_s = int(np.diff(loud).max()) / 8000
    assert longest_gap_s == pytest.approx(1.14, abs=0.01)  # with 20 ms of edge on either side
    assert list(clip.starts_s) == pytest.approx([0.0, 1.64], abs=0.01)
    assert len(samples) / 8000 == pytest.approx(2.18, abs=0.02)
