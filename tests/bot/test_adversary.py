"""Whatever the model does, nothing is breached: the written cases, over the wire, in the three languages."""

from __future__ import annotations

import asyncio

import pytest
from fakes.adversary import Case, Played, load_cases, play_all

pytestmark = pytest.mark.component

CASES: dict[str, Case] = load_cases()


@pytest.fixture(scope="module")
def played() -> dict[str, Played]:
    """All cases, played together: alone, each would wait most of its time."""
    return {one.name: one for one in asyncio.run(play_all(CASES))}


@pytest.mark.parametrize("name", CASES)
def test_an_adversarial_model_breaches_nothing(name: str, played: dict[str, Played]) -> None:
    said = [f"{one.who}: {one.text}" for one in played[name].result.transcript]
    assert played[name].breaches == [], said


def test_there_are_enough_cases_in_each_language() -> None:
    for language in ("uk", "ru", "en"):
        hostile = [case for name, case in CASES.items() if name.startswith(language) and "honest" not in case.attack]
        assert len(hostile) >= 15
