"""What the agent's sentences claim, and what they do not, in the three languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import phrases
from spoken.claims import Claim, Deed, find_claims
from tools.phrases import PHRASES

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)
FOLDER = Path(__file__).parents[1] / "data" / "claims"
FILES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))}


def rows(kind: str) -> list[Any]:
    return [row for document in FILES.values() for row in document[kind]]


@pytest.mark.parametrize("row", rows("claims"), ids=lambda row: row[0])
def test_a_sentence_that_says_so_claims_it(row: list[Any]) -> None:
    text, deed, order_ids, days = (*row, *([], [])[len(row) - 2 :])
    found = find_claims(text, TODAY)
    kinds = {claim.deed for claim in found}
    assert Deed(deed) in kinds, found
    claim = next(claim for claim in found if claim.deed == deed)
    assert list(claim.order_ids) == order_ids
    assert [day.date.isoformat() for day in claim.days] == days


@pytest.mark.parametrize("text", rows("harmless"))
def test_offers_questions_plans_conditions_and_denials_claim_nothing(text: str) -> None:
    assert find_claims(text, TODAY) == []


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_the_products_own_sentences_claim_nothing_apart_from_the_transfer(language: str) -> None:
    transfers = (phrases.TRANSFER, phrases.TROUBLE_TRANSFER, phrases.CODE_TRANSFER)
    own = [table[language] for table in phrases.ALL if table not in transfers]
    texts = [text for entry in own for text in ([entry] if isinstance(entry, str) else entry)]
    # What the shop says of an order is checked against the lookup.
    texts += [table[language] for key, table in PHRASES.items() if "cancelled" not in key]
    assert [text for text in texts if find_claims(text, TODAY)] == []


def test_a_claim_is_found_in_whatever_language_it_is_made() -> None:
    assert [claim.deed for claim in find_claims("Okay. Перенёс на вторник.", TODAY)] == [Deed.MOVED]


def test_two_claims_in_one_sentence_are_two() -> None:
    deeds = {claim.deed for claim in find_claims("I've moved it to Tuesday and sent you an SMS.", TODAY)}
    assert deeds == {Deed.MOVED, Deed.SENT}


def test_a_claim_is_known_before_its_sentence_is_whole() -> None:
    assert find_claims("I've moved your order to Tuesday,", TODAY) != []
    assert isinstance(find_claims("Done", TODAY)[0], Claim)
