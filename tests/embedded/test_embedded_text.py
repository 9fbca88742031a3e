"""Text on its way to a voice: cut for early sound, grouped for dictation."""

import pytest

from embedded.dictation import group_digits
from embedded.sentences import FIRST_PIECE_CHARS, MAX_PIECE_CHARS, split_sentences

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello. How can I help?", ["Hello.", "How can I help?"]),
        ("Добрий день! Чим можу допомогти?", ["Добрий день!", "Чим можу допомогти?"]),
        ("Готово… Что-нибудь ещё?", ["Готово…", "Что-нибудь ещё?"]),
        ("  one\n two  ", ["one two"]),
        ("Order 3.5 is here", ["Order 3.5 is here"]),
        ("... — ?", []),
        ("", []),
    ],
)
def test_text_is_cut_after_sentences(text: str, pieces: list[str]) -> None:
    assert split_sentences(text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "I can move order one zero three three to Tuesday, the seventeenth of March, between nine and twelve. Shall I?",
        "Ваше замовлення номер один нуль три три заплановане на суботу, чотирнадцяте березня, до обіду.",
        "Ваш заказ номер один ноль три три запланирован на субботу, четырнадцатое марта, до обеда. Перенести?",
    ],
)
def test_a_long_first_sentence_is_cut_at_a_clause_and_nothing_is_lost(text: str) -> None:
    pieces = split_sentences(text)
    assert len(pieces[0]) <= FIRST_PIECE_CHARS + 10 < len(text)
    assert " ".join(pieces) == text


def test_pieces_stay_short_in_text_without_sentence_ends() -> None:
    pieces = split_sentences("and then, " * 200)
    assert max(map(len, pieces)) <= MAX_PIECE_CHARS + 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order one zero three three", "order one zero, three three"),
        ("zero nine seven, one two three, four five six seven", "zero nine seven, one two three, four five, six seven"),
        ("It's five five five five five.", "It's five five, five five, five."),
        ("one of the two", "one of the two"),
        ("один нуль три три", "один нуль три три"),
    ],
)
def test_long_runs_of_digits_are_dictated_in_pairs(text: str, said: str) -> None:
    assert group_digits(text) == said
