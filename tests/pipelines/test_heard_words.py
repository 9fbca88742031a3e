"""What the caller heard of the agent, whole sentences and cut ones."""

import pytest
from pipecat.frames.frames import AggregatedTextFrame, TTSAudioRawFrame, TTSTextFrame
from pipecat.tests.utils import run_test

from pipelines.heard import HeardWords, words_within
from pipelines.processors.played_speech import PlayedSpeech
from pipelines.spoken_form import written_words
from spoken.written import spans

pytestmark = pytest.mark.unit

RATE_HZ = 8_000


async def test_sentences_are_heard_in_the_order_in_which_pipecat_releases_audio_and_text() -> None:
    announced = AggregatedTextFrame("Hello there.", "sentence")
    announced.will_be_spoken = True
    played = PlayedSpeech()
    frames = [announced, TTSAudioRawFrame(bytes(2 * RATE_HZ), RATE_HZ, 1), TTSTextFrame("Hello there.", "sentence")]
    await run_test(played, frames_to_send=frames, start_timeout=10.0)
    assert played.words.take() == ("Hello there.", "")
    assert played.words.take() == ("", "")


CUTS = [
    ("I can move order one zero three three to Tuesday.", 1.6, "I can move order one", "zero three three to Tuesday."),
    ("Я можу перенести замовлення на вівторок.", 1.2, "Я можу", "перенести замовлення на вівторок."),
    ("Могу перенести заказ на вторник.", 1.5, "Могу перенести", "заказ на вторник."),
    ("One moment.", 0.1, "", "One moment."),
    ("One moment.", 0.0, "", "One moment."),
]


@pytest.mark.parametrize(("text", "seconds", "heard", "unheard"), CUTS)
def test_a_cut_sentence_is_heard_to_a_whole_word(text: str, seconds: float, heard: str, unheard: str) -> None:
    words = HeardWords()
    words.announce(text)
    words.play(seconds)
    words.cut()
    assert words.take() == (heard, unheard)


def test_a_sentence_that_was_never_played_is_not_heard() -> None:
    words = HeardWords()
    for text in ("Hello.", "How can I help?"):
        words.announce(text)
    words.play(1.0)
    words.finish("Hello.")
    words.cut()
    assert words.take() == ("Hello.", "How can I help?")


def test_the_pace_is_the_voices_own() -> None:
    slow = HeardWords()
    slow.announce("a" * 20)
    slow.play(4.0)
    slow.finish("a" * 20)
    slow.announce("one two three four five")
    slow.play(1.15)
    slow.cut()
    assert slow.take()[0] == f"{'a' * 20} one two"


@pytest.mark.parametrize(
    ("text", "chars", "kept"),
    [
        ("one two three", 0, ""),
        ("one two three", 5, "one"),
        ("one two three", 7, "one two"),
        ("one two", 99, "one two"),
    ],
)
def test_words_are_never_halved(text: str, chars: float, kept: str) -> None:
    assert words_within(text, chars) == kept


def test_words_that_a_service_times_are_heard_one_by_one() -> None:
    words = HeardWords()
    words.announce("Я можу перенести замовлення на вівторок.")
    words.announce("Підходить?")
    for word in ("Я", "можу", "перенести"):
        words.play(0.3)
        words.hear(word)
    words.cut()
    assert words.take() == ("Я можу перенести", "замовлення на вівторок. Підходить?")


def test_a_sentence_told_in_words_ends_with_its_last_one() -> None:
    words = HeardWords()
    words.announce("Ваш заказ в пути.")
    for word in ("Ваш", "заказ", "в", "пути."):
        words.hear(word)
    words.cut()
    assert words.take() == ("Ваш заказ в пути.", "")


def test_a_figure_is_heard_once_all_of_its_words_were_said() -> None:
    words = HeardWords(said=lambda text: spans(text, "uk"))
    sentence = "Замовлення 1042 приїде 14.03, до сплати 1 250 грн."
    # 14 characters of speech a second: "замовлення один нуль" is not yet the number.
    for seconds, heard in [(1.6, "Замовлення"), (2.6, "Замовлення 1042"), (4.7, "Замовлення 1042 приїде 14.03,")]:
        words.announce(sentence)
        words.play(seconds)
        words.cut()
        assert words.take()[0] == heard


def test_words_of_a_figure_stand_for_the_figure() -> None:
    frames = []
    for text, raw, counts in [("нуль", None, False), ("два", "1042", True), ("приїде", "приїде", True)]:
        frame = TTSTextFrame(text, "word", raw_text=raw)
        frame.append_to_context = counts
        frames.append(frame)
    assert [written_words(frame) for frame in frames] == ["", "1042", "приїде"]
