"""In which language a call goes on."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.following import Following, follow

pytestmark = pytest.mark.unit

DIALOGUES = yaml.safe_load((Path(__file__).parents[1] / "data" / "spoken" / "dialogues.yaml").read_text("utf-8"))


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue["name"])
def test_a_call_follows_its_caller(dialogue: dict[str, Any]) -> None:
    choice = Following(dialogue["start"])
    followed = []
    for text, _ in dialogue["turns"]:
        choice = choice.after(text)
        followed.append([text, choice.language])
    assert followed == dialogue["turns"]


@settings(deadline=None)
@given(
    start=st.sampled_from(LANGUAGES), turns=st.lists(st.from_regex(r"[0-9+ ,.()-]{1,15}", fullmatch=True), max_size=6)
)
def test_numbers_never_switch(start: Language, turns: list[str]) -> None:
    assert follow(turns, start).language == start


RUSSIAN = ["где", "мой", "заказ", "пожалуйста", "спасибо", "когда", "привезут"]


@settings(deadline=None)
@given(
    words=st.lists(st.sampled_from(RUSSIAN), max_size=5), ukrainian=st.sampled_from(["будь ласка", "п'ятниця", "що"])
)
def test_ukrainian_is_never_silently_turned_into_russian(words: list[str], ukrainian: str) -> None:
    turn = " ".join([*words, ukrainian])
    assert follow([turn, turn, turn], "uk").language == "uk"
