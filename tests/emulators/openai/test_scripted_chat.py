import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from emulators.errors import ScriptError
from emulators.openai import Move, OpenAIServer, ScriptedModel, ToolCall, load_moves, read_moves

USER = [{"role": "user", "content": "Hello"}]
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
    for name in ("lookup_order", "end_call")
]


async def ask(server: OpenAIServer, messages: Any = USER, **options: Any) -> tuple[str, list[dict], Any]:
    """Stream one answer with the official client: its text, its tool calls, the last chunk with usage."""
    text, calls, usage = "", [], None
    async with AsyncOpenAI(api_key="k", base_url=server.base_url, max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="gpt-4o",
            messages=messages,
            stream=True,
            stream_options={"include_usage": True},
            tools=TOOLS,
            **options,
        )
        async for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                parts = choice.delta.tool_calls or []
                assert len(parts) <= 1  # clients read only the first of a chunk
                for part in parts:
                    if part.id:
                        assert part.index == len(calls)
                        calls.append({"id": part.id, "name": part.function.name, "arguments": [], "end": ""})
                    else:
                        calls[part.index]["arguments"].append(part.function.arguments)
                if choice.finish_reason and calls:
                    calls[-1]["end"] = choice.finish_reason
    return text, calls, usage


@pytest.fixture
async def script() -> AsyncIterator[Any]:
    """Start a server for a list of moves; all are closed at the end."""
    servers: list[OpenAIServer] = []

    async def serve(*moves: dict) -> tuple[OpenAIServer, ScriptedModel]:
        model = ScriptedModel(read_moves(moves))
        servers.append(await OpenAIServer(model=model).start())
        return servers[-1], model

    yield serve
    for server in servers:
        await server.close()


@pytest.mark.wire
async def test_moves_are_played_in_order_and_the_last_words_repeated(script) -> None:
    server, model = await script(
        {"say": "Яке замовлення?"}, {"say": "One moment.", "delay_s": 0.01}, {"calls": [{"name": "end_call"}]}
    )
    assert [(await ask(server))[0] for _ in range(5)] == [
        "Яке замовлення?",
        "One moment.",
        "",
        "One moment.",
        "One moment.",
    ]
    assert model.moves_left == 0
    assert len(model.dialogue_requests) == 5


@pytest.mark.wire
async def test_tool_calls_come_one_a_chunk_with_their_arguments_in_pieces(script) -> None:
    arguments = {"order_id": "1033", "new_date": "2026-03-17"}
    server, _ = await script(
        {
            "say": "Let me see.",
            "calls": [
                {"name": "lookup_order", "arguments": arguments},
                {"name": "end_call"},
                {"name": "lookup_order", "arguments": {"phone": "+15550107788"}},
            ],
        }
    )
    text, calls, usage = await ask(server)
    assert text == "Let me see."
    assert [call["name"] for call in calls] == ["lookup_order", "end_call", "lookup_order"]
    assert len(calls[0]["arguments"]) > 3
    assert json.loads("".join(calls[0]["arguments"])) == arguments
    assert json.loads("".join(calls[1]["arguments"])) == {}
    assert calls[-1]["end"] == "tool_calls"
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


@pytest.mark.wire
async def test_cut_arguments_go_over_the_wire_as_they_are(script) -> None:
    server, _ = await script({"raw_arguments": '{"order_id": "10', "name": "lookup_order"})
    _, calls, _ = await ask(server)
    assert "".join(calls[0]["arguments"]) == '{"order_id": "10'


@pytest.mark.wire
async def test_errors_and_hangs_are_those_of_the_real_service(script) -> None:
    server, _ = await script({"error": 429}, {"error": 500}, {"hang": True}, {"say": "Back."})
    with pytest.raises(openai.RateLimitError):
        await ask(server)
    with pytest.raises(openai.InternalServerError):
        await ask(server)
    with pytest.raises(openai.APITimeoutError):
        await ask(server, timeout=0.2)
    assert (await ask(server))[0] == "Back."


@pytest.mark.wire
async def test_summaries_consume_no_move(script) -> None:
    server, model = await script({"say": "First."})
    async with AsyncOpenAI(api_key="k", base_url=server.base_url) as client:
        summary = await client.chat.completions.create(model="gpt-4o", messages=USER)
        with_tools = await client.chat.completions.create(model="gpt-4o", messages=USER, tools=TOOLS)
    assert summary.choices[0].message.content == "The caller talked about an order."
    assert with_tools.choices[0].message.content == "First."
    assert [request.move is None for request in model.requests] == [True, False]


@pytest.mark.wire
@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "robot", "content": "x"}],
        [{"role": "user"}],
        [{"role": "assistant"}],
        [{"role": "tool", "tool_call_id": "call_1", "content": "{}"}],
        [
            *USER,
            {
                "role": "assistant",
                "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "x", "arguments": "{}"}}],
            },
            *USER,
        ],
    ],
)
async def test_histories_that_the_real_service_refuses_are_refused(script, messages) -> None:
    server, model = await script({"say": "First."})
    with pytest.raises(openai.BadRequestError):
        await ask(server, messages)
    assert model.moves_left == 1


@pytest.mark.wire
async def test_history_with_answered_tool_calls_is_taken(script) -> None:
    server, model = await script({"say": "Done."})
    call = {"id": "call_1", "type": "function", "function": {"name": "lookup_order", "arguments": "{}"}}
    history = [
        {"role": "developer", "content": "Be brief."},
        *USER,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"status":"done"}'},
    ]
    assert (await ask(server, history))[0] == "Done."
    assert model.dialogue_requests[0]["messages"] == history


@pytest.mark.wire
async def test_key_is_required_and_can_be_fixed() -> None:
    async with OpenAIServer(model=ScriptedModel(), api_key="right") as server:
        wrong = AsyncOpenAI(api_key="wrong", base_url=server.base_url, max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            await wrong.models.list()
        right = AsyncOpenAI(api_key="right", base_url=server.base_url)
        assert "gpt-4o" in [model.id async for model in right.models.list()]
        with pytest.raises(openai.NotFoundError):
            await right.embeddings.create(model="x", input="y")
        await wrong.close()
        await right.close()


@pytest.mark.unit
def test_lone_delay_belongs_to_the_move_after_it(tmp_path) -> None:
    path = tmp_path / "moves.yaml"
    path.write_text(
        "moves:\n  - {delay_s: 1.5}\n  - {say: Hi, delay_s: 0.5}\n  - {calls: [{name: end_call}]}\n",
        encoding="utf-8",
    )
    assert load_moves(path) == (Move(say="Hi", delay_s=2.0), Move(calls=(ToolCall("end_call", "{}"),)))


@pytest.mark.unit
@pytest.mark.parametrize("move", [{}, {"speak": "Hi"}, {"name": "x"}, {"calls": [{"arguments": {}}]}])
def test_moves_that_do_nothing_are_refused(move: dict) -> None:
    with pytest.raises(ScriptError):
        read_moves([move])
