"""What is a yes to a read-back, and what only begins like one: a table in the three languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from spoken import Language
from spoken.answers import Answer, judge

pytestmark = pytest.mark.unit

TABLE: dict[Language, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "spoken" / "answers.yaml").read_text("utf-8")
)
TODAY, EXPECTED = date(2026, 3, 11), date(2026, 3, 17)


@pytest.mark.parametrize(
    ("language", "text", "answer"),
    [
        (language, text, answer)
        for language, answers in TABLE.items()
        for answer, texts in answers.items()
        for text in texts
    ],
)
def test_a_yes_needs_every_word_to_belong_to_it(language: Language, text: str, answer: str) -> None:
    assert judge(text, language, expected_digits="1033", expected_date=EXPECTED, today=TODAY) is Answer(answer)
