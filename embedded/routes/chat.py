"""`POST /v1/chat/completions`: the rule-based dialogue in OpenAI's format, streamed or whole."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from loguru import logger
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from embedded.errors import EmbeddedError
from embedded.routes.common import MODEL_WAIT_S, finish, read_json, server_of

MODEL_ID = "rules"
TIMEOUT_S = 5.0
ARGUMENT_PIECE_CHARS = 24


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """What OpenAI's clients send; fields that steer a language model mean nothing here and are ignored."""

    model_config = ConfigDict(extra="ignore")

    messages: list[dict[str, Any]]
    model: str = MODEL_ID
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None


class Completion:
    """One reply and its wire forms."""

    def __init__(self, model: str, text: str | None, calls: list[dict[str, Any]], prompt_tokens: int) -> None:
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self.created = int(time.time())
        self.model = model
        self.text = text
        self.calls = calls
        self.finish_reason = "tool_calls" if calls else "stop"
        spoken = len((text or "").split()) + sum(len(c["function"]["arguments"]) // 4 + 1 for c in calls)
        self.usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": spoken,
            "total_tokens": prompt_tokens + spoken,
        }

    def whole(self) -> dict[str, Any]:
        """The body of a response that is not streamed."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text, "refusal": None}
        if self.calls:
            message["tool_calls"] = self.calls
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage}

    def chunks(self, *, include_usage: bool) -> list[dict[str, Any]]:
        """The chunks of a streamed response, in order.

        A chunk carries either words or a piece of one tool call, because clients read only the first call
        of a chunk and drop words beside it.
        """
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": word} for word in re.findall(r"\s*\S+|\s+$", self.text or "")]
        for index, call in enumerate(self.calls):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            start = {"index": index, "id": call["id"], "type": "function"}
            deltas.append({"tool_calls": [{**start, "function": {"name": name, "arguments": ""}}]})
            for begin in range(0, len(arguments), ARGUMENT_PIECE_CHARS):
                piece = arguments[begin : begin + ARGUMENT_PIECE_CHARS]
                deltas.append({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        chunks = [self._chunk(delta, None) for delta in deltas]
        chunks.append(self._chunk({}, self.finish_reason))
        if include_usage:
            chunks = [{**chunk, "usage": None} for chunk in chunks]
            chunks.append({**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage})
        return chunks

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}


async def complete(request: Request) -> Response:
    """The next thing to say or to call."""
    server = server_of(request)
    body = await read_json(request, ChatRequest)
    tools = [] if body.tool_choice == "none" else body.tools or []

    async def work() -> Completion:
        dialogue = await server.dialogue.get(MODEL_WAIT_S)
        try:
            reply = await asyncio.to_thread(dialogue, body.messages, tools)
        except Exception as exc:
            logger.exception("the rules failed")
            raise EmbeddedError(f"the rules failed on this conversation: {type(exc).__name__}") from exc
        calls = [
            {
                "id": f"call_{secrets.token_hex(12)}",
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for call in reply.tool_calls
        ]
        words = sum(len(json.dumps(message, ensure_ascii=False)) // 4 for message in body.messages)
        return Completion(body.model, reply.text, calls, words)

    completion = await finish(request, work(), TIMEOUT_S)
    if not body.stream:
        return JSONResponse(completion.whole())
    include_usage = body.stream_options is not None and body.stream_options.include_usage
    return StreamingResponse(_events(completion.chunks(include_usage=include_usage)), media_type="text/event-stream")


async def _events(chunks: list[dict[str, Any]]) -> AsyncIterator[str]:
    for chunk in chunks:
        yield f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"
