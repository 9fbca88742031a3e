"""`POST /v1/audio/speech`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Literal

from loguru import logger
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from embedded.audio import SPEECH_RATE_HZ, write_wav
from embedded.errors import EmbeddedError
from embedded.routes.common import MODEL_WAIT_S, finish, read_json, server_of
from embedded.sentences import MAX_TEXT_CHARS, split_sentences
from embedded.server import Server
from embedded.speech import SPEEDS, Speaker, Synthesizer, choose_speaker

TIMEOUT_S = 20.0
CHUNK_BYTES = SPEECH_RATE_HZ * 2 // 10


class SpeechRequest(BaseModel):
    """What OpenAI's clients send."""

    model: str
    input: str = Field(max_length=MAX_TEXT_CHARS)
    voice: str = "agent"
    response_format: Literal["pcm", "wav"] = "pcm"
    speed: float = Field(default=1.0, ge=SPEEDS[0], le=SPEEDS[1])


async def speak(request: Request) -> Response:
    """Sound of a text: `pcm` is streamed sentence by sentence, `wav` comes whole."""
    server = server_of(request)
    body = await read_json(request, SpeechRequest)
    speaker = choose_speaker(body.model, body.voice)
    voices = await finish(request, server.tts.get(MODEL_WAIT_S), MODEL_WAIT_S + 1)
    sounds = _sounds(server, voices, body, speaker)
    if body.response_format == "wav":
        return Response(
            write_wav(await finish(request, _join(sounds), TIMEOUT_S), SPEECH_RATE_HZ), media_type="audio/wav"
        )
    # The first sentence is awaited here, so that an error is still an error response.
    first = await finish(request, _next(sounds), TIMEOUT_S)
    return StreamingResponse(_chunks(first, sounds), media_type="audio/pcm")


async def _sounds(server: Server, voices: Synthesizer, body: SpeechRequest, speaker: Speaker) -> AsyncIterator[bytes]:
    begun = time.monotonic()
    for number, sentence in enumerate(split_sentences(body.input)):
        sound = await server.speech_thread.run(voices.say, sentence, speaker, body.speed)
        if number == 0:
            logger.info("speaking", first_ms=round((time.monotonic() - begun) * 1000), model=body.model)
        yield sound


async def _next(sounds: AsyncIterator[bytes]) -> bytes | None:
    return await anext(sounds, None)


async def _join(sounds: AsyncIterator[bytes]) -> bytes:
    return b"".join([sound async for sound in sounds])


async def _chunks(first: bytes | None, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    sound = first
    while sound is not None:
        for start in range(0, len(sound), CHUNK_BYTES):
            yield sound[start : start + CHUNK_BYTES]
        try:
            sound = await _next(rest)
        except EmbeddedError as exc:
            # The status line is gone: the sound ends early and the log says why.
            logger.error("speech ended early", code=exc.code, why=str(exc))
            return
