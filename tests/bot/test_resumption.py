"""What the journal of a call says to the process that goes on with it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from bot.resumption import Resumption, resumption
from storage.journal import Event

pytestmark = pytest.mark.unit

BEGAN = dt.datetime(2026, 3, 11, 8, 0, tzinfo=dt.UTC)
STARTED = ("call_started", {"language": "uk", "flow": "order_desk"})
GREETED = ("bot_said", {"text": "Добрий день!", "heard": "Добрий день!", "interrupted": False})
ASKED = ("user_said", {"text": "Де моє замовлення 1033?"})
FOUND = (
    "tool_result",
    {
        "tool": "lookup_order",
        "arguments": {"order_id": "1033"},
        "status": "done",
        "reason": None,
        "result": {"status": "done", "orders": [{"order_id": "1033", "status": "scheduled"}]},
    },
)
TOLD = ("bot_said", {"text": "Воно в дорозі.", "heard": "Воно в дорозі.", "interrupted": False})
MOMENT = ("bot_said", {"text": "Хвилинку.", "heard": "Хвилинку.", "interrupted": False, "filler": True})


def tool(name: str, status: str = "done", **body: Any) -> tuple[str, dict[str, Any]]:
    return ("tool_result", {"tool": name, "arguments": {}, "status": status, "result": {"status": status}, **body})


def after(*events: tuple[str, dict[str, Any]], count: int = 1) -> Resumption:
    entries = [
        Event(seq, kind, BEGAN + dt.timedelta(seconds=seq), body)  # type: ignore[arg-type]
        for seq, (kind, body) in enumerate(events)
    ]
    return resumption("CA1", entries, count, drop_last_turn=count > 1)


DUE = [
    pytest.param([], "greeting", id="nothing yet"),
    pytest.param([STARTED], "greeting", id="in the greeting"),
    pytest.param([STARTED, GREETED], "caller", id="greeted"),
    pytest.param([STARTED, GREETED, ASKED], "answer", id="asked"),
    pytest.param([STARTED, GREETED, ASKED, MOMENT, FOUND], "answer", id="in the answer"),
    pytest.param([STARTED, GREETED, ASKED, FOUND, TOLD], "caller", id="answered"),
    pytest.param([STARTED, GREETED, ASKED, tool("end_call")], "end", id="in the goodbye"),
    pytest.param([STARTED, GREETED, ASKED, TOLD, tool("end_call")], "end", id="after the goodbye"),
    pytest.param([STARTED, GREETED, ASKED, tool("transfer_to_human")], "transfer", id="being handed over"),
    pytest.param([STARTED, GREETED, ASKED, tool("transfer_to_human", "failed")], "answer", id="nobody there"),
]


@pytest.mark.parametrize(("events", "due"), DUE)
def test_it_is_known_whose_turn_it_is(events: list[Any], due: str) -> None:
    assert after(*events).due == due


def test_the_model_sees_what_was_said_and_what_tools_gave() -> None:
    messages = after(STARTED, GREETED, ASKED, MOMENT, FOUND, TOLD).messages
    assert [(message["role"], message.get("content")) for message in messages if message["role"] != "tool"] == [
        ("assistant", "Добрий день!"),
        ("user", "Де моє замовлення 1033?"),
        ("assistant", None),
        ("assistant", "Воно в дорозі."),
    ]
    call, result = messages[2], messages[3]
    assert call["tool_calls"][0]["function"]["name"] == "lookup_order"
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]
    assert json.loads(result["content"])["orders"][0]["order_id"] == "1033"


def test_only_what_was_heard_is_in_the_context() -> None:
    cut = ("bot_said", {"text": "Воно в дорозі і буде завтра.", "heard": "Воно в дорозі", "interrupted": True})
    unheard = ("bot_said", {"text": "Ще щось?", "heard": "", "interrupted": True})
    contents = [message["content"] for message in after(STARTED, ASKED, cut, unheard).messages]
    assert contents == ["Де моє замовлення 1033?", "Воно в дорозі"]


def test_the_second_time_the_turn_that_may_kill_is_left_out() -> None:
    poison = ("user_said", {"text": "poison"})
    resumed = after(STARTED, GREETED, ASKED, FOUND, TOLD, poison, FOUND, count=2)
    assert resumed.due == "caller"
    assert "poison" not in json.dumps(resumed.messages)
    assert resumed.state.stated() == ["Де моє замовлення 1033?"]


def test_what_was_done_for_a_turn_stays_without_its_words() -> None:
    arguments = {"order_id": "1033", "new_date": "2026-03-17"}
    asked = ("readback", {"tool": "reschedule_delivery", "values": arguments})
    yes = ("user_said", {"text": "Так."})
    agreed = ("confirmed", {"confirmation_id": "c1", "tool": "reschedule_delivery", "values": arguments})
    intent = ("tool_intent", {"tool": "reschedule_delivery", "key": "k", "arguments": arguments})
    moved = tool(
        "reschedule_delivery", arguments=arguments, result={"status": "done", **arguments, "old_date": "2026-03-14"}
    )
    resumed = after(STARTED, GREETED, ASKED, FOUND, TOLD, asked, yes, agreed, intent, moved, count=2)
    assert resumed.due == "answer"
    assert resumed.state.stated() == ["Де моє замовлення 1033?"]
    assert resumed.state.disposition == after(STARTED, ASKED, asked, yes, agreed, intent, moved).state.disposition
    assert resumed.messages[-1]["role"] == "tool"


def test_a_turn_that_was_answered_stays_the_second_time() -> None:
    resumed = after(STARTED, GREETED, ASKED, FOUND, TOLD, count=2)
    assert resumed.state.stated() == ["Де моє замовлення 1033?"]


def test_time_goes_on_and_failed_identifications_count() -> None:
    claimed = ("tool_result", {**FOUND[1], "status": "refused", "reason": "not_identified", "result": {}})
    nothing = ("tool_result", {**claimed[1], "arguments": {"order_id": None, "phone": None}})
    resumed = after(STARTED, GREETED, ASKED, claimed, nothing, claimed)
    assert resumed.failed_identifications == 2
    assert resumed.elapsed_s == 5.0
