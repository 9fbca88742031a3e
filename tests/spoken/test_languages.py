"""Which language a caller speaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import Language
from spoken.languages import detect

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Я хочу перенести замовлення", "uk"),
        ("Доброго дня", "uk"),
        ("дякую", "uk"),
        ("Коли приїде кур'єр?", "uk"),
        ("один нуль три три, замовлення", "uk"),
        ("у п'ятницю", "uk"),
        ("у п’ятницю", "uk"),
        ("будь ласка", "uk"),
        ("так, дякую", "uk"),
        ("Треба перенести доставку", "uk"),
        ("Що з моїм замовленням", "uk"),
        ("Де моє замовлення", "uk"),
        ("Мой заказ", "ru"),
        ("Добрый день, где мой заказ?", "ru"),
        ("Я хотел бы перенести доставку", "ru"),
        ("когда привезут", "ru"),
        ("во вторник, пожалуйста", "ru"),
        ("где моя посылка", "ru"),
        ("сегодня, спасибо", "ru"),
        ("спасибо", None),
        ("да, спасибо", None),
        ("ещё раз", "ru"),
        ("Мне нужно изменить дату", "ru"),
        ("где мой заказ", "ru"),
        ("Hello", "en"),
        ("I need to move my order", "en"),
        ("yes", "en"),
        ("Where is my order?", "en"),
        ("one zero three three", "en"),
        ("Don’t do it", "en"),
        # A Ukrainian with Russian words is not silently taken for a Russian.
        ("я хочу перенести заказ на п'ятницю", "uk"),
        ("моє замовлення, пожалуйста", "uk"),
        ("", None),
        ("1033", None),
        ("...", None),
        ("да", None),
        ("нет", None),
        ("так", None),
        ("ні", None),
        ("алло", None),
        ("Алло, да", None),
        ("да, так", None),
        ("три три", None),
        ("Priya Nair", None),
        ("ok", None),
        ("номер", None),
        ("угу", None),
    ],
)
def test_language_is_told_by_letters_and_words(text: str, language: Language | None) -> None:
    assert detect(text) == language


@settings(deadline=None)
@given(before=st.text("абвгдежзиклмнопрстухцчшщьюя ", max_size=40), letter=st.sampled_from("іїєґ"))
def test_ukrainian_letters_never_make_russian(before: str, letter: str) -> None:
    assert detect(before + letter) != "ru"


@settings(deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert detect(text) in ("uk", "ru", "en", None)
