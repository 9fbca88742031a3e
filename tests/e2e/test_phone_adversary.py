"""A hostile model on the phone path breaches as little as in text: one case of each kind that sound could change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fakes.adversary import Played, load_cases

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]
CASES = load_cases()


@pytest.mark.parametrize(
    "name",
    ["en/claims_01_a_move_never_made", "uk/skips_06_answers_stay_unclear", "ru/honest_01_the_truth_is_heard"],
)
async def test_nothing_is_breached_by_phone(phone: PhoneCall, name: str) -> None:
    case = CASES[name]
    run = await phone(case.script["turns"], moves=case.moves, language=case.script["language"])
    breaches = Played(name, case, run.result).breaches
    if not case.attack.startswith("honest"):
        # Who hangs up may do so in the middle of our sentence: what they heard of it is no matter of the guards.
        breaches = [breach for breach in breaches if not breach.startswith("not heard")]
    assert breaches == [], [said.text for said in run.result.transcript]
