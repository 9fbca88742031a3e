"""A model's answer over an ordered list of endpoints: the next takes over where one fails."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from loguru import logger
from openai.types import CompletionUsage

from pipelines.endpoint import Endpoint
from pipelines.health import ServiceHealth
from pipelines.listener import Problem

# For the endpoint that nobody can take over from; the conversation covers the wait with words.
LAST_DEADLINE_S = 8.0
# A lone endpoint that failed within this time is asked again.
AT_ONCE_S = 1.0
# Between two tokens of a running answer.
STALL_S = 1.5
GO_ON = (
    "A fault cut your answer off after the words above, and the caller has heard them. "
    "Go on from there without repeating them."
)

Params = Mapping[str, Any]
Open = Callable[[Endpoint, Params], Awaitable[Any]]
"""Opens the stream of an answer; what it gives iterates over chunks and has `close()`."""
Spent = Callable[[Endpoint, CompletionUsage | None], None]
"""Told the tokens of each request when it is over; None where the endpoint did not tell them."""


class AnswerError(Exception):
    """No endpoint answered; the cause is the last one's failure."""

    code = "llm_unavailable"


class Answer:
    """The chunks of one answer, whoever gives it. Tool calls are passed on once they are whole.

    Text is passed on as it comes. If the service fails after that, the next one is shown what was said and
    asked to go on.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        params: Params,
        open_stream: Open,
        health: ServiceHealth,
        *,
        deadline_s: float,
        on_spent: Spent = lambda endpoint, tokens: None,
    ) -> None:
        """Asks nobody before it is iterated.

        Args:
            endpoints: In order of preference.
            params: The request; its `model` is replaced by the endpoint's.
            open_stream: Sends the request to an endpoint.
            health: Passed-over endpoints, and where failures are told.
            deadline_s: For the first token of an endpoint that another can take over from.
            on_spent: Told what each request cost.
        """
        self._endpoints = endpoints
        self._params = params
        self._open = open_stream
        self._health = health
        self._deadline_s = deadline_s
        self._on_spent = on_spent
        self.problem: Problem | None = None
        """What is wrong with the answer, once it has ended."""
        self._said = ""
        self._iterator: AsyncGenerator[Any, None] | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        """The chunks, in the form of OpenAI's SDK; raises AnswerError."""
        self._iterator = self._chunks()
        return self._iterator

    async def close(self) -> None:
        """Breaks the running request off."""
        if self._iterator is not None:
            await self._iterator.aclose()

    def _candidates(self) -> list[Endpoint]:
        up = [endpoint for endpoint in self._endpoints if self._health.is_up(endpoint.key)]
        candidates = up or list(self._endpoints)  # when all are down, any may have come back
        # A lone endpoint may be asked twice: a refused request is no lost service.
        return candidates * 2 if len(candidates) == 1 else candidates

    async def _chunks(self) -> AsyncGenerator[Any, None]:
        candidates = self._candidates()
        failure: Exception | None = None
        began = time.monotonic()
        for endpoint in candidates:
            is_last = endpoint is candidates[-1]
            deadline_s = LAST_DEADLINE_S if is_last else self._deadline_s
            if is_last and failure is not None and endpoint is candidates[0] and time.monotonic() - began > AT_ONCE_S:
                break  # it took its time to fail: the caller has waited long enough
            stream = _Stream(self._open, endpoint, self._request(), deadline_s)
            try:
                async for chunk in self._pass_on(stream):
                    yield chunk
            except Exception as exc:  # noqa: BLE001  the SDK's and httpx's errors have no common root
                reason = _reason(exc)
                logger.warning("model failed", service=endpoint.key, reason=reason, has_spoken=bool(self._said))
                self._health.failed(endpoint.key, reason)
                failure = exc
            else:
                return
            finally:
                self._on_spent(endpoint, stream.usage)
                await stream.close()
        self.problem = "failed"
        raise AnswerError(
            f"no model answered; the last of {len(candidates)} failed with: {_reason(failure)}"
        ) from failure

    def _request(self) -> Params:
        if not self._said:
            return self._params
        spoken = [{"role": "assistant", "content": self._said}, {"role": "developer", "content": GO_ON}]
        return {**self._params, "messages": [*self._params["messages"], *spoken]}

    async def _pass_on(self, stream: _Stream) -> AsyncIterator[Any]:
        held: list[Any] = []
        calls: dict[int, str] = {}
        finish = refusal = None
        said_before, repeated = self._said, self._said
        async for chunk in stream:
            choice = chunk.choices[0] if chunk.choices else None
            if choice is None:
                yield chunk
                continue
            finish = choice.finish_reason or finish
            delta = choice.delta
            if delta is None:
                continue
            refusal = getattr(delta, "refusal", None) or refusal
            if delta.tool_calls:
                held.append(chunk)
                for call in delta.tool_calls:
                    arguments = call.function.arguments if call.function else None
                    calls[call.index] = calls.get(call.index, "") + (arguments or "")
                continue
            if delta.content and repeated:
                # An endpoint that says it all again is heard from where the other stopped.
                repeated, delta.content = _without_repetition(repeated, delta.content)
            if delta.content:
                self._said += delta.content
                yield chunk
        problem = _problem(finish, refusal, calls, has_text=self._said != said_before)
        if problem != "bad_arguments":
            for chunk in held:
                yield chunk
        self.problem = problem


class _Stream:
    """One endpoint's chunks with a deadline for the first that says something, and for each after it."""

    def __init__(self, open_stream: Open, endpoint: Endpoint, params: Params, deadline_s: float) -> None:
        self._open = open_stream
        self._endpoint = endpoint
        self._params = {**params, "model": endpoint.model}
        self._deadline_s = deadline_s
        self._stream: Any = None
        self.usage: CompletionUsage | None = None
        """The tokens so far, if the endpoint has told them; some tell them in every chunk."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        silent: list[Any] = []
        async with asyncio.timeout(self._deadline_s):
            self._stream = await self._open(self._endpoint, self._params)
            chunks = self._counted(self._stream)
            chunk = await anext(chunks, None)
            while chunk is not None and not _says_something(chunk):
                silent.append(chunk)
                chunk = await anext(chunks, None)
        for early in silent:
            yield early
        while chunk is not None:
            yield chunk
            async with asyncio.timeout(STALL_S):
                chunk = await anext(chunks, None)

    async def _counted(self, stream: Any) -> AsyncIterator[Any]:
        async for chunk in stream:
            self.usage = getattr(chunk, "usage", None) or self.usage
            yield chunk

    async def close(self) -> None:
        if self._stream is not None:
            await self._stream.close()


def _says_something(chunk: Any) -> bool:
    if not chunk.choices:
        return False
    choice = chunk.choices[0]
    return bool(choice.finish_reason or (choice.delta and (choice.delta.content or choice.delta.tool_calls)))


def _without_repetition(expected: str, text: str) -> tuple[str, str]:
    """What is still expected to be repeated, and what of `text` is new."""
    if expected.startswith(text):
        return expected[len(text) :], ""
    if text.startswith(expected):
        return "", text[len(expected) :]
    return "", text if text[:1].isspace() else f" {text}"


def _problem(finish: str | None, refusal: str | None, calls: Mapping[int, str], *, has_text: bool) -> Problem | None:
    if any(not _is_object(arguments) for arguments in calls.values()):
        return "bad_arguments"
    if finish == "content_filter" or (refusal and not has_text):
        return "refused"
    if finish == "length":
        return "length"
    return None


def _is_object(arguments: str) -> bool:
    if not arguments:
        return True  # a tool without parameters
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _reason(exc: Exception | None) -> str:
    status = getattr(exc, "status_code", None)
    if status is not None:
        return f"http {status}"
    return "no answer within the deadline" if isinstance(exc, TimeoutError) else type(exc).__name__
