"""What a model is shown once a conversation has outgrown its budget."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest
from pipecat.processors.aggregators import async_tool_messages
from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines.tokens import message_tokens
from pipelines.window import ContextWindow

pytestmark = pytest.mark.unit

LIMIT = 1_000
RESULT = json.dumps({"status": "done", "orders": ["1033"]})


class Known:
    """A memory that always knows the same."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def known(self) -> str:
        return "order_id=1033"

    def instruction(self) -> str:
        return "Sum up."

    def speakers(self) -> tuple[str, str]:
        return "Caller", "Agent"

    def summarised(self, text: str, turns: int) -> None:
        self.told.append((text, turns))


class Model:
    """A model that sums up when it is allowed to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()

    async def __call__(self, instruction: str, text: str) -> str:
        self.asked.append(text)
        await self.may_answer.wait()
        return f"Summary {len(self.asked)}."


def say(context: LLMContext, *numbers: int) -> None:
    for number in numbers:
        context.add_message({"role": "user", "content": f"Question {number}. {'word ' * 15}"})
        context.add_message({"role": "assistant", "content": f"Answer {number}. {'word ' * 25}"})


def call(context: LLMContext, call_id: str, arguments: str = "{}") -> dict[str, Any]:
    """A tool begins; gives the message in which its result will stand if it is quick."""
    function = {"name": "lookup_order", "arguments": arguments}
    made = {"role": "assistant", "tool_calls": [{"id": call_id, "type": "function", "function": function}]}
    started = cast(dict[str, Any], async_tool_messages.build_started_message(call_id))
    context.add_messages(cast(Any, [made, started]))
    return started


def ids(messages: list[Any]) -> list[str]:
    return [one["id"] for message in messages for one in message.get("tool_calls") or ()]


def content(view: LLMContext) -> str:
    return json.dumps(view.get_messages(), ensure_ascii=False)


@pytest.fixture
def window() -> ContextWindow:
    window = ContextWindow(LIMIT, Model())
    window.memory = Known()
    return window


async def test_a_short_conversation_is_shown_as_it_is(window: ContextWindow) -> None:
    context = LLMContext()
    say(context, 1, 2, 3)
    assert window.view(context, "prompt") is context


async def test_a_cut_stays_where_it_is_until_the_budget_is_used_up_again(window: ContextWindow) -> None:
    context = LLMContext()
    heads: list[str] = []
    for number in range(40):
        say(context, number)
        shown = window.view(context, "prompt").get_messages()
        assert sum(map(message_tokens, shown)) <= LIMIT
        heads.append(json.dumps(shown[1]))  # the first turn behind what is known
    assert 3 <= len(set(heads)) <= 10
    assert len(context.get_messages()) == 80
    await window.close()


async def test_a_result_that_came_after_the_cut_has_its_call_in_front_of_it(window: ContextWindow) -> None:
    context = LLMContext()
    say(context, 1)
    call(context, "slow")
    say(context, *range(2, 14))
    assert ids(window.view(context, "prompt").get_messages()) == ["slow"]  # it still runs
    context.add_message(async_tool_messages.build_final_result_message("slow", RESULT))
    shown = window.view(context, "prompt").get_messages()
    assert ids(shown) == ["slow"]
    assert RESULT in [
        json.loads(m["content"])["result"] for m in shown if m["role"] == "developer" and "slow" in str(m)
    ]
    await window.close()


async def test_the_newest_result_of_each_question_outlives_its_turn(window: ContextWindow) -> None:
    context = LLMContext()
    say(context, 1)
    for call_id, arguments in (("old", '{"order_id": "1033"}'), ("other", "{}"), ("new", '{"order_id": "1033"}')):
        call(context, call_id, arguments)["content"] = RESULT
    call(context, "refused", '{"order_id": "9"}')["content"] = json.dumps({"status": "refused", "reason": "no"})
    say(context, *range(2, 14))
    shown = cast(list[Any], window.view(context, "prompt").get_messages())
    assert ids(shown) == ["other", "new"]
    assert [message["content"] for message in shown if message["role"] == "tool"] == [RESULT, RESULT]
    await window.close()


async def test_the_newest_turn_is_shown_whole_whatever_it_costs(window: ContextWindow) -> None:
    context = LLMContext()
    say(context, 1, 2)
    context.add_message({"role": "user", "content": "long " * 1_000})
    shown = window.view(context, "prompt").get_messages()
    assert shown[-1] == context.get_messages()[-1]
    assert "Question 2" not in json.dumps(shown)
    await window.close()


async def test_a_late_summary_never_brings_back_what_was_cut_meanwhile() -> None:
    model, memory = Model(), Known()
    window = ContextWindow(LIMIT, model)
    window.memory = memory
    context = LLMContext()
    number = 0
    while not model.asked:
        number += 1
        say(context, number)
        window.view(context, "prompt")
        await asyncio.sleep(0)
    say(context, *range(number + 1, number + 21))
    before = window.view(context, "prompt").get_messages()
    model.may_answer.set()
    while not memory.told:
        await asyncio.sleep(0)
    after = window.view(context, "prompt")
    assert after.get_messages()[2:] == before[1:]
    assert "[Summary 1.]" in content(after)
    # What lies between the summary and the cut is summed up next, together with the first summary.
    while len(memory.told) < 2:
        await asyncio.sleep(0)
    assert model.asked[1].startswith("[Summary 1.]\nCaller: Question ")
    assert memory.told[1][1] > memory.told[0][1]
    assert "[Summary 2.]" in content(window.view(context, "prompt"))
    await window.close()


async def test_a_conversation_is_taken_up_behind_its_summary(window: ContextWindow) -> None:
    context = LLMContext()
    say(context, 1, 2, 3)
    window.resume(context, "They asked twice.", 2)
    text = content(window.view(context, "prompt"))
    assert "Question 2" not in text
    assert "Question 3" in text
    assert "[They asked twice.]" in text
    assert "order_id=1033" in text
