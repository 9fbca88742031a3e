"""``/v1/audio/speech``: sound that stands for the words, in pieces as they become ready."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from emulators.faults import Faults
from emulators.hit import Hit
from emulators.openai.checks import read_json
from emulators.openai.errors import ApiError
from emulators.tones import Speak, speech

RATE_HZ = 24_000
PACE = 4.0
PIECE_S = 0.2
LONGEST = 4096  # characters, as the real service documents
_CONTENT_TYPES = {"pcm": "audio/pcm", "wav": "audio/wav"}
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
    response_format: str


class ScriptedSpeech:
    """Speaks anything.

    Args:
        first_byte_s: gives the wait before the first sound of each text.
        speak: makes real speech; None: tones. It is not told a language, since requests name none.
        pace: how much faster than it plays speech is delivered.
    """

    def __init__(
        self,
        *,
        first_byte_s: Callable[[], float] = lambda: 0.1,
        speak: Speak | None = None,
        pace: float = PACE,
    ) -> None:
        self.requests: list[SpeechRequest] = []
        self._first_byte_s = first_byte_s
        self._speak = speak
        self._pace = pace

    async def answer(self, request: web.Request, faults: Faults) -> web.StreamResponse:
        """Serve one request; ``faults`` may spoil its sound; garbled sound breaks off in its first piece.

        Raises:
            ApiError: 400, as the real service refuses.
        """
        asked = _read(read_json(await request.read()))
        self.requests.append(asked)
        sound = speech(asked.text, RATE_HZ, speak=self._speak)
        if asked.response_format == "wav":
            sound = _wav_header() + sound
        response = web.StreamResponse(headers={"Content-Type": _CONTENT_TYPES[asked.response_format]})
        hit = Hit(faults)
        await asyncio.sleep(self._first_byte_s())
        await response.prepare(request)
        step = int(RATE_HZ * PIECE_S) * 2
        for at in range(0, len(sound), step):
            fault = hit.now()
            kind = None if fault is None else fault.kind
            if kind == "garbled" or (kind == "close" and at):
                # cut within a sample
                await response.write(sound[at : at + step // 2 + 1])
                assert request.transport is not None
                request.transport.close()
                return response
            if kind == "hang":
                await asyncio.get_running_loop().create_future()  # until the client gives up
            await response.write(sound[at : at + step])
            await asyncio.sleep(fault.pace_s if fault is not None and kind == "slow" else PIECE_S / self._pace)
        await response.write_eof()
        return response


def _read(body: Any) -> SpeechRequest:
    if not isinstance(body, dict) or not isinstance(body.get("model"), str) or not body["model"]:
        raise ApiError(400, "you must provide a model parameter", param="model")
    if not isinstance(body.get("input"), str) or not body["input"]:
        raise ApiError(400, "expected a text", param="input")
    if len(body["input"]) > LONGEST:
        raise ApiError(400, f"expected at most {LONGEST} characters, got {len(body['input'])}", param="input")
    if body.get("voice") not in VOICES:
        raise ApiError(400, f"expected one of {', '.join(sorted(VOICES))}", param="voice")
    response_format = body.get("response_format", "mp3")
    if response_format not in _CONTENT_TYPES:
        known = ", ".join(_CONTENT_TYPES)
        raise ApiError(400, f"this emulator speaks {known}, got {response_format!r}", param="response_format")
    return SpeechRequest(time.monotonic(), body["input"], body["voice"], body["model"], response_format)


def _wav_header() -> bytes:
    """A header for a stream: its lengths are not known yet, and therefore the largest there are."""
    unknown = 0xFFFFFFFF
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    return b"RIFF" + struct.pack("<I", unknown) + b"WAVEfmt " + form + b"data" + struct.pack("<I", unknown)
