"""From typed functions to what a model may call, and from what a model sends to typed arguments."""

from __future__ import annotations

import datetime as dt
from typing import Any

import jsonschema
import pytest

from tools.context import ToolContext
from tools.errors import InvalidArgumentsError
from tools.models import OrderId, Result
from tools.registry import Registry, discover, tool

pytestmark = pytest.mark.unit


def test_every_tool_of_the_desk_is_found() -> None:
    assert discover().names == [
        "ask_to_type",
        "create_callback",
        "end_call",
        "find_customer",
        "lookup_order",
        "press_digits",
        "reschedule_delivery",
        "send_sms",
        "transfer_to_human",
        "wait_for_caller",
    ]


def test_schemas_tell_a_model_what_is_expected() -> None:
    schemas = {schema["name"]: schema for schema in discover().schemas()}
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema["parameters"])
        assert all("description" in field for field in schema["parameters"]["properties"].values())
    move = schemas["reschedule_delivery"]["parameters"]
    assert move["required"] == ["order_id", "new_date"]
    assert move["properties"]["new_date"]["format"] == "date"
    assert schemas["lookup_order"]["parameters"]["required"] == []
    assert "ctx" not in str(schemas)
    assert schemas["end_call"]["parameters"]["properties"]["reason"]["enum"] == [
        "done",
        "wrong_number",
        "voicemail",
        "no_input",
        "nothing_wanted",
    ]


@pytest.mark.parametrize(
    ("name", "given", "typed"),
    [
        ("lookup_order", "", {"phone": None, "order_id": None}),
        ("lookup_order", "{}", {"phone": None, "order_id": None}),
        ("lookup_order", {"phone": "", "order_id": None}, {"phone": None, "order_id": None}),
        ("lookup_order", '{"order_id": 1033}', {"phone": None, "order_id": "1033"}),
        ("lookup_order", {"order_id": "№ 1033"}, {"phone": None, "order_id": "1033"}),
        ("lookup_order", {"phone": "+1 (555) 010-7788"}, {"phone": "+15550107788", "order_id": None}),
        (
            "reschedule_delivery",
            {"order_id": "1033", "new_date": "2026-03-17"},
            {"order_id": "1033", "new_date": dt.date(2026, 3, 17)},
        ),
        ("end_call", {"reason": "voicemail"}, {"reason": "voicemail"}),
    ],
)
def test_what_models_write_becomes_typed(name: str, given: Any, typed: dict[str, Any]) -> None:
    found = discover().find(name)
    assert found
    assert found.parse(given) == typed


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("lookup_order", '{"order_id": "10', "expected one whole JSON object"),
        ("lookup_order", "[]", "expected a JSON object, got list"),
        ("lookup_order", {"order": "1033"}, "order: not an argument, expected phone, order_id"),
        ("lookup_order", {"order_id": "1033; DROP"}, "order_id: expected"),
        ("lookup_order", {"phone": "my number"}, "phone: expected"),
        ("reschedule_delivery", {"order_id": "1033"}, "new_date: expected"),
        ("reschedule_delivery", {"order_id": "", "new_date": "2026-03-17"}, "order_id: expected"),
        ("reschedule_delivery", {"order_id": "1033", "new_date": "2026-02-30"}, "new_date: expected"),
        ("reschedule_delivery", {"order_id": "1033", "new_date": "Tuesday"}, "YYYY-MM-DD"),
        ("reschedule_delivery", {"order_id": "1033", "new_date": 1033}, "YYYY-MM-DD"),
        ("end_call", {"reason": "bored"}, "'nothing_wanted'"),
        ("transfer_to_human", {"reason": "x" * 201}, "reason: expected"),
    ],
)
def test_wrong_arguments_are_answered_with_what_is_expected(name: str, given: Any, says: str) -> None:
    found = discover().find(name)
    assert found
    with pytest.raises(InvalidArgumentsError, match=says):
        found.parse(given)


def test_a_tool_that_would_mislead_a_model_does_not_load() -> None:
    async def silent(ctx: ToolContext) -> Result: ...

    async def liar(ctx: ToolContext, order_id: OrderId) -> Result:
        """Do it.

        Args:
            number: The order's.
        """

    async def untyped(ctx: ToolContext, order_id) -> Result:  # type: ignore[no-untyped-def]
        """Do it."""

    async def fine(ctx: ToolContext, order_id: OrderId) -> Result:
        """Do it."""

    for function, says in [(silent, "docstring"), (liar, "unknown arguments: number"), (untyped, "a type")]:
        with pytest.raises(TypeError, match=says):
            tool(timeout_s=1.0)(function)
    with pytest.raises(TypeError, match="unknown arguments: day"):
        tool(timeout_s=1.0, writes=True, confirm=["day"])(fine)
    with pytest.raises(TypeError, match="only a write"):
        tool(timeout_s=1.0, confirm=["order_id"])(fine)


def test_two_tools_of_one_name_are_refused() -> None:
    async def same(ctx: ToolContext) -> Result:
        """Do it."""

    with pytest.raises(ValueError, match="two tools are named 'same'"):
        Registry([tool(timeout_s=1.0)(same), tool(timeout_s=2.0)(same)])
