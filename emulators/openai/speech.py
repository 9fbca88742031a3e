"""``/v1/audio/speech``: tones that stand for the words, in pieces as they become ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from emulators.faults import Faults
from emulators.openai.checks import read_json
from emulators.openai.errors import ApiError
from emulators.tones import say

RATE_HZ = 24_000
PACE = 4.0
PIECE_S = 0.2
VOICES = frozenset(
    ["alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"]
)


@dataclass(frozen=True)
class SpeechRequest:
    """A sentence that was asked for."""

    at_s: float
    text: str
    voice: str
    model: str


class ScriptedSpeech:
    """Speaks anything.

    Args:
        first_byte_s: gives the wait before the first sound of each text.
    """

    def __init__(self, *, first_byte_s: Callable[[], float] = lambda: 0.1) -> None:
        self.requests: list[SpeechRequest] = []
        self._first_byte_s = first_byte_s

    async def answer(self, request: web.Request, faults: Faults) -> web.StreamResponse:
        """Serve one request."""
        body = read_json(await request.read())
        if not isinstance(body, dict) or not isinstance(body.get("input"), str) or not body["input"]:
            raise ApiError(400, "expected a text", param="input")
        if body.get("voice") not in VOICES:
            raise ApiError(400, f"expected one of {', '.join(sorted(VOICES))}", param="voice")
        if body.get("response_format") != "pcm":
            raise ApiError(400, "this emulator speaks pcm only", param="response_format")
        self.requests.append(SpeechRequest(time.monotonic(), body["input"], body["voice"], str(body.get("model"))))
        sound = say(body["input"], RATE_HZ)
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await asyncio.sleep(self._first_byte_s())
        await response.prepare(request)
        step = int(RATE_HZ * PIECE_S) * 2
        for at in range(0, len(sound), step):
            fault = faults.current
            if fault is not None and fault.kind in {"close", "garbled", "refuse"} and at:
                assert request.transport is not None
                request.transport.close()
                return response
            if fault is not None and fault.kind == "hang":
                await asyncio.get_running_loop().create_future()
            await response.write(sound[at : at + step])
            await asyncio.sleep(fault.pace_s if fault is not None and fault.kind == "slow" else PIECE_S / PACE)
        await response.write_eof()
        return response
