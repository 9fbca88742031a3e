"""Claims told by their result are claims; sentences that only sound alike are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from spoken.claims import find_claims

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)
FILE = Path(__file__).parents[1] / "data" / "claims_by_result.yaml"
SENTENCES = yaml.safe_load(FILE.read_text("utf-8"))


@pytest.mark.parametrize("text", [text for one in SENTENCES.values() for text in one["claims"]])
def test_a_result_that_is_told_is_a_claim(text: str) -> None:
    assert find_claims(text, TODAY) != []


@pytest.mark.parametrize("text", [text for one in SENTENCES.values() for text in one["harmless"]])
def test_days_and_things_that_are_only_spoken_of_are_none(text: str) -> None:
    assert find_claims(text, TODAY) == []
