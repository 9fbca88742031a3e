"""In which language a call goes on."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.following import Following, follow
from spoken.language_requests import asks_for

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[1] / "data" / "spoken"
DIALOGUES = yaml.safe_load((DATA / "dialogues.yaml").read_text("utf-8"))


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


SURZHYK = yaml.safe_load((DATA / "surzhyk.yaml").read_text("utf-8"))
WORDS: dict[str, list[str]] = SURZHYK["words"]
REQUESTS: dict[Language, list[str]] = yaml.safe_load((DATA / "language_requests.yaml").read_text("utf-8"))
NO_REQUESTS = REQUESTS.pop("none")  # type: ignore[call-overload]


@pytest.mark.parametrize("turns", SURZHYK["stays"], ids=lambda turns: turns[0])
def test_surzhyk_leaves_a_ukrainian_call_ukrainian(turns: list[str]) -> None:
    assert [follow(turns[:count], "uk").language for count in range(1, len(turns) + 1)] == ["uk"] * len(turns)
    assert follow(turns * 3, "uk").language == "uk"


@pytest.mark.parametrize("turns", SURZHYK["switches"], ids=lambda turns: turns[0])
def test_russian_sentences_are_followed(turns: list[str]) -> None:
    assert follow(turns, "uk").language == "ru"


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language in REQUESTS for text in REQUESTS[language]]
)
def test_a_request_for_a_language_counts_at_once(language: Language, text: str) -> None:
    assert [follow([text], start).language for start in LANGUAGES] == [language] * 3


@pytest.mark.parametrize("text", NO_REQUESTS)
def test_what_asks_for_no_language_is_no_request(text: str) -> None:
    assert asks_for(text) is None


@pytest.mark.parametrize("ukrainian", WORDS["ukrainian"])
@settings(deadline=None, max_examples=30)
@given(words=st.lists(st.sampled_from(WORDS["russian"]), max_size=8), data=st.data())
def test_ukrainian_is_never_silently_turned_into_russian(words: list[str], ukrainian: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    turn = " ".join([*words[:at], ukrainian, *words[at:]])
    assert follow([turn, turn, turn], "uk").language == "uk"


@settings(deadline=None)
@given(turns=st.lists(st.lists(st.sampled_from(WORDS["both"]), max_size=5).map(" ".join), max_size=5))
def test_words_that_both_languages_use_never_switch(turns: list[str]) -> None:
    assert follow(turns, "uk").language == "uk"
    assert follow(turns, "ru").language == "ru"
