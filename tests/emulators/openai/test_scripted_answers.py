"""Answers that are cut, refused, empty or broken off, as OpenAI's own SDK reads them."""

import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from emulators.errors import ScriptError
from emulators.faults import Fault, FaultKind
from emulators.openai import Move, OpenAIServer, ScriptedModel, read_moves

pytestmark = pytest.mark.wire

ASKED: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
TOOLS: Any = [{"type": "function", "function": {"name": "end_call", "parameters": {"type": "object"}}}]


def client(server: OpenAIServer) -> AsyncOpenAI:
    return AsyncOpenAI(api_key="k", base_url=server.base_url, max_retries=0, timeout=5.0)


async def streamed(server: OpenAIServer) -> dict[str, Any]:
    answer: dict[str, Any] = {"content": "", "refusal": "", "tools": []}
    async for chunk in await client(server).chat.completions.create(**ASKED, stream=True):
        for choice in chunk.choices:
            answer["content"] += choice.delta.content or ""
            answer["refusal"] += choice.delta.refusal or ""
            answer["tools"] += [call.function.name for call in choice.delta.tool_calls or [] if call.id]
            answer["finish_reason"] = choice.finish_reason
    return answer


async def whole(server: OpenAIServer) -> dict[str, Any]:
    answer = await client(server).chat.completions.create(**ASKED, tools=TOOLS)
    message = answer.choices[0].message
    return {
        "content": message.content or "",
        "refusal": message.refusal or "",
        "tools": [call.function.name for call in message.tool_calls or []],
        "finish_reason": answer.choices[0].finish_reason,
    }


@pytest.mark.parametrize("ask", [streamed, whole], ids=lambda ask: ask.__name__)
@pytest.mark.parametrize(
    ("move", "expected"),
    [
        ({"say": "Ваше замовлення", "finish_reason": "length"}, {"content": "Ваше замовлення"}),
        ({"finish_reason": "content_filter"}, {}),
        ({"refusal": "С этим я не могу помочь."}, {"refusal": "С этим я не могу помочь."}),
        ({"say": ""}, {}),
        ({"calls": [{"name": "no_such_tool"}]}, {"tools": ["no_such_tool"], "finish_reason": "tool_calls"}),
        ({"say": "One two three.", "token_s": 0.001}, {"content": "One two three."}),
    ],
)
async def test_an_unusual_answer_comes_as_it_is_written(ask: Any, move: dict[str, Any], expected: Any) -> None:
    usual = {"content": "", "refusal": "", "tools": [], "finish_reason": move.get("finish_reason", "stop")}
    async with OpenAIServer(model=ScriptedModel(read_moves([move]))) as server:
        assert await ask(server) == usual | expected


@pytest.mark.parametrize("ask", [streamed, whole], ids=lambda ask: ask.__name__)
@pytest.mark.parametrize("fault", ["rate_limit", "close", "garbled"])
async def test_a_fault_spoils_as_many_answers_as_it_is_asked_to(ask: Any, fault: FaultKind) -> None:
    async with OpenAIServer(model=ScriptedModel([Move(say="Hi.")])) as server:
        await server.break_with(Fault(fault, times=2), "chat")
        for _ in range(2):
            with pytest.raises((openai.OpenAIError, json.JSONDecodeError)):
                await ask(server)
        assert (await ask(server))["content"] == "Hi."


@pytest.mark.parametrize("ask", [streamed, whole], ids=lambda ask: ask.__name__)
async def test_a_slow_answer_is_whole(ask: Any) -> None:
    async with OpenAIServer(model=ScriptedModel([Move(say="One two three.")])) as server:
        await server.break_with(Fault("slow", pace_s=0.01))
        assert (await ask(server))["content"] == "One two three."


async def test_the_first_token_waits_as_long_as_is_drawn() -> None:
    drawn: list[float] = []

    def draw() -> float:
        drawn.append(0.001)
        return drawn[-1]

    async with OpenAIServer(model=ScriptedModel([Move(say="Hi.")], first_token_s=draw)) as server:
        await streamed(server)
        await whole(server)
    assert len(drawn) == 2


async def test_after_refusing_the_server_is_at_the_same_address() -> None:
    async with OpenAIServer(model=ScriptedModel([Move(say="Hi.")])) as server:
        url = server.base_url
        await server.break_with("refuse")
        with pytest.raises(openai.APIConnectionError):
            await streamed(server)
        await server.mend()
        assert server.base_url == url
        assert (await streamed(server))["content"] == "Hi."


@pytest.mark.parametrize("move", [{"token_s": 0.1}, {"name": "end_call"}])
def test_a_pace_without_an_answer_is_no_move(move: dict[str, Any]) -> None:
    with pytest.raises(ScriptError, match="expected say"):
        read_moves([move])
