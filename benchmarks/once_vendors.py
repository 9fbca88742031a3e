"""Vendors of `benchmarks.exactly_once`: recognition and model by script, speech as quick tones."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from benchmarks.book import Book
from benchmarks.carrier_rest import run_rest
from benchmarks.once_plan import Plan
from benchmarks.vendor_settings import vendor_settings
from benchmarks.vendors import Listening
from emulators.deepgram import DeepgramServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.elevenlabs.stream import StreamConnection
from emulators.faults import Faults
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from emulators.openai.moves import Move
from emulators.tones import say

WRITE, LOOKUP = "reschedule_delivery", "lookup_order"
QUICK_HZ, RATE_HZ = 8_000, 24_000
"""Made at one rate and played at the other: a sentence takes a third of its time."""
_ORDER = re.compile(r"(?<!\d)1\d{5}(?!\d)")
Data = dict[str, Any]


@functools.lru_cache(maxsize=4096)
def quick_speech(text: str, language: str | None) -> tuple[bytes, int]:
    """Tones of a third of the usual length."""
    return say(text, QUICK_HZ), RATE_HZ


class Hearing(Listening):
    """Hears only what was said while it listened: a connection that is opened in mid-call knows nothing of before."""

    _begins: int | None = None

    def _hear(self, pcm16: bytes) -> None:
        reader = self._stamps
        if self._begins is None and reader.slot is not None:
            self._begins = reader.position
            turn = self.book.newest(reader.slot)
            if turn is not None and turn.start_sample < self._begins:
                self._finished = turn
        super()._hear(pcm16)


@dataclass
class Ear:
    """What was spoken to one lane's callers, as the voice was asked to: monotonic seconds and text."""

    texts: list[tuple[float, str]] = field(default_factory=list)

    def since(self, moment: float) -> str:
        """All that was asked for since then."""
        return " ".join(text for at, text in self.texts if at >= moment)


class Speaking(StreamConnection):
    """Notes for whom it speaks: each lane has a voice of its own."""

    ears: Mapping[str, Ear]

    async def _take(self, body: Data) -> None:
        text = str(body.get("text", "")).strip()
        if text and isinstance(body.get("context_id"), str) and self.voice in self.ears:
            self.ears[self.voice].texts.append((time.monotonic(), text))
        await super()._take(body)


class Brain:
    """The model of one call: does what the caller wants, in the ways that its plan gets wrong."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._wish = plan.first
        self._done: set[dt.date] = set()
        self._used = False
        self._has_to_mend = False
        self._has_failed = False

    def move(self, messages: Sequence[Data]) -> Data:
        """The next answer."""
        for message in reversed(messages):
            if message.get("role") == "assistant" and message.get("content"):
                break
            if message.get("role") == "user":
                return self._to_words(str(message["content"]))
            if message.get("role") == "developer" and "not valid JSON" in str(message.get("content")):
                return self._write()
            result = _result(message)
            if result is not None:
                return self._to_result(result)
        words = [str(message["content"]) for message in messages if message.get("role") == "user"]
        return self._to_words(words[-1]) if words else {"say": self._plan.says("greeting")}

    def _to_words(self, words: str) -> Data:
        plan = self._plan
        known = [("ask", day) for day in (plan.first, plan.second)] + [("change", d) for d in (plan.first, plan.second)]
        known += [(name, None) for name in ("yes", "is it", "wait", "again")]  # type: ignore[list-item]
        found = [(words.rfind(plan.says(name, day).rstrip(".?")), name, day) for name, day in known]
        at, name, day = max(found, key=lambda item: item[0])
        if at < 0:
            return {"say": plan.says("which")}
        if name in ("ask", "change"):
            assert day is not None
            self._wish = day
            return self._to_wish()
        if name == "wait":
            return self._done_or(self._question())
        if name == "is it":
            return self._done_or({"say": plan.says("failed")} if self._has_failed else self._write())
        return self._to_yes() if name == "yes" else self._write()

    def _to_wish(self) -> Data:
        if self._wish in self._done:
            return self._report(self._wish)
        if self._take("before the question"):
            return self._write()
        if self._take("before the lookup"):
            return {"calls": [self._call(self._wish), {"name": LOOKUP, "arguments": {}}]}
        if self._wish == self._plan.first:
            return {"calls": [{"name": LOOKUP, "arguments": {}}]}
        return self._question()

    def _to_yes(self) -> Data:
        call = self._call(self._wish)
        if self._take("twice in one answer"):
            return {"calls": [call, call]}
        if self._take("two days at once"):
            other = self._plan.second if self._wish == self._plan.first else self._plan.first
            return {"calls": [call, self._call(other)]}
        self._has_to_mend = True
        if self._take("cut arguments"):
            return {"calls": [{"name": WRITE, "raw_arguments": json.dumps(call["arguments"])[:-9]}]}
        if self._take("wrong types"):
            return {"calls": [{"name": WRITE, "arguments": {"order_id": [self._plan.order_id], "new_date": 20260317}}]}
        if self._take("invented order"):
            return {
                "calls": [{"name": WRITE, "arguments": {**call["arguments"], "order_id": "907" + self._plan.order_id}}]
            }
        self._has_to_mend = False
        return self._write()

    def _to_result(self, result: Data) -> Data:
        status = result.get("status")
        if "orders" in result:
            return self._question()
        if status == "done":
            day = dt.date.fromisoformat(str(result.get("new_date", self._wish)))
            self._done.add(day)
            self._has_failed = False
            if self._take("again after its result"):
                return self._write()
            return self._report(day)
        if self._has_to_mend and status in ("refused", "failed"):
            self._has_to_mend = False
            return self._write()
        self._has_failed = status == "failed"
        return {"say": str(result.get("say") or self._plan.says("failed" if status == "failed" else "which"))}

    def _take(self, model: str) -> bool:
        """Whether the plan's mistake is this one, and is made now: once a call."""
        if self._used or self._plan.model != model:
            return False
        self._used = True
        return True

    def _call(self, day: dt.date) -> Data:
        return {"name": WRITE, "arguments": {"order_id": self._plan.order_id, "new_date": day.isoformat()}}

    def _write(self) -> Data:
        return {"calls": [self._call(self._wish)]}

    def _question(self) -> Data:
        return {"say": self._plan.says("question", self._wish)}

    def _report(self, day: dt.date) -> Data:
        return {"say": self._plan.says("done", day)}

    def _done_or(self, other: Data) -> Data:
        return self._report(self._wish) if self._wish in self._done else other


def _result(message: Data) -> Data | None:
    """A tool's result as any form of message carries it; None for a message that carries none."""
    if message.get("role") not in ("tool", "developer", "system"):
        return None
    body: Any = message.get("content")
    if message.get("role") == "tool" and body == "CANCELLED":
        return {"status": "failed"}  # as Pipecat notes a call that an interruption or a deadline has ended
    for _ in range(3):
        if isinstance(body, str):
            try:
                body = json.loads(body)
            except ValueError:
                return None
        if isinstance(body, dict) and "result" in body:
            body = body["result"]
        elif isinstance(body, dict):
            return body if {"done", "refused", "failed", "unknown"} & {body.get("status")} or "orders" in body else None
    return None


class Answering(ScriptedModel):
    """Each call's brain answers its requests; which call it is, its order's number tells."""

    def __init__(self) -> None:
        super().__init__()
        self.brains: dict[str, Brain] = {}
        self._next = Move(say="Hello.")

    async def answer(self, request: web.Request, faults: Faults | None = None) -> web.StreamResponse:
        """Serves one chat request."""
        messages = json.loads(await request.read())["messages"]
        said = " ".join(str(message.get("content")) for message in messages if message.get("role") == "user")
        orders = [number for number in _ORDER.findall(said) if number in self.brains]
        # The request was read: from here to the choice of the move nothing else runs.
        self._next = Move(say="Hello.")
        if orders:
            self._next = read_moves([self.brains[orders[0]].move(messages)])[0]
        self.requests.clear()  # they would be kept for ever
        return await super().answer(request, faults)

    def _next_move(self) -> Move:
        return self._next


@dataclass(frozen=True)
class OnceVendors:
    """Running vendors; `ears` by voice."""

    book: Book
    model: Answering
    ears: Mapping[str, Ear]
    deepgram: DeepgramServer
    openai: OpenAIServer
    elevenlabs: ElevenLabsServer
    rest_url: str

    def environment(self) -> dict[str, str]:
        """The settings of a server that uses them."""
        return vendor_settings(self.deepgram, self.openai, self.elevenlabs, self.rest_url)


@asynccontextmanager
async def run_once_vendors(voices: Sequence[str]) -> AsyncIterator[OnceVendors]:
    """The vendors on loopback, in this event loop."""
    book, model = Book(), Answering()
    ears = {voice: Ear() for voice in voices}
    hearing = type("BookedHearing", (Hearing,), {"book": book})
    speaking = type("NotedSpeaking", (Speaking,), {"ears": ears})
    async with AsyncExitStack() as stack:
        rest_url = await stack.enter_async_context(run_rest())
        yield OnceVendors(
            book,
            model,
            ears,
            await stack.enter_async_context(DeepgramServer(listen=hearing)),
            await stack.enter_async_context(OpenAIServer(model=model)),
            await stack.enter_async_context(
                ElevenLabsServer(
                    connection=speaking, speak=quick_speech, voices=voices, first_byte_s=lambda: 0.03, pace=6.0
                )
            ),
            rest_url,
        )
