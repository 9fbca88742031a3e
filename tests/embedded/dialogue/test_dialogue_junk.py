"""Whatever comes, a reply comes back, and nothing is written without a yes to a read-back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialogue_shop import TODAY, TOOLS, Line, Shop, order, setting_line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded.dialogue import reply
from spoken.answers import Answer, judge
from spoken.readback import read_readback

pytestmark = pytest.mark.unit

PHRASES = [
    *("yes", "no", "Так", "Ні", "Да", "Нет", "yes but Wednesday", "mm-hm", "hello?", "thanks", "goodbye", "stop"),
    *("move order 1033 to Tuesday", "where is order 1042", "one zero three three", "one zero", "three three"),
    *("Перенесіть замовлення 1033 на вівторок", "на неділю", "на вчора", "де моє замовлення", "інше замовлення"),
    *("Перенесите заказ 1033 на вторник", "на воскресенье", "во вторник", "другой день", "первый", "any day"),
    *("the second one", "plus three eight zero 97 123 45 67", "zero nine seven", "can you repeat that", "1033"),
    *("tomorrow", "Tuesday", "the fourteenth", "in 99999999 days", "31 February", "what?", "cancel my order"),
]
WORDS = st.one_of(st.sampled_from(PHRASES), st.text(max_size=30))
RESULTS: list[Any] = [
    "IN_PROGRESS",
    "CANCELLED",
    "COMPLETED",
    "{",
    "",
    None,
    {"status": "done"},
    {"status": "done", "orders": [{"order_id": "1033", "status": "scheduled", "delivery_date": "2026-03-14"}]},
    {"status": "done", "orders": [{"order_id": None}, 5, {"order_id": "1042", "status": 7}], "offer": [3, "x"]},
    {"status": "done", "orders": {"1033": {}}, "offer": "2026-03-12"},
    {"status": "done", "order_id": "1033", "new_date": "2026-03-17"},
    {"status": "done", "order_id": 5, "new_date": "never"},
    {"status": "refused", "reason": "not_confirmed", "say": "Shall I?"},
    {"status": "refused", "reason": "not_identified", "say": 5, "offer_human": True},
    {"status": "refused", "reason": "date_sunday"},
    {"status": "refused", "reason": None},
    {"status": "failed", "say": "It failed."},
    {"status": "unknown"},
    {"type": "async_tool", "status": "running", "tool_call_id": "a"},
    {"type": "async_tool", "status": "finished", "tool_call_id": "a", "result": "CANCELLED: …"},
]
ARGUMENTS = [{}, {"order_id": "1033"}, {"order_id": "1033", "new_date": "2026-03-17"}, {"order_id": 5, "phone": []}]


def message(kind: str, text: str, result: Any, arguments: Any, name: str) -> dict[str, Any]:
    if kind == "call":
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"role": "assistant", "tool_calls": [{"id": "a", "function": function}]}
    if kind == "tool":
        content = result if isinstance(result, str | None) else json.dumps(result)
        return {"role": "tool", "tool_call_id": "a", "content": content}
    if kind == "parts":
        return {"role": "user", "content": [{"type": "text", "text": text}, {"type": "image_url"}, 5]}
    return {"role": kind, "content": text}


MESSAGES = st.lists(
    st.builds(
        message,
        st.sampled_from(["user", "user", "assistant", "call", "tool", "developer", "parts", "system"]),
        WORDS,
        st.sampled_from(RESULTS),
        st.sampled_from(ARGUMENTS),
        st.sampled_from(["lookup_order", "reschedule_delivery", "transfer_to_human", "end_call", "dance"]),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages=MESSAGES, language=st.sampled_from(["uk", "ru", "en"]), caller=st.sampled_from(["known", "withheld"]))
def test_any_messages_get_a_reply(messages: list[dict[str, Any]], language: str, caller: str) -> None:
    prompt = {"role": "system", "content": setting_line(language, caller)}
    first = reply([prompt, *messages], TOOLS)
    assert first == reply([prompt, *messages], TOOLS)
    assert reply(messages, []).tool_calls == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    turns=st.lists(WORDS.filter(str.strip), max_size=10),
    language=st.sampled_from(["uk", "ru", "en"]),
    caller=st.sampled_from(["known", "withheld"]),
    cut=st.sets(st.integers(1, 9)),
)
def test_nothing_is_written_without_a_yes_to_what_was_read_back(
    turns: list[str], language: str, caller: str, cut: set[int]
) -> None:
    shop = Shop({"1033": order(), "1042": order("2026-03-16", phone="+380971234567")})
    line = Line(shop, language, caller)
    for place, turn in enumerate(turns):
        if line.is_over:
            break
        before = line.messages[-1]["content"]
        if place in cut:
            before = line.messages[-1]["content"] = before[: len(before) // 2]
        done = len(line.calls)
        line.hear(turn)
        for name, arguments in line.calls[done:]:
            if name == "reschedule_delivery":
                found = read_readback(before, language, TODAY)
                assert found is not None
                assert arguments == {"order_id": found.order_id, "new_date": str(found.date)}
                assert judge_of(turn, language, found.order_id, found.date) is Answer.YES


def judge_of(turn: str, language: str, order_id: str, day: Any) -> Answer:
    return next(
        (
            Answer.YES
            for each in (language, "uk", "ru", "en")
            if judge(turn, each, expected_digits=order_id, expected_date=day, today=TODAY) is Answer.YES
        ),
        Answer.UNCLEAR,
    )
