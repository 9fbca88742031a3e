"""Retail tasks as whole calls in text over the model's wire, right and gone wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from retail_shop import ADA, SHOP, TASK, THEIRS

from bot.settings import Settings
from evals.tau2_retail.mutations import KINDS, run_case
from evals.tau2_retail.play import Script, Turn, play
from evals.tau2_retail.replay import LAST_WORDS, replay
from evals.tau2_retail.store import Store
from evals.tau2_retail.tasks import GoldCall

pytestmark = pytest.mark.wire


async def test_a_task_goes_as_it_says(settings: Settings) -> None:
    done = await replay(TASK, SHOP, settings)
    assert done.differences == ()
    assert (done.calls, done.writes, done.errors) == (7, 2, 3)


async def test_a_difference_is_found(settings: Settings) -> None:
    other = replace(TASK, calls=(GoldCall("calculate", {"expression": "1 + 1"}, False, 3.0),))
    done = await replay(other, SHOP, settings)
    assert "call 1 (calculate): the result is another one" in done.differences
    assert len(done.differences) == 1 + len(TASK.changes)


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_changed_twice_or_unasked(settings: Settings, kind: str) -> None:
    outcome = await run_case(TASK, kind, SHOP, settings, seed=1)
    assert (outcome.duplicates, outcome.unconfirmed, outcome.missing, outcome.differences) == (0, 0, 0, ())


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("Hello.", "find_user_id_by_email", {"email": "ada@example.com"}),
        ("I am Ada Stone.", "find_user_id_by_name_zip", {"first_name": "Ada", "last_name": "Stone", "zip": "10001"}),
        ("My e-mail is xada@example.com.", "find_user_id_by_email", {"email": "ada@example.com"}),
        ("Hello.", "get_user_details", {"user_id": ADA}),
        ("Hello.", "get_order_details", {"order_id": THEIRS}),
    ],
)
async def test_nobody_is_identified_by_what_the_model_says(
    settings: Settings, said: str, tool: str, arguments: dict[str, str]
) -> None:
    store = Store(SHOP)
    moves = [{"calls": [{"name": tool, "arguments": arguments}]}, LAST_WORDS]
    played = await play(Script([Turn(said)], moves), store, settings, "call")
    assert [(body["tool"], body["reason"]) for body in played.results] == [(tool, "not_identified")]
    assert store.user_id is None
    assert ADA not in str(played.results[0]["result"])
