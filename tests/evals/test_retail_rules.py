"""What the retail tools do to a shop, who may ask for it, and what stands against it: a shop of our own making."""

from __future__ import annotations

from typing import Any

import pytest
from retail_shop import ADA, DELIVERED, METHOD, PENDING, SHOP

from evals.tau2_retail.play import registry
from evals.tau2_retail.questions import question
from evals.tau2_retail.reading import calculate
from evals.tau2_retail.replay import is_same
from evals.tau2_retail.rules import WRITES, RetailRefusedError, apply
from evals.tau2_retail.store import Store
from tools.context import ToolContext

pytestmark = pytest.mark.unit

ITEMS = {"order_id": PENDING, "item_ids": ["101", "201"], "new_item_ids": ["102", "202"], "payment_method_id": METHOD}


def left(tool: str, *, is_as_reference: bool = False, **arguments: Any) -> dict[tuple[str, ...], Any]:
    """What a change leaves behind, by path."""
    store = Store(SHOP, is_as_reference=is_as_reference)
    store.put(tool, arguments, apply(store, tool, store.state(ADA, arguments.get("order_id")), arguments))
    return store.changes()


def test_a_cancelled_order_gives_back_to_the_gift_card_at_once() -> None:
    changes = left("cancel_pending_order", order_id=PENDING, reason="no longer needed")
    assert changes["orders", PENDING, "status"] == "cancelled"
    assert changes["users", ADA, "payment_methods", METHOD, "balance"] == 80.0
    assert [payment["transaction_type"] for payment in changes["orders", PENDING, "payment_history"]] == [
        "payment",
        "refund",
    ]


def test_changed_items_cost_the_difference() -> None:
    changes = left("modify_pending_order_items", **ITEMS)
    assert [(line["item_id"], line["price"]) for line in changes["orders", PENDING, "items"]] == [
        ("102", 15.0),
        ("202", 25.0),
    ]
    assert changes["users", ADA, "payment_methods", METHOD, "balance"] == 40.0


def test_the_references_own_way_is_told_apart() -> None:
    changes = left("modify_pending_order_items", is_as_reference=True, **ITEMS)
    assert [line["price"] for line in changes["orders", PENDING, "items"]] == [25.0, 25.0]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("cancel_pending_order", {"order_id": DELIVERED, "reason": "no longer needed"}, "not_pending"),
        ("modify_pending_order_items", ITEMS | {"new_item_ids": ["102", "203"]}, "not_available"),
        ("modify_pending_order_items", ITEMS | {"new_item_ids": ["201", "102"]}, "not_available"),
        ("modify_pending_order_items", ITEMS | {"new_item_ids": ["102"]}, "items_do_not_match"),
        ("modify_pending_order_items", ITEMS | {"item_ids": ["101", "101"]}, "no_such_item"),
        ("modify_pending_order_items", ITEMS | {"new_item_ids": ["101", "202"]}, "same_item"),
        ("modify_pending_order_items", ITEMS | {"new_item_ids": ["102", "204"]}, "balance_too_low"),
        ("modify_pending_order_items", ITEMS | {"payment_method_id": "card"}, "no_such_payment_method"),
        ("modify_pending_order_payment", {"order_id": PENDING, "payment_method_id": METHOD}, "same_payment_method"),
        (
            "return_delivered_order_items",
            {"order_id": PENDING, "item_ids": ["101"], "payment_method_id": METHOD},
            "not_delivered",
        ),
        (
            "return_delivered_order_items",
            {"order_id": DELIVERED, "item_ids": ["101"], "payment_method_id": "paypal_2"},
            "not_the_original_payment",
        ),
    ],
)
def test_what_the_policy_forbids_is_refused(tool: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(RetailRefusedError) as refused:
        left(tool, **arguments)
    assert refused.value.code == code
    assert refused.value.spoken("en", "").endswith(".")


def test_every_change_asks_for_a_yes_to_all_of_its_arguments() -> None:
    offered = registry()
    for name in WRITES:
        tool = offered.find(name)
        assert tool
        assert tool.question
        assert set(tool.confirm) == set(tool.model.model_fields)
        asked = tool.question("en", {value: f"<{value}>" for value in tool.confirm})
        assert all(f"<{value}>" in asked for value in tool.confirm)


def test_a_question_that_leaves_a_value_out_is_none() -> None:
    with pytest.raises(ValueError, match="zip"):
        question("Send it to {city}.")("en", {"city": "Paris", "zip": "1"})


@pytest.mark.parametrize(("expression", "value"), [("2 + 2 * 3", 8.0), ("(1.105 - 3) / -1", 1.9), (" 7 ", 7.0)])
async def test_sums_are_worked_out(context: ToolContext, expression: str, value: float) -> None:
    assert (await calculate.function(context, expression=expression)).model_dump() == {"value": value}


@pytest.mark.parametrize("expression", ["", "1 / 0", "2 ** 9", "__import__('os')", "x + 1", "(" * 400, "True + 1"])
async def test_what_is_no_sum_is_refused(context: ToolContext, expression: str) -> None:
    with pytest.raises(RetailRefusedError):
        await calculate.function(context, expression=expression)


def test_values_are_compared_as_amounts_and_without_nulls() -> None:
    assert is_same({"a": 0.30000000000000004, "b": None}, {"a": 0.3})
    assert not is_same({"a": 1.01}, {"a": 1.0})
    assert not is_same(["1", "2"], ["2", "1"])
