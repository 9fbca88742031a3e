"""One live connection of ``/v1/listen``: audio in, results out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from emulators.faults import STATUS, Faults
from emulators.level import FULL_SCALE
from emulators.openai.transcriptions import ScriptedRecognition

# Quiet for so long after speech ends a segment, unless the client asks for other endpointing.
ENDPOINTING_S = 0.3
IDLE_S = 10.0
LOUD_DBFS = -40.0
SHORTEST_SPEECH_S = 0.1


class ListenConnection:
    """Recognises by script; the audio decides when."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        query: Mapping[str, list[str]],
        recognition: ScriptedRecognition,
        faults: Faults,
    ) -> None:
        self.query = query
        self.messages: list[dict[str, Any]] = []
        """The client's text messages."""
        self.audio_s = 0.0
        """Audio received."""
        self._socket = socket
        self._recognition = recognition
        self._faults = faults
        self._rate_hz = int(query["sample_rate"][-1])
        self._speech_s = self._quiet_s = self._segment_at_s = 0.0
        self._request_id = str(uuid.uuid4())
        self._work: set[asyncio.Task[None]] = set()
        self._heard_at = time.monotonic()

    async def serve(self) -> None:
        """Answers until either side closes."""
        idle = asyncio.create_task(self._close_when_idle())
        try:
            async for message in self._socket:
                self._heard_at = time.monotonic()
                if await self._is_broken():
                    return
                if message.type is WSMsgType.BINARY:
                    self._hear(message.data)
                elif message.type is WSMsgType.TEXT:
                    command = json.loads(message.data)
                    self.messages.append(command)
                    if command.get("type") == "Finalize":
                        self._later(self._finalize())
                    elif command.get("type") == "CloseStream":
                        await self._close()
                        return
        finally:
            for task in (idle, *self._work):
                task.cancel()

    def notice_fault(self) -> None:
        """A fault began or ended while the connection is open."""
        fault = self._faults.current
        if fault is not None and not self._socket.closed and fault.kind in {*STATUS, "close", "refuse"}:
            code = 1008 if fault.kind in STATUS else 1011
            self._later(self._break_off(code, fault.kind))

    async def _break_off(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode())

    async def _is_broken(self) -> bool:
        fault = self._faults.current
        if fault is not None and fault.kind == "garbled":
            self._faults.take()
            await self._socket.send_str('{"type":"Results","channel":{"alternat')
        return self._socket.closed

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _hear(self, pcm16: bytes) -> None:
        samples = np.frombuffer(pcm16[: len(pcm16) // 2 * 2], dtype="<i2").astype(np.float64)
        if not len(samples):
            return
        seconds = len(samples) / self._rate_hz
        self.audio_s += seconds
        power = float(np.mean(np.square(samples))) / FULL_SCALE**2
        if 10 * np.log10(max(power, 1e-12)) > LOUD_DBFS:
            self._speech_s += seconds
            self._quiet_s = 0.0
            return
        self._quiet_s += seconds
        has_spoken = self._speech_s >= SHORTEST_SPEECH_S
        if has_spoken and self._quiet_s >= ENDPOINTING_S and "endpointing" not in self.query:
            self._speech_s = 0.0
            self._later(self._result(is_speech_final=True))

    async def _finalize(self) -> None:
        self._speech_s = 0.0
        await self._result(from_finalize=True)

    async def _result(self, *, is_speech_final: bool = False, from_finalize: bool = False) -> None:
        fault = self._faults.current
        if fault is not None and fault.kind == "hang":
            return
        await asyncio.sleep(self._recognition.delay_s + (fault.pace_s * 6 if fault and fault.kind == "slow" else 0.0))
        fault = self._faults.current
        if self._socket.closed or (fault is not None and fault.kind not in {"slow", "garbled"}):
            return
        duration_s = self.audio_s - self._segment_at_s
        segment = self._recognition.deliver(
            duration_s=duration_s,
            rate_hz=self._rate_hz,
            model=self.query.get("model", [""])[-1],
            language=self.query.get("language", [None])[-1],
        )
        if not segment.text and is_speech_final:
            return
        words = segment.text.split()
        body = self._body(words, self._segment_at_s, duration_s)
        self._segment_at_s = self.audio_s
        if words and self.query.get("interim_results", ["false"])[-1] == "true":
            await self._send(self._body(words[:-1], body["start"], duration_s) | {"is_final": False})
        await self._send(body | {"speech_final": is_speech_final, "from_finalize": from_finalize})

    def _body(self, words: list[str], start_s: float, duration_s: float) -> dict[str, Any]:
        step_s = duration_s / max(1, len(words))
        alternative: dict[str, Any] = {
            "transcript": " ".join(words),
            "confidence": 0.98 if words else 0.0,
            "words": [
                {
                    "word": word.lower().strip(".,!?"),
                    "start": round(start_s + number * step_s, 3),
                    "end": round(start_s + (number + 1) * step_s, 3),
                    "confidence": 0.98,
                    "punctuated_word": word,
                }
                for number, word in enumerate(words)
            ],
        }
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": round(duration_s, 3),
            "start": round(start_s, 3),
            "is_final": True,
            "speech_final": False,
            "from_finalize": False,
            "channel": {"alternatives": [alternative]},
            "metadata": {
                "request_id": self._request_id,
                "model_info": {"name": "general-nova-3", "version": "2025-04-17", "arch": "nova-3"},
                "model_uuid": "00000000-0000-0000-0000-000000000000",
            },
        }

    async def _send(self, body: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps(body, ensure_ascii=False))

    async def _close(self) -> None:
        metadata = {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": "0" * 64,
            "created": "2026-01-01T00:00:00.000Z",
            "duration": round(self.audio_s, 3),
            "channels": 1,
        }
        await self._send(metadata)
        await self._socket.close()

    async def _close_when_idle(self) -> None:
        while time.monotonic() - self._heard_at < IDLE_S:
            await asyncio.sleep(1.0)
        await self._socket.close(code=1011, message=b"NET-0001: no audio or text came in time")
