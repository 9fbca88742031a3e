"""The offline dialogue asks who picked up until a lookup is offered, and then tells one day and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialogue_shop import TOOLS, order, setting_line

from embedded.dialogue import reply

pytestmark = pytest.mark.unit

GREETINGS = {"en": "Am I speaking with Priya?", "uk": "Я розмовляю з Прією?", "ru": "Я говорю с Прией?"}
BEFORE = [tool for tool in TOOLS if tool["function"]["name"] in ("end_call", "transfer_to_human")]


def conversation(language: str, *turns: dict[str, Any]) -> list[dict[str, Any]]:
    prompt = f"{setting_line(language)} flow=delivery_reminder"
    greeting = {"role": "assistant", "content": GREETINGS[language]}
    return [{"role": "system", "content": prompt}, greeting, *turns]


def caller(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def looked_up(*orders: dict[str, str]) -> list[dict[str, Any]]:
    result = {"status": "done", "orders": orders, "offer": ["2026-03-16", "2026-03-17"]}
    function = {"name": "lookup_order", "arguments": "{}"}
    return [
        {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "1", "content": json.dumps(result)},
    ]


ORDERS = [{"order_id": "1033"} | order(), {"order_id": "1042"} | order("2026-03-16")]


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("en", "Who is this?", "Am I speaking with the owner of this number?"),
        ("uk", "Алло, хто це?", "Я розмовляю з власником цього номера?"),
        ("ru", "А кто это?", "Я говорю с владельцем этого номера?"),
    ],
)
def test_it_says_who_calls_and_asks_again(language: str, text: str, question: str) -> None:
    said = reply(conversation(language, caller(text)), BEFORE)
    assert said.text is not None
    assert said.text.endswith(question)
    assert said.tool_calls == []


@pytest.mark.parametrize(("language", "yes"), [("en", "Yes."), ("uk", "Так."), ("ru", "Да.")])
def test_it_looks_up_once_that_is_offered(language: str, yes: str) -> None:
    said = reply(conversation(language, caller(yes)), TOOLS)
    assert [(call.name, call.arguments) for call in said.tool_calls] == [("lookup_order", {})]


def test_it_tells_the_next_delivery_alone() -> None:
    said = reply(conversation("en", caller("Yes."), *looked_up(*ORDERS)), TOOLS)
    assert said.text == "Your next delivery is planned for Saturday the fourteenth of March. Does this day suit you?"


def test_who_asks_when_it_comes_hears_the_day_again() -> None:
    told = reply(conversation("en", caller("Yes."), *looked_up(*ORDERS)), TOOLS).text
    turns = [caller("Yes."), *looked_up(*ORDERS), {"role": "assistant", "content": told}, caller("When does it come?")]
    assert reply(conversation("en", *turns), TOOLS).text == told


def test_without_a_delivery_it_says_so_and_leaves() -> None:
    delivered = {"order_id": "1050"} | order("2026-03-02", status="delivered")
    said = reply(conversation("en", caller("Yes."), *looked_up(delivered)), TOOLS)
    assert [call.name for call in said.tool_calls] == ["end_call"]
    assert said.text is not None
    assert "no delivery" in said.text
