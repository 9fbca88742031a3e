"""What both of Deepgram's live connections have in common: audio in, messages out, and what goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from emulators.faults import STATUS, Fault, FaultKind, Faults
from emulators.level import level_dbfs
from emulators.openai.transcriptions import ScriptedRecognition

LOUD_DBFS = -40.0
SHORTEST_SPEECH_S = 0.1
# What is told of speech that goes on: how often, and how many of its words.
UPDATE_S = 0.25
WORD_S = 0.25
# A connection that is opened while the fault is `close` hears so much before it is cut.
HEARD_BEFORE_CLOSE_S = 0.2

Body = dict[str, Any]


class LiveConnection:
    """One connection, from its upgrade to its end."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        query: Mapping[str, list[str]],
        recognition: ScriptedRecognition,
        faults: Faults,
        final_s: Callable[[], float],
    ) -> None:
        self.query = query
        self.messages: list[Body] = []
        """The client's text messages."""
        self.audio_s = 0.0
        """Audio received."""
        self._socket = socket
        self._recognition = recognition
        self._faults = faults
        self._final_s = final_s
        self._rate_hz = int(query["sample_rate"][-1])
        self._speech_s = self._quiet_s = 0.0
        self._request_id = str(uuid.uuid4())
        self._work: set[asyncio.Task[None]] = set()
        self._heard_at = time.monotonic()

    async def serve(self) -> None:
        """Answers until either side closes."""
        try:
            await self._begin()
            async for message in self._socket:
                self._heard_at = time.monotonic()
                if await self._is_broken():
                    return
                if message.type is WSMsgType.BINARY:
                    self._hear(message.data)
                elif message.type is WSMsgType.TEXT and not await self._read(message.data):
                    return
        finally:
            for task in self._work:
                task.cancel()

    async def _begin(self) -> None:
        """What the server does before it hears anything."""

    def _notice_sound(self, seconds: float, is_loud: bool) -> None:
        """Audio came; `_speech_s` and `_quiet_s` are up to date."""
        raise NotImplementedError

    async def _obey(self, command: Body) -> bool:
        """Does what a text message says; False ends the connection."""
        raise NotImplementedError

    def notice_fault(self) -> None:
        """A fault began or ended while the connection is open."""
        fault = self._faults.current
        if fault is not None and not self._socket.closed and fault.kind in {*STATUS, "close", "refuse"}:
            self._later(self._break_off(fault.kind))

    async def _break_off(self, kind: FaultKind) -> None:
        await self._socket.close(code=1008 if kind in STATUS else 1011, message=kind.encode())

    async def _is_broken(self) -> bool:
        fault = self._faults.current
        if fault is not None and fault.kind == "close" and self.audio_s >= HEARD_BEFORE_CLOSE_S:
            self._faults.take()
            await self._break_off("close")
        return self._socket.closed

    @property
    def _fault(self) -> Fault | None:
        return self._faults.current

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _read(self, text: str) -> bool:
        command = json.loads(text)
        self.messages.append(command)
        return await self._obey(command)

    def _hear(self, pcm16: bytes) -> None:
        samples = np.frombuffer(pcm16[: len(pcm16) // 2 * 2], dtype="<i2")
        if not len(samples):
            return
        seconds = len(samples) / self._rate_hz
        self.audio_s += seconds
        is_loud = level_dbfs(samples) > LOUD_DBFS
        if is_loud:
            self._speech_s += seconds
            self._quiet_s = 0.0
        else:
            self._quiet_s += seconds
        self._notice_sound(seconds, is_loud)

    async def _send(self, body: Body) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps(body, ensure_ascii=False))
