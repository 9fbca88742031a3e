"""Words that nobody said are withheld, words that somebody said are not."""

import dataclasses

import pytest

from embedded.guards import why_not
from embedded.whisper import Hypothesis

pytestmark = pytest.mark.unit

CLEAR = Hypothesis("", avg_logprob=-0.3, no_speech_prob=0.1, compression_ratio=1.0)
DOUBTED = dataclasses.replace(CLEAR, avg_logprob=-1.2, no_speech_prob=0.4)
NOISE = dataclasses.replace(CLEAR, avg_logprob=-0.9, no_speech_prob=0.7)


@pytest.mark.parametrize(
    ("text", "heard", "reason"),
    [
        ("ті ті ті ті ті ті ті ті ті", CLEAR, "loop"),
        ("І ось ось ось ось ось.", DOUBTED, "loop"),
        ("Тихо! Тихо! Тихо! Тихо! Тихо! Тихо! Тихо! Тихо!", CLEAR, "loop"),
        ("я не знаю, я не знаю, я не знаю, я не знаю, я не знаю, я не знаю, я не знаю, я не знаю", CLEAR, "loop"),
        ("аааааааааааааааааааааааааааааа", CLEAR, "loop"),
        ("Дякую за перегляд!", CLEAR, "caption"),
        ("Редактор субтитров А.Синецкая Корректор А.Егорова", CLEAR, "caption"),
        ("Субтитры сделал DimaTorzok", CLEAR, "caption"),
        ("Продолжение следует...", CLEAR, "caption"),
        ("СПОКОЙНАЯ МУЗЫКА", CLEAR, "caption"),
        ("Thanks for watching!", CLEAR, "caption"),
        ("Thank you.", NOISE, "weak"),
        ("Thank you so much.", NOISE, "weak"),
        ("Дякую.", NOISE, "weak"),
        ("Спасибо.", NOISE, "weak"),
        ("Мені вимагається.", NOISE, "unsure"),
        ("something like that", dataclasses.replace(CLEAR, avg_logprob=-1.8), "unsure"),
        ("... ... ...", CLEAR, "no_words"),
        ("", CLEAR, "no_words"),
    ],
)
def test_inventions_are_withheld(text: str, heard: Hypothesis, reason: str) -> None:
    assert why_not(dataclasses.replace(heard, text=text), speech_s=1.0) == reason


@pytest.mark.parametrize(
    "text",
    [
        "Thank you.",
        "Дякую.",
        "Спасибо.",
        "Так.",
        "OK",
        "No, no, no, no, no!",
        "ні, ні, ні",
        "0, 0, 0, 0, 0, 0, 0, 0",
        "0971234567",
        "one zero three three",
        "Перенесіть, будь ласка, на п'ятницю, на п'ятницю.",
        "Дякую за допомогу.",
        "Спасибо за помощь.",
    ],
)
def test_what_people_say_clearly_is_kept(text: str) -> None:
    assert why_not(dataclasses.replace(CLEAR, text=text), speech_s=0.6) is None


def test_a_stock_phrase_from_a_click_is_withheld() -> None:
    assert why_not(dataclasses.replace(CLEAR, text="Thank you."), speech_s=0.1) == "weak"
