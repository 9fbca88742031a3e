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

from emulators.faults import STATUS, Faults
from emulators.tones import CHARACTERS_PER_S, say

# How much faster than it plays speech is delivered.
PACE = 3.0
MESSAGE_CHARACTERS = 4
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
    is_closing: bool = False


class StreamConnection:
    """Speaks each context's texts in order; contexts speak beside each other."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        query: Mapping[str, str],
        rate_hz: int,
        first_byte_s: Callable[[], float],
        faults: Faults,
    ) -> None:
        self.query = dict(query)
        self.messages: list[dict[str, Any]] = []
        """The client's messages."""
        self._socket = socket
        self._rate_hz = rate_hz
        self._first_byte_s = first_byte_s
        self._faults = faults
        self._contexts: dict[str, _Context] = {}
        self._work: set[asyncio.Task[None]] = set()

    @property
    def texts(self) -> list[str]:
        """What was asked to be spoken."""
        return [str(message["text"]).strip() for message in self.messages if str(message.get("text", "")).strip()]

    async def serve(self) -> None:
        """Answers until either side closes."""
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                body = json.loads(message.data)
                self.messages.append(body)
                if body.get("close_socket"):
                    await self._socket.close()
                    return
                self._take(body)
        finally:
            for task in (*self._work, *(c.speaking for c in self._contexts.values() if c.speaking)):
                task.cancel()

    def notice_fault(self) -> None:
        """A fault began or ended while the connection is open."""
        fault = self._faults.current
        if fault is None or self._socket.closed:
            return
        if fault.kind in STATUS:
            self._later(self._refuse(_ERRORS[fault.kind]))
        elif fault.kind in {"close", "refuse"}:
            self._later(self._close(1011, fault.kind))

    async def _refuse(self, error: str) -> None:
        await self._send({"message": f"scripted failure: {error}", "error": error, "code": 1008})
        await self._close(1008, error)

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode())

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _take(self, body: dict[str, Any]) -> None:
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
            context = self._contexts[name] = _Context()
            context.speaking = asyncio.create_task(self._speak(name, context))
        if context is not None and str(body.get("text", "")).strip():
            context.texts.put_nowait(str(body["text"]))

    async def _speak(self, name: str, context: _Context) -> None:
        while (text := await context.texts.get()) is not None:
            await asyncio.sleep(self._first_byte_s())
            await self._speak_text(name, text)
        if not self._is_hanging:
            await self._send({"isFinal": True, "contextId": name})
        self._contexts.pop(name, None)

    @property
    def _is_hanging(self) -> bool:
        return self._faults.current is not None and self._faults.current.kind == "hang"

    async def _speak_text(self, name: str, text: str) -> None:
        sound = say(text, self._rate_hz)
        step = len(sound) // max(1, len(text)) // 2 * 2
        step_ms = round(1000 / CHARACTERS_PER_S)
        for at in range(0, len(text), MESSAGE_CHARACTERS):
            letters = list(text[at : at + MESSAGE_CHARACTERS])
            while self._is_hanging:
                await asyncio.sleep(0.05)
            fault = self._faults.current
            if fault is not None and fault.kind == "close" and at:
                self._faults.take()
                await self._close(1011, "close")
                return
            if fault is not None and fault.kind == "garbled":
                await self._socket.send_str('{"audio": "UklGR')
                return
            alignment = {
                "chars": letters,
                "charStartTimesMs": [number * step_ms for number in range(len(letters))],
                "charDurationsMs": [step_ms] * len(letters),
            }
            end = at + MESSAGE_CHARACTERS
            piece = sound[at * step : end * step if end < len(text) else None]
            await self._send(
                {
                    "audio": base64.b64encode(piece).decode(),
                    "isFinal": None,
                    "alignment": alignment,
                    "normalizedAlignment": alignment,
                    "contextId": name,
                }
            )
            played_s = len(letters) / CHARACTERS_PER_S
            await asyncio.sleep(fault.pace_s if fault is not None and fault.kind == "slow" else played_s / PACE)

    async def _send(self, body: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            if not self._socket.closed:
                await self._socket.send_str(json.dumps(body, ensure_ascii=False))
