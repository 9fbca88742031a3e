"""A model's text is cut where it can be spoken."""

import pytest

from pipelines.chunks import Chunker

pytestmark = pytest.mark.unit


def pieces_of(text: str, size: int) -> list[str]:
    chunker = Chunker()
    pieces = [p for i in range(0, len(text), size) for p in chunker.feed(text[i : i + size])]
    return [*pieces, rest] if (rest := chunker.flush()) else pieces


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello. How can I help?", ["Hello.", "How can I help?"]),
        (
            "Ваше замовлення на вул. Хрещатик 15. Доставити?",
            ["Ваше замовлення на вул. Хрещатик 15.", "Доставити?"],
        ),
        ("Стоит 10.50 грн. за штуку. Берём?", ["Стоит 10.50 грн. за штуку.", "Берём?"]),
        ("Yes, I can move it to Tuesday, the tenth.", ["Yes, I can move it to Tuesday,", "the tenth."]),
        ("Готово! Щось іще?", ["Готово!", "Щось іще?"]),
        ("He said “fine.” Then he left.", ["He said “fine.”", "Then he left."]),
        ("One\nTwo", ["One", "Two"]),
        ("  ", []),
    ],
)
def test_text_is_cut_at_sentences_and_once_at_a_clause(text: str, size: int, pieces: list[str]) -> None:
    assert pieces_of(text, size) == pieces


def test_a_sentence_is_given_back_as_soon_as_the_next_word_begins() -> None:
    chunker = Chunker()
    assert chunker.feed("Your order is on its way.") == []
    assert chunker.feed(" I") == ["Your order is on its way."]


def test_nothing_of_one_answer_is_left_for_the_next() -> None:
    chunker = Chunker()
    chunker.feed("A sentence that is not")
    assert chunker.flush() == "A sentence that is not"
    assert chunker.flush() == ""
