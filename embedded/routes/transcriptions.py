"""`POST /v1/audio/transcriptions`."""

from __future__ import annotations

import asyncio
import time

from loguru import logger
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from embedded.audio import RECOGNITION_RATE_HZ, Samples, read_wav, resample
from embedded.errors import InvalidRequestError
from embedded.recognition import Transcript
from embedded.routes.common import MODEL_WAIT_S, check_size, finish, server_of

TIMEOUT_S = 20.0
FORMATS = ("json", "text", "verbose_json")
_NAMES = {"ukrainian": "uk", "russian": "ru", "english": "en"}


async def transcribe(request: Request) -> Response:
    """Words of one utterance; empty text for silence, noise and what cannot be believed."""
    server = server_of(request)
    check_size(request)
    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidRequestError("file: expected a wav file in a multipart form")
        content = await file.read()
        language = _language(form.get("language"))
        prompt = _text(form.get("prompt"))
        shape = _text(form.get("response_format")) or "json"
    if shape not in FORMATS:
        raise InvalidRequestError(f"response_format: expected one of {', '.join(FORMATS)}, got {shape!r}")

    async def work() -> Transcript:
        recognizer = await server.stt.get(MODEL_WAIT_S)
        samples = await asyncio.to_thread(_samples, content)
        return await server.recognition_thread.run(recognizer.transcribe, samples, language=language, prompt=prompt)

    begun = time.monotonic()
    heard = await finish(request, work(), TIMEOUT_S)
    logger.info(
        "transcribed",
        audio_s=round(heard.duration_s, 2),
        ms=round((time.monotonic() - begun) * 1000),
        language=heard.language,
        dropped=heard.dropped,
    )
    if shape == "text":
        return PlainTextResponse(heard.text + "\n")
    if shape == "json":
        return JSONResponse({"text": heard.text})
    return JSONResponse(
        {
            "task": "transcribe",
            "language": heard.language,
            "duration": heard.duration_s,
            "text": heard.text,
            "segments": [
                {
                    "id": number,
                    "seek": 0,
                    "start": segment.start_s,
                    "end": segment.end_s,
                    "text": segment.heard.text,
                    "tokens": [],
                    "temperature": 0.0,
                    "avg_logprob": segment.heard.avg_logprob,
                    "compression_ratio": segment.heard.compression_ratio,
                    "no_speech_prob": segment.heard.no_speech_prob,
                }
                for number, segment in enumerate(heard.segments)
            ],
        }
    )


def _samples(content: bytes) -> Samples:
    samples, rate_hz = read_wav(content)
    return resample(samples, rate_hz, RECOGNITION_RATE_HZ)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _language(value: object) -> str | None:
    text = _text(value)
    if text is None:
        return None
    return _NAMES.get(text.lower(), text.lower().replace("_", "-").split("-")[0])
