"""The context window: what of a long conversation the model is shown, and what stands for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, cast

from loguru import logger
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines.context import message_text
from pipelines.tokens import as_json, estimate_tokens, message_tokens
from pipelines.tool_record import Message, ToolRecord, read_tools

# Of what prompt and tools leave of the budget: a summary is asked for from the first on; a cut leaves the second.
SUMMARY_SHARE, KEPT_SHARE = 0.75, 0.5
# Of the same: results of tools that are older than the cut.
RESULTS_SHARE = 0.2
SUMMARY_DEADLINE_S = 15.0
# Turns of the caller between a summary that failed and the next attempt.
RETRY_TURNS = 4
SUMMARY_LETTERS = 1_200
SUMMARY_FOLLOWS = "A summary of what was said follows in brackets; where it differs from this, this holds."

Summarise = Callable[[str, str], Awaitable[str]]
"""Asks a model, beside the conversation, by an instruction and a text."""


class Memory(Protocol):
    """What the layer above knows of the call."""

    def known(self) -> str:
        """All that is certain of the conversation so far, and what the model is to do now."""

    def instruction(self) -> str:
        """What a model is told that has to sum up a conversation, in the call's language."""

    def speakers(self) -> tuple[str, str]:
        """What the caller and the agent are called in a transcript, in the call's language."""

    def summarised(self, text: str, turns: int) -> None:
        """The caller's first `turns` turns are now shown as `text`."""


class ContextWindow:
    """Shows a model the newest part of a context, within a budget of tokens.

    The context itself is never changed: Pipecat goes on writing into it, and what was left out can still be summed
    up. A cut is made before a turn of the caller. Once something is left out, the model is shown instead what the
    memory knows for certain, a summary if there is one, tools that still run, and what tools have told. The newest
    turn is always shown whole. Owns one task, which `close` ends.
    """

    def __init__(self, limit_tokens: int | None, summarise: Summarise) -> None:
        """Shows everything until there is a memory.

        Args:
            limit_tokens: Of a request, prompt and tools included; None for no limit.
            summarise: Asks a model. It is not waited for; whatever it raises, the call goes on without a summary.
        """
        self.memory: Memory | None = None
        self._limit = limit_tokens
        self._summarise = summarise
        self._first: Message | None = None
        """The first message that is shown; None: all are."""
        self._summary = ""
        self._summed_up: Message | None = None
        """The first message that the summary does not cover."""
        self._asking: asyncio.Task[None] | None = None
        self._failed_at_turn: int | None = None

    def view(self, context: LLMContext, prompt: str) -> LLMContext:
        """What the model is shown of a context; it may begin a summary, and does not wait for it.

        Args:
            context: The whole of it.
            prompt: The system's.
        """
        if self._limit is None or self.memory is None:
            return context
        messages = context.get_messages()
        cut = _Cut(messages, estimate_tokens(prompt) + _tools_tokens(context), self._limit, self._head())
        first = cut.place_of(self._first)
        size = cut.tokens(first)
        if size > self._limit:
            first = cut.best(first)
            self._first = messages[first] if first else None
            logger.info("context cut", before=size, after=cut.tokens(first), limit=self._limit)
        wanted = cut.best(first) if size > cut.share(SUMMARY_SHARE) else first
        if wanted > cut.place_of(self._summed_up):
            self._begin_summary(messages, wanted)
        if not first:
            return context
        return LLMContext(cast(Any, cut.shown(first)), context.tools, context.tool_choice)

    def resume(self, context: LLMContext, summary: str, turns: int) -> None:
        """Takes up a summary from before a break.

        Args:
            context: Restored, from its beginning.
            summary: As the memory was told.
            turns: How many of the caller's it covers.
        """
        messages = context.get_messages()
        places = _turns(messages)
        if summary and 0 < turns < len(places):
            self._summary = summary
            self._first = self._summed_up = messages[places[turns]]

    async def close(self) -> None:
        """Gives a summary up that is still being made."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _head(self) -> list[Message]:
        assert self.memory is not None
        known = self.memory.known()
        if not self._summary:
            return [{"role": "developer", "content": known}]
        # Made from the caller's words, so it has no more authority than they have.
        return [
            {"role": "developer", "content": f"{known} {SUMMARY_FOLLOWS}"},
            {"role": "user", "content": f"[{self._summary}]"},
        ]

    # Summaries

    def _begin_summary(self, messages: Sequence[Message], until: int) -> None:
        turn = len(_turns(messages))
        is_early = self._failed_at_turn is not None and turn < self._failed_at_turn + RETRY_TURNS
        if is_early or (self._asking is not None and not self._asking.done()):
            return
        self._failed_at_turn = turn  # until it succeeds
        self._asking = asyncio.create_task(self._sum_up(list(messages), until), name="summary")

    async def _sum_up(self, messages: Sequence[Message], until: int) -> None:
        memory, limit = self.memory, self._limit
        assert memory is not None
        assert limit is not None
        start = next((place for place, one in enumerate(messages) if one is self._summed_up), 0)
        text = _transcript(messages[start:until], memory.speakers(), limit // 2)
        earlier = f"[{self._summary}]\n" if self._summary else ""
        try:
            async with asyncio.timeout(SUMMARY_DEADLINE_S):
                summary = " ".join((await self._summarise(memory.instruction(), earlier + text)).split())
        except Exception as exc:  # noqa: BLE001  the border of a background task
            logger.warning("no summary", reason=getattr(exc, "code", type(exc).__name__))
            return
        if not summary:
            logger.warning("no summary", reason="empty")
            return
        self._failed_at_turn = None
        self._summary = _whole_sentences(summary)
        self._summed_up = messages[until]
        # A cut that was made meanwhile, further on, stands.
        if self._first is None or any(one is self._first for one in messages[:until]):
            self._first = messages[until]
        memory.summarised(self._summary, sum(place < until for place in _turns(messages)))


class _Cut:
    """One context, and what a cut before each of its turns would show."""

    def __init__(self, messages: Sequence[Message], fixed_tokens: int, limit: int, head: list[Message]) -> None:
        self._messages = messages
        self._fixed = fixed_tokens
        self._limit = limit
        self._head = head
        self._tools = read_tools(messages)
        self._sizes = [message_tokens(message) for message in messages]

    def place_of(self, message: Message | None) -> int:
        """Where a message stands, by identity; 0 if it is not there."""
        places = range(len(self._messages) - 1, -1, -1)
        return next((place for place in places if self._messages[place] is message), 0)

    def share(self, share: float) -> float:
        """The size of a request whose history takes this share of what prompt and tools leave of the budget."""
        return self._fixed + (self._limit - self._fixed) * share

    def tokens(self, first: int) -> int:
        """What a request costs that shows the context from `first` on."""
        before = sum(map(message_tokens, self._before(first)))
        return self._fixed + before + sum(self._sizes[first:])

    def best(self, least: int) -> int:
        """The earliest turn from `least` on that leaves room enough; the last one if none does."""
        places = [place for place in _turns(self._messages) if place > least]
        for share in (KEPT_SHARE, 1.0):
            for place in places:
                if self._fixed + sum(self._sizes[place:]) > self.share(share):
                    continue  # without counting what stands before
                if self.tokens(place) <= self.share(share):
                    return place
        return places[-1] if places else least

    def shown(self, first: int) -> list[Message]:
        """The messages of such a request."""
        return [*self._before(first), *self._messages[first:]]

    def _before(self, first: int) -> list[Message]:
        if not first:
            return []
        kept: dict[int, list[Message]] = {}
        left = (self._limit - self._fixed) * RESULTS_SHARE
        told = {record.what for record in self._tools if record.at >= first and record.has_told}
        for record in reversed([record for record in self._tools if record.at < first]):
            if record.settled_at is None or record.settled_at >= first:
                kept[id(record)] = record.as_it_is()
            elif record.has_told and record.what not in told:
                told.add(record.what)
                left -= sum(map(message_tokens, record.settled()))
                if left >= 0:
                    kept[id(record)] = record.settled()
        return [*self._head, *(one for record in self._tools for one in kept.get(id(record), ()))]


def _turns(messages: Sequence[Message]) -> list[int]:
    """Where the caller's turns begin."""
    return [
        place
        for place, message in enumerate(messages)
        if isinstance(message, dict) and message.get("role") == "user" and message_text(message)
    ]


def _tools_tokens(context: LLMContext) -> int:
    if not isinstance(context.tools, ToolsSchema):
        return 0
    tools = [{"type": "function", "function": tool.to_default_dict()} for tool in context.tools.standard_tools]
    return estimate_tokens(as_json(tools))


def _transcript(messages: Sequence[Message], speakers: tuple[str, str], most_tokens: int) -> str:
    """What was said and what tools told, a line each; of a very long one the end."""
    caller, agent = speakers
    lines = {
        place: f"{caller if message['role'] == 'user' else agent}: {message_text(message)}"
        for place, message in enumerate(messages)
        if isinstance(message, dict) and message.get("role") in ("user", "assistant") and message_text(message)
    }
    lines |= {record.at: _tool_line(record) for record in read_tools(messages) if record.result}
    kept: list[str] = []
    for place in sorted(lines, reverse=True):
        most_tokens -= estimate_tokens(lines[place])
        if most_tokens < 0:
            break
        kept.append(lines[place])
    return "\n".join(reversed(kept))


def _tool_line(record: ToolRecord) -> str:
    name, arguments = record.what
    return f"{name} {arguments}: {record.result}"


def _whole_sentences(text: str) -> str:
    """A summary that is not cut in a sentence, at most so long."""
    if len(text) <= SUMMARY_LETTERS:
        return text
    cut = text[:SUMMARY_LETTERS]
    return cut[: cut.rfind(". ") + 1] or f"{cut.rsplit(' ', 1)[0]} …"
