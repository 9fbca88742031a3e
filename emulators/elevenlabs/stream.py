"""One connection of ``multi-stream-input``: texts in contexts, sound with the times of its characters out."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from emulators.elevenlabs.output import Output
from emulators.faults import STATUS, Faults
from emulators.hit import Hit
from emulators.tones import Speak, speech

PACE = 3.0
MESSAGE_CHARACTERS = 4
IDLE_S = 20.0
_ERRORS = {
    "unauthorised": "invalid_api_key",
    "payment": "quota_exceeded",
    "rate_limit": "rate_limit_exceeded",
    "server_error": "internal_error",
}


@dataclass
class _Context:
    texts: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    speaking: asyncio.Task[None] | None = None
    settings: Any = None
    is_closing: bool = False


class StreamConnection:
    """Speaks each context's texts in order; contexts speak beside each other.

    Args:
        socket: Accepted already.
        query: Of the request.
        output: The form of the sound.
        first_byte_s: Gives the wait before the first sound of each text.
        faults: Those of the server.
        speak: Makes real speech; None: tones.
        pace: How much faster than it plays speech is delivered.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        query: Mapping[str, str],
        output: Output,
        first_byte_s: Callable[[], float],
        faults: Faults,
        *,
        speak: Speak | None = None,
        pace: float = PACE,
    ) -> None:
        self.query = dict(query)
        self.messages: list[dict[str, Any]] = []
        """The client's messages."""
        self.voice = ""
        """Its id, as the address has it."""
        self._socket = socket
        self._output = output
        self._first_byte_s = first_byte_s
        self._hit = Hit(faults)
        self._speech = speak
        self._pace = pace
        self._is_mended = asyncio.Event()
        self._contexts: dict[str, _Context] = {}
        self._work: set[asyncio.Task[None]] = set()

    @property
    def texts(self) -> list[str]:
        """What was asked to be spoken."""
        return [str(message["text"]).strip() for message in self.messages if str(message.get("text", "")).strip()]

    async def serve(self) -> None:
        """Answers until either side closes, or the client says nothing for too long."""
        idle_s = float(self.query.get("inactivity_timeout", IDLE_S))
        try:
            while True:
                try:
                    message = await self._socket.receive(idle_s)
                except TimeoutError:
                    await self.refuse("input_timeout_exceeded", f"no text came for {idle_s:g} seconds")
                    return
                if message.type is not WSMsgType.TEXT:
                    return
                body = _read(message.data)
                if body is None:
                    await self.refuse("invalid_message", "expected a JSON object")
                    return
                self.messages.append(body)
                if body.get("close_socket"):
                    await self._socket.close()
                    return
                await self._take(body)
        finally:
            for task in (*self._work, *(c.speaking for c in self._contexts.values() if c.speaking)):
                task.cancel()

    def notice_fault(self) -> None:
        """A fault began or ended while the connection is open."""
        if self._socket.closed:
            return
        fault = self._hit.now()
        if fault is None or fault.kind != "hang":
            self._is_mended.set()
        if fault is None:
            return
        if fault.kind in STATUS:
            error = _ERRORS[fault.kind]
            self._later(self.refuse(error, f"scripted failure: {error}"))
        elif fault.kind in {"close", "refuse"}:
            self._later(self._close(1011, fault.kind))

    async def refuse(self, error: str, message: str) -> None:
        """Tells the client why, and closes."""
        await self._send({"message": message, "error": error, "code": 1008})
        await self._close(1008, message)

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode()[:123])  # RFC 6455, 5.5

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _take(self, body: dict[str, Any]) -> None:
        name = body.get("context_id")
        if not isinstance(name, str):
            return  # a keepalive of the connection
        if body.get("close_context"):
            context = self._contexts.get(name)
            if context is not None and not context.is_closing:
                context.is_closing = True
                context.texts.put_nowait(None)
            return
        context = self._contexts.get(name)
        if context is None and "text" in body:
            context = self._contexts[name] = _Context(settings=body.get("voice_settings"))
            context.speaking = asyncio.create_task(self._speak(name, context))
        elif context is not None and body.get("voice_settings", context.settings) != context.settings:
            await self.refuse(
                "invalid_message", "voice_settings must come with the first message of a context and not change"
            )
            return
        if context is not None and str(body.get("text", "")).strip():
            context.texts.put_nowait(str(body["text"]))

    async def _speak(self, name: str, context: _Context) -> None:
        while (text := await context.texts.get()) is not None:
            await asyncio.sleep(self._first_byte_s())
            await self._speak_text(name, text)
        await self._until_answering()
        await self._send({"isFinal": True, "contextId": name})
        self._contexts.pop(name, None)

    async def _until_answering(self) -> None:
        """Waits while the server hangs."""
        while (fault := self._hit.now()) is not None and fault.kind == "hang":
            self._is_mended.clear()
            await self._is_mended.wait()

    async def _speak_text(self, name: str, text: str) -> None:
        pcm16 = speech(text, self._output.rate_hz, language=self.query.get("language_code"), speak=self._speech)
        samples = len(pcm16) // 2 // len(text)  # a character
        letter_ms = round(1000 * samples / self._output.rate_hz)
        for at in range(0, len(text), MESSAGE_CHARACTERS):
            letters = list(text[at : at + MESSAGE_CHARACTERS])
            await self._until_answering()
            fault = self._hit.now()
            if fault is not None and fault.kind == "close" and at:
                await self._close(1011, "close")
                return
            if fault is not None and fault.kind == "garbled":
                await self._send_text('{"audio": "UklGR')
                return
            alignment = {
                "chars": letters,
                "charStartTimesMs": [number * letter_ms for number in range(len(letters))],
                "charDurationsMs": [letter_ms] * len(letters),
            }
            end = at + MESSAGE_CHARACTERS
            piece = pcm16[at * samples * 2 : end * samples * 2 if end < len(text) else None]
            await self._send(
                {
                    "audio": base64.b64encode(self._output.encode(piece)).decode(),
                    "isFinal": None,
                    "alignment": alignment,
                    "normalizedAlignment": alignment,
                    "contextId": name,
                }
            )
            played_s = len(piece) / 2 / self._output.rate_hz
            await asyncio.sleep(fault.pace_s if fault is not None and fault.kind == "slow" else played_s / self._pace)

    async def _send(self, body: dict[str, Any]) -> None:
        await self._send_text(json.dumps(body, ensure_ascii=False))

    async def _send_text(self, text: str) -> None:
        with contextlib.suppress(ConnectionError):
            if not self._socket.closed:
                await self._socket.send_str(text)


def _read(text: str) -> dict[str, Any] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
