"""Calls in which somebody waits: for a tool, for keys, for a colleague, for a caller who says nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]
MOVED = {"orders.1033.delivery_date": "2026-03-17"}


def spoken(run: Any) -> list[str]:
    return [said.text for said in run.result.transcript if said.who == "bot"]


async def test_a_slow_tool_is_kept_company(phone: PhoneCall) -> None:
    faults = [{"tool": "lookup_order", "delay_s": 2.5, "times": 1}]
    moves = [
        {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]},
        {"say": "It comes on Saturday."},
        {"calls": [{"name": "end_call", "arguments": {}}]},
    ]
    run = await phone(["Where is order one zero three three?", "Bye."], moves=moves, faults=faults)
    assert "One moment, please." in spoken(run)
    assert spoken(run).index("One moment, please.") < spoken(run).index("It comes on Saturday.")


async def test_keys_are_understood_as_digits(phone: PhoneCall) -> None:
    run = await phone(["Where is my order?", {"dtmf": "1033#"}, {"hang_up": True}], caller_id=None)
    assert any(said.who == "caller" and "1033" in said.text for said in run.result.transcript)


async def test_a_transfer_dials_the_colleague(phone: PhoneCall) -> None:
    run = await phone(["A human please."])
    assert run.result.disposition == "transferred"
    assert run.result.violations == []


async def test_a_silent_caller_is_asked_twice_and_let_go(phone: PhoneCall) -> None:
    run = await phone([{"silence_s": 55}])
    assert (run.result.disposition, run.result.state) == ("no_input", "closed")
    assert len(spoken(run)) == 4
