"""The three vendors of a benchmark on their real wires: every delay is known, and every step noted in the book."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from benchmarks.book import Asked, Book, Turn
from benchmarks.carrier_rest import run_rest
from benchmarks.stamps import StampReader
from benchmarks.tags import last_tag
from benchmarks.vendor_settings import vendor_settings
from emulators.deepgram import DeepgramServer
from emulators.deepgram.listen import ListenConnection
from emulators.elevenlabs import ElevenLabsServer
from emulators.elevenlabs.stream import MESSAGE_CHARACTERS, StreamConnection
from emulators.faults import Faults
from emulators.openai import OpenAIServer, ScriptedModel
from emulators.openai.checks import check_chat, read_json
from emulators.tones import speech

GREETING = "Hello, hello."
"""What the model says when nothing was said to it yet."""
GREETING_FIRST_TOKEN_S = 0.3
GREETING_FIRST_BYTE_S = 0.1
TOKEN_S = 1 / 80
PACE = 3.0
"""How much faster than real time speech arrives."""
INTERIM_S = 0.25
ENDPOINT_S = 0.01
"""The silence that ends a segment: what a final result covers beyond the speech."""
FINALIZE_S = 0.03
"""From a Finalize that finds nothing to finish to its empty answer."""


class Listening(ListenConnection):
    """Hears the announced words: growing while they last, final so long after their end as the turn says.

    A Finalize that comes before the final is due makes the final its answer; one that comes later is answered with
    no words, as they have been sent.
    """

    book: Book
    _finals = 0
    _asked_to_finalize = False

    def _hear(self, pcm16: bytes) -> None:
        self.audio_s += len(pcm16) / 2 / self._rate_hz
        reader = self._stamps
        reader.feed(pcm16)
        turn = self.book.newest(reader.slot) if reader.slot is not None else None
        if turn is None or turn is self._finished or turn.final_at is not None:
            return  # a connection that was made for another language has not heard what came before it
        if reader.position > turn.end_sample:
            self._finished = turn
            self._finals += 1
            beyond_s = (reader.position - turn.end_sample) / self._rate_hz
            self._later(self._send_final(turn, self.audio_s - beyond_s + ENDPOINT_S))
        elif reader.position >= turn.start_sample + (self._told + 1) * INTERIM_S * self._rate_hz:
            self._told += 1
            words = turn.text.split()[: self._told]
            self._later(self._send(self._covering(words, self.audio_s) | {"is_final": False}))

    @functools.cached_property
    def _stamps(self) -> StampReader:
        return StampReader()

    _finished: Turn | None = None
    _told = 0

    def _covering(self, words: list[str], end_s: float) -> dict[str, Any]:
        """A result for the sound from the last final result to a moment of it."""
        return self._body(words, self._segment_at_s, max(0.0, end_s - self._segment_at_s))

    async def _send_final(self, turn: Turn, end_s: float) -> None:
        await asyncio.sleep(turn.final_due_at - time.monotonic())
        flags = {"speech_final": not self._asked_to_finalize, "from_finalize": self._asked_to_finalize}
        body = self._covering(turn.text.split(), self.audio_s if self._asked_to_finalize else end_s)
        self._segment_at_s = body["start"] + body["duration"]
        self._asked_to_finalize = False
        self._finals -= 1
        self._told = 0
        turn.final_at = time.monotonic()
        await self._send(body | flags)

    async def _obey(self, command: dict[str, Any]) -> bool:
        if command.get("type") != "Finalize":
            return await super()._obey(command)
        turn = self.book.newest(self._stamps.slot) if self._stamps.slot is not None else None
        if turn is not None and turn.finalize_at is None and time.monotonic() > turn.end_at:
            turn.finalize_at = time.monotonic()
        if self._finals:
            self._asked_to_finalize = True
        else:
            self._later(self._confirm())
        return True

    async def _confirm(self) -> None:
        await asyncio.sleep(FINALIZE_S)
        await self._send(self._covering([], self.audio_s) | {"from_finalize": True})
        self._segment_at_s = self.audio_s


class Answering(ScriptedModel):
    """Gives each turn its announced reply, 80 tokens a second on an absolute schedule."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self._book = book

    async def answer(self, request: web.Request, faults: Faults | None = None) -> web.StreamResponse:
        """Serves one chat request."""
        asked = Asked(time.monotonic())
        body = check_chat(read_json(await request.read()))
        turn = self._book.find(last_tag(_last_words(body)))
        if turn is not None:
            turn.asked.append(asked)
        elif body.get("stream") and any(message.get("role") == "user" for message in body["messages"]):
            self._book.unknown.append(f"model: {_last_words(body)[:80]!r}")
        reply = turn.reply if turn is not None else GREETING
        due = asked.request_at + (turn.first_token_s if turn is not None else GREETING_FIRST_TOKEN_S)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if not body.get("stream"):
            return web.json_response(_completion(body, reply))
        return await self._write(request, body, reply, due, asked)

    async def _write(
        self, request: web.Request, body: dict[str, Any], reply: str, due: float, asked: Asked
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        base = _base(body, "chat.completion.chunk")
        for number, token in enumerate(re.findall(r"\s*\S+", reply)):
            await asyncio.sleep(max(0.0, due + number * TOKEN_S - time.monotonic()))
            await response.write(_event(base, {"role": "assistant", "content": token} if not number else token))
            now = time.monotonic()
            asked.first_token_at = asked.first_token_at or now
            if asked.speakable_at is None and token[-1] in ".!?":
                asked.speakable_at = now
        await response.write(_event(base, {}, finish="stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {**base, "choices": [], "usage": _usage(reply)}
            await response.write(b"data: " + json.dumps(usage).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


class Speaking(StreamConnection):
    """Speaks texts as tones, paced by an absolute schedule; the first byte as late as the turn says."""

    book: Book

    async def _take(self, body: dict[str, Any]) -> None:
        turn = self.book.find(last_tag(str(body.get("text", ""))))
        if turn is not None and turn.tts_request_at is None:
            turn.tts_request_at = time.monotonic()
        await super()._take(body)

    async def _speak(self, name: str, context: Any) -> None:
        while (text := await context.texts.get()) is not None:
            asked_at = time.monotonic()
            turn = self.book.find(last_tag(text))
            sound = _sound(text, self._output.rate_hz)
            due = asked_at + (turn.first_byte_s if turn is not None else GREETING_FIRST_BYTE_S)
            await self._send_paced(name, text, sound, due, turn)
        await self._send({"isFinal": True, "contextId": name})
        self._contexts.pop(name, None)

    async def _send_paced(self, name: str, text: str, sound: bytes, due: float, turn: Turn | None) -> None:
        rate_hz = self._output.rate_hz
        samples = len(sound) // 2 // len(text)
        letter_ms = round(1000 * samples / rate_hz)
        for at in range(0, len(text), MESSAGE_CHARACTERS):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            end = at + MESSAGE_CHARACTERS
            letters = list(text[at:end])
            piece = sound[at * samples * 2 : end * samples * 2 if end < len(text) else None]
            alignment = {
                "chars": letters,
                "charStartTimesMs": [number * letter_ms for number in range(len(letters))],
                "charDurationsMs": [letter_ms] * len(letters),
            }
            await self._send(
                {
                    "audio": base64.b64encode(self._output.encode(piece)).decode(),
                    "isFinal": None,
                    "alignment": alignment,
                    "normalizedAlignment": alignment,
                    "contextId": name,
                }
            )
            if turn is not None and turn.tts_first_byte_at is None:
                turn.tts_first_byte_at = time.monotonic()
            due += len(piece) / 2 / rate_hz / PACE


@functools.lru_cache(maxsize=512)
def _sound(text: str, rate_hz: int) -> bytes:
    return speech(text, rate_hz)


@dataclass(frozen=True)
class Vendors:
    """Running vendors and their book."""

    book: Book
    deepgram: DeepgramServer
    openai: OpenAIServer
    elevenlabs: ElevenLabsServer
    rest_url: str
    """Stands for the carrier's REST API: agrees to everything."""

    def environment(self) -> dict[str, str]:
        """The settings of a server that uses them."""
        return vendor_settings(self.deepgram, self.openai, self.elevenlabs, self.rest_url)


@asynccontextmanager
async def run_vendors() -> AsyncIterator[Vendors]:
    """The vendors on loopback, in this event loop."""
    book = Book()
    listen = type("BookedListening", (Listening,), {"book": book})
    speak = type("BookedSpeaking", (Speaking,), {"book": book})
    async with AsyncExitStack() as stack:
        rest_url = await stack.enter_async_context(run_rest())
        yield Vendors(
            book,
            await stack.enter_async_context(DeepgramServer(listen=listen)),
            await stack.enter_async_context(OpenAIServer(model=Answering(book))),
            await stack.enter_async_context(ElevenLabsServer(connection=speak)),
            rest_url,
        )


def _last_words(body: Mapping[str, Any]) -> str:
    for message in reversed(body["messages"]):
        if message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return ""


def _base(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": body["model"],
    }


def _event(base: Mapping[str, Any], delta: Any, finish: str | None = None) -> bytes:
    content = {"content": delta} if isinstance(delta, str) else delta
    choice = {"index": 0, "delta": content, "logprobs": None, "finish_reason": finish}
    return b"data: " + json.dumps({**base, "choices": [choice]}).encode() + b"\n\n"


def _completion(body: Mapping[str, Any], reply: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_base(body, "chat.completion"), "choices": [choice], "usage": _usage(reply)}


def _usage(reply: str) -> dict[str, int]:
    return {"prompt_tokens": 100, "completion_tokens": len(reply) // 4, "total_tokens": 100 + len(reply) // 4}
