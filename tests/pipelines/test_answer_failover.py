"""A model that fails is replaced in the middle of a turn, and the caller's context is asked again."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallResultFrame,
    LLMContextFrame,
    LLMTextFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import FunctionCallParams
from pipecat.tests.utils import run_test

from emulators.faults import FaultKind
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth
from pipelines.services import Dialogue, build_llm

pytestmark = pytest.mark.wire

LOOK_UP = {
    "type": "function",
    "function": {"name": "lookup", "description": "Looks up.", "parameters": {"type": "object", "properties": {}}},
}


class Models:
    """Two servers with a model each, as the endpoints of one stage."""

    def __init__(self, first: ScriptedModel, second: ScriptedModel, servers: list[OpenAIServer]) -> None:
        self.first, self.second, self.servers = first, second, servers
        urls = [server.base_url for server in servers]
        self.endpoints = [
            Endpoint("llm", f"openai:{name}", "openai", url, "sk-test", name)
            for name, url in zip(("gpt-4o", "gpt-4.1-mini"), urls, strict=True)
        ]
        self.health = ServiceHealth()

    def dialogue(self, deadline_s: float = 0.4) -> Dialogue:
        return build_llm(self.endpoints, "You are a test.", self.health, deadline_s=deadline_s)


@contextlib.asynccontextmanager
async def models(first: list[dict[str, object]], second: list[dict[str, object]]) -> AsyncIterator[Models]:
    one, two = ScriptedModel(read_moves(first)), ScriptedModel(read_moves(second))
    async with OpenAIServer(model=one) as a, OpenAIServer(model=two) as b:
        yield Models(one, two, [a, b])


async def answer(dialogue: Dialogue, text: str = "Where is my order?") -> tuple[str, list[Frame]]:
    """The words of one turn, and all frames."""
    context = LLMContext([{"role": "user", "content": text}])
    down, up = await run_test(dialogue, frames_to_send=[LLMContextFrame(context)], start_timeout=20.0)
    words = "".join(frame.text for frame in down if isinstance(frame, LLMTextFrame))
    return words, [*down, *up]


FAILURES = [{"error": 429}, {"error": 401}, {"error": 500}, {"hang": True}, {"say": "Late.", "delay_s": 5.0}]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_the_next_model_answers_the_same_turn(failure: dict[str, object]) -> None:
    async with models([failure], [{"say": "It is on its way."}]) as pair:
        words, frames = await answer(pair.dialogue())
    assert words == "It is on its way."
    assert not [frame for frame in frames if isinstance(frame, ErrorFrame)]
    asked = pair.second.dialogue_requests[0]["messages"]
    assert asked == pair.first.dialogue_requests[0]["messages"]
    assert list(pair.health.down) == ["llm:openai:gpt-4o"]


async def test_a_model_that_failed_is_not_asked_again_until_it_is_up() -> None:
    async with models([{"error": 500}, {"say": "I am back."}], [{"say": "One."}, {"say": "Two."}]) as pair:
        assert (await answer(pair.dialogue()))[0] == "One."
        assert (await answer(pair.dialogue()))[0] == "Two."
        assert len(pair.first.dialogue_requests) == 1
        pair.health.learn("llm:openai:gpt-4o", None)
        assert (await answer(pair.dialogue()))[0] == "I am back."


async def test_one_error_is_reported_when_no_model_answers() -> None:
    async with models([{"error": 500}], [{"error": 503}]) as pair:
        words, frames = await answer(pair.dialogue())
    assert words == ""
    errors = [frame for frame in frames if isinstance(frame, ErrorFrame)]
    assert len(errors) == 1
    assert "503" in errors[0].error


@pytest.mark.parametrize("arguments", ['{"order', "null", "[1]", '"x"'])
async def test_a_tool_call_that_is_no_json_object_is_not_run(arguments: str) -> None:
    called: list[str] = []

    async def lookup(params: FunctionCallParams) -> None:
        called.append(params.function_name)
        await params.result_callback({})

    async with models([{"raw_arguments": arguments, "name": "lookup"}], [{"say": "unused"}]) as pair:
        dialogue = pair.dialogue()
        dialogue.register_function("lookup", lookup)
        _, frames = await answer(dialogue)
    assert called == []
    assert dialogue.problem == "bad_arguments"
    assert not [frame for frame in frames if isinstance(frame, ErrorFrame | FunctionCallResultFrame)]


async def test_a_whole_tool_call_is_run() -> None:
    called: list[object] = []

    async def lookup(params: FunctionCallParams) -> None:
        called.append(dict(params.arguments))
        await params.result_callback({})

    async with models([{"calls": [{"name": "lookup", "arguments": {"order_id": "1033"}}]}], [{"say": "x"}]) as pair:
        dialogue = pair.dialogue()
        dialogue.register_function("lookup", lookup)
        await answer(dialogue)
    assert called == [{"order_id": "1033"}]
    assert dialogue.problem is None


async def test_other_servers_are_asked_in_openais_older_words() -> None:
    model = ScriptedModel(read_moves([{"say": "Hello."}]))
    async with OpenAIServer(model=model) as server:
        endpoint = Endpoint("llm", "compatible", "openai", server.base_url, "none", "llama3")
        context = LLMContext([{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}])
        dialogue = build_llm([endpoint], "You are a test.", max_tokens=77)
        await run_test(dialogue, frames_to_send=[LLMContextFrame(context)], start_timeout=20.0)
    request = model.dialogue_requests[0]
    assert request["max_tokens"] == 77
    assert "max_completion_tokens" not in request
    assert [message["role"] for message in request["messages"]] == ["system", "system", "user"]


@pytest.mark.parametrize(
    ("move", "problem"),
    [
        ({"say": "Your order is on", "finish_reason": "length"}, "length"),
        ({"finish_reason": "content_filter", "say": ""}, "refused"),
        ({"refusal": "I can't help with that."}, "refused"),
    ],
    ids=["cut off", "filtered", "refused"],
)
async def test_an_answer_that_is_of_no_use_is_recognised(move: dict[str, object], problem: str) -> None:
    async with models([move], [{"say": "unused"}]) as pair:
        dialogue = pair.dialogue()
        await answer(dialogue)
        assert dialogue.problem == problem
        assert pair.health.down == {}


@pytest.mark.parametrize("fault", ["close", "garbled", "hang"])
async def test_words_that_were_said_before_a_break_are_not_said_again(fault: FaultKind) -> None:
    text = "Your order is on its way to you and comes on Friday."
    async with models([{"say": text}], [{"say": text}]) as pair:
        await pair.servers[0].break_with(fault)
        words, _ = await answer(pair.dialogue())
    assert words == text
    if fault == "close":
        assert pair.second.dialogue_requests[0]["messages"][-2]["role"] == "assistant"
