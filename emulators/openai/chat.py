"""``/v1/chat/completions`` by a model that does exactly what its script says."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulators.faults import Fault, Faults
from emulators.hit import Hit
from emulators.openai.checks import check_chat, read_json
from emulators.openai.errors import scripted_error
from emulators.openai.moves import Move, ToolCall

_TOKENS_BEFORE_CLOSE = 3
_ARGUMENT_LETTERS = 7  # short enough that numbers and dates are cut in the middle

Body = dict[str, Any]


def is_dialogue(body: Mapping[str, Any]) -> bool:
    """Whether a request is a turn of the conversation: it streams or offers tools, as summaries do not."""
    return bool(body.get("stream")) or bool(body.get("tools"))


@dataclass(frozen=True)
class ChatRequest:
    """A request as it came, and the move that answered it; None for requests outside the dialogue."""

    at_s: float
    body: Body
    move: Move | None


class ScriptedModel:
    """Plays one move a request, in order; after the last one it says again what it said last.

    Args:
        moves: the script; may be empty.
        summary: the answer to requests that are no dialogue: its words, or a move.
        dialogue: tells which requests consume moves.
        first_token_s: wait before the first token of every answer, or what draws it.
        token_s: wait between tokens, where a move does not say another.
    """

    def __init__(
        self,
        moves: Sequence[Move] = (),
        *,
        summary: str | Move = "The caller talked about an order.",
        dialogue: Callable[[Mapping[str, Any]], bool] = is_dialogue,
        first_token_s: float | Callable[[], float] = 0.0,
        token_s: float = 0.0,
    ) -> None:
        self.requests: list[ChatRequest] = []
        self._moves = tuple(moves)
        self._position = 0
        self._summary = Move(say=summary) if isinstance(summary, str) else summary
        self._dialogue = dialogue
        self._first_token_s = first_token_s
        self._token_s = token_s

    @property
    def dialogue_requests(self) -> list[Body]:
        """The bodies that consumed moves, in order."""
        return [request.body for request in self.requests if request.move is not None]

    @property
    def moves_left(self) -> int:
        """How many moves have not been played."""
        return len(self._moves) - self._position

    async def answer(self, request: web.Request, faults: Faults | None = None) -> web.StreamResponse:
        """Serve one chat request; ``faults`` may spoil its stream."""
        body = check_chat(read_json(await request.read()))
        move = self._next_move() if self._dialogue(body) else None
        self.requests.append(ChatRequest(time.monotonic(), body, move))
        played = move or self._summary
        if played.hang:
            await asyncio.get_running_loop().create_future()  # until the client gives up
        first_s = self._first_token_s() if callable(self._first_token_s) else self._first_token_s
        await asyncio.sleep(played.delay_s + first_s)
        if played.error is not None:
            raise scripted_error(played.error)
        hit = Hit(faults or Faults())
        if not body.get("stream"):
            return await _whole(request, _completion(body, played), hit)
        return await self._stream(request, body, played, hit)

    def _next_move(self) -> Move:
        if self._position < len(self._moves):
            self._position += 1
            return self._moves[self._position - 1]
        said = [move.say for move in self._moves if move.say]
        return Move(say=said[-1] if said else "")

    async def _stream(self, request: web.Request, body: Body, move: Move, hit: Hit) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        token_s = self._token_s if move.token_s is None else move.token_s
        for number, chunk in enumerate(_chunks(body, move)):
            fault = hit.now()
            if fault is not None and await _spoils(fault, request, response, number):
                return response
            await response.write(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n")
            if token_s:
                await asyncio.sleep(token_s)
        if (fault := hit.now()) is not None and await _spoils(fault, request, response, _TOKENS_BEFORE_CLOSE):
            return response
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


async def _whole(request: web.Request, completion: Body, hit: Hit) -> web.StreamResponse:
    """An answer in one piece, as far as the fault lets it be given."""
    fault = hit.now()
    match fault.kind if fault is not None else None:
        case "garbled":
            return web.Response(text='{"id": "chatcmpl-1", "choices": [{"mess', content_type="application/json")
        case "close":
            assert request.transport is not None
            request.transport.close()
        case "slow" if fault is not None:
            await asyncio.sleep(fault.pace_s)
    return web.json_response(completion)


async def _spoils(fault: Fault, request: web.Request, response: web.StreamResponse, number: int) -> bool:
    """Whether the stream ends here because of the fault."""
    match fault.kind:
        case "hang":
            await asyncio.get_running_loop().create_future()
        case "slow":
            await asyncio.sleep(fault.pace_s)
        case "garbled":
            await response.write(b'data: {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"cont\n\n')
            await response.write_eof()
            return True
        case "close" if number >= _TOKENS_BEFORE_CLOSE:
            assert request.transport is not None
            request.transport.close()
            return True
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+\s*$|\s*\S+", text)


def _pieces(text: str) -> list[str]:
    return [text[i : i + _ARGUMENT_LETTERS] for i in range(0, len(text), _ARGUMENT_LETTERS)]


def _deltas(move: Move) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": "" if move.say or not move.calls else None}
    for word in _words(move.say):
        yield {"content": word}
    for word in _words(move.refusal):
        yield {"refusal": word}
    for index, call in enumerate(move.calls):
        head = {"index": index, "id": _call_id(), "type": "function"}
        yield {"tool_calls": [{**head, "function": {"name": call.name, "arguments": ""}}]}
        for piece in _pieces(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _chunks(body: Body, move: Move) -> Iterator[Body]:
    has_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    base: Body = {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body["model"],
        "service_tier": "default",
        "system_fingerprint": None,
    }
    empty = {"usage": None} if has_usage else {}
    for delta in _deltas(move):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        yield {**base, "choices": [choice], **empty}
    last = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": _finish_reason(move)}
    yield {**base, "choices": [last], **empty}
    if has_usage:
        yield {**base, "choices": [], "usage": _usage(body, move)}


def _completion(body: Body, move: Move) -> Body:
    message: Body = {"role": "assistant", "content": move.say or None, "refusal": move.refusal or None}
    if move.calls:
        message["tool_calls"] = [_whole_call(call) for call in move.calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(move)}
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [choice],
        "usage": _usage(body, move),
    }


def _whole_call(call: ToolCall) -> Body:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": _call_id(), "type": "function", "function": function}


def _call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _finish_reason(move: Move) -> str:
    return move.finish_reason or ("tool_calls" if move.calls else "stop")


def _usage(body: Body, move: Move) -> Body:
    # four letters a token is near enough for whoever counts tokens here
    prompt = len(json.dumps(body["messages"], ensure_ascii=False)) // 4
    completion = (len(move.say) + sum(len(call.arguments) for call in move.calls)) // 4 + 1
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
