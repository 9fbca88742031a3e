"""Golden tables: written and said, in three languages."""

from pathlib import Path

import pytest

from spoken import LANGUAGES, Language
from spoken.cardinals import say_number
from spoken.ordinals import say_ordinal
from spoken.written import spans, speak

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[1] / "data" / "spoken"


def rows(language: Language, name: str) -> list[tuple[str, str]]:
    """The pairs of a table; lines that begin with "#" are remarks."""
    lines = (DATA / language / f"{name}.tsv").read_text("utf-8").splitlines()
    return [(left, right) for left, _, right in (line.partition("\t") for line in lines if not line.startswith("# "))]


WRITTEN = [(language, *row) for language in LANGUAGES for row in rows(language, "written")]


@pytest.mark.parametrize(("language", "written", "said"), WRITTEN)
def test_what_is_written_is_said_in_words(language: Language, written: str, said: str) -> None:
    assert speak(written, language) == said
    assert speak(said, language) == said
    assert "".join(span.written for span in spans(written, language)) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_numbers_are_said(language: Language) -> None:
    said = {number: say_number(int(number), language) for number, _ in rows(language, "numbers")}
    assert said == dict(rows(language, "numbers"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinals_are_said(language: Language) -> None:
    said = {number: say_ordinal(int(number), language) for number, _ in rows(language, "ordinals")}
    assert said == dict(rows(language, "ordinals"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_regular_dates_times_and_money_are_said(language: Language) -> None:
    said = {written: speak(written, language) for written, _ in rows(language, "regular")}
    assert said == dict(rows(language, "regular"))


def test_there_are_enough_cases() -> None:
    tables = ("written", "regular", "numbers", "ordinals")
    assert sum(len(rows(language, table)) for language in LANGUAGES for table in tables) >= 2_000
