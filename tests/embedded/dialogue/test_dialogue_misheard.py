"""A number that recognition garbled: the order that the desk found is the one that is spoken of."""

import json
from typing import Any

import pytest

from embedded.dialogue import reply

pytestmark = pytest.mark.unit

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {}}}
    for name in ("lookup_order", "reschedule_delivery", "transfer_to_human", "end_call")
]
FOUND = {
    "status": "done",
    "orders": [{"order_id": "1033", "status": "scheduled", "delivery_date": "2026-03-14", "city": "Denver"}],
    "offer": ["2026-03-12", "2026-03-13", "2026-03-16", "2026-03-17"],
}
CALLERS = [
    ("en", "I need to move order 10333.", "Tuesday, please.", "Yes."),
    ("uk", "Перенесіть замовлення 10333.", "На вівторок.", "Так."),
    ("ru", "Перенесите заказ 10333.", "На вторник.", "Да."),
]


@pytest.mark.parametrize(("language", "wish", "day", "yes"), CALLERS)
def test_the_order_that_was_found_is_moved_after_a_yes_to_its_number(
    language: str, wish: str, day: str, yes: str
) -> None:
    facts = f"today=2026-03-11 tz=Europe/Kyiv language={language} caller=known"
    messages: list[dict[str, Any]] = [{"role": "system", "content": facts}, {"role": "user", "content": wish}]
    (call,) = reply(messages, TOOLS).tool_calls
    assert call.arguments == {"order_id": "10333"}
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    messages.append({"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": function}]})
    messages.append({"role": "tool", "tool_call_id": "a", "content": json.dumps(FOUND)})
    for said in (day, yes):
        messages += [{"role": "assistant", "content": reply(messages, TOOLS).text}, {"role": "user", "content": said}]
    (move,) = reply(messages, TOOLS).tool_calls
    assert (move.name, move.arguments) == ("reschedule_delivery", {"order_id": "1033", "new_date": "2026-03-17"})
