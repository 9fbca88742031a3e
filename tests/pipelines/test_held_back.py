"""What may not be said waits, with all that follows it; what may goes on at once."""

import pytest

from pipelines.held_back import HeldBack

pytestmark = pytest.mark.unit


def no_lies(text: str) -> bool:
    return "lie" not in text or text.endswith("?")


def test_harmless_pieces_go_on_at_once() -> None:
    held = HeldBack(no_lies)
    assert held.feed("One moment, please,") == ["One moment, please,"]
    assert held.feed("I am looking.") == ["I am looking."]
    assert held.end() == ""


def test_all_after_a_held_piece_is_held_too() -> None:
    held = HeldBack(no_lies)
    assert held.feed("Hello.") == ["Hello."]
    assert held.feed("This is a lie.") == []
    assert held.feed("You are welcome.") == []
    assert held.end() == "This is a lie. You are welcome."


def test_the_rest_of_a_sentence_may_free_it() -> None:
    held = HeldBack(no_lies)
    assert held.feed("Is this a lie,") == []
    assert held.feed("or is it not?") == ["Is this a lie,", "or is it not?"]


def test_a_piece_is_judged_with_the_beginning_of_its_sentence() -> None:
    held = HeldBack(lambda text: text != "It is a lie.")
    assert held.feed("It is") == ["It is"]
    assert held.feed("a lie.") == []


def test_an_answer_begins_with_nothing_held() -> None:
    held = HeldBack(no_lies)
    held.feed("A lie.")
    held.end()
    assert held.feed("The truth.") == ["The truth."]
