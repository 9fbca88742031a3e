"""What is asked of vendors outside of a call: a sentence to keep, a sign of life, their voices."""

from __future__ import annotations

import asyncio
import io
import time
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.clients import (
    ELEVENLABS_WITHOUT_LANGUAGE,
    FLUX_LANGUAGES,
    OPENAI_TTS_RATE_HZ,
    as_understood_by,
    openai_client,
    speech_model,
    tls_context,
    websocket_url,
)
from pipelines.endpoint import Endpoint
from pipelines.phrases import Sound
from spoken import Language

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs

State = Literal["ok", "unauthorised", "payment", "rate_limited", "refused", "unreachable", "timeout", "error"]
WORD: dict[Language, str] = {"uk": "Так.", "ru": "Да.", "en": "Yes."}
OPENAI_VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"),
)
_STATES: dict[int, State] = {401: "unauthorised", 403: "unauthorised", 402: "payment", 429: "rate_limited"}


@dataclass(frozen=True)
class Probe:
    """What came of the smallest real request to a service."""

    state: State
    first_byte_ms: float | None = None
    """From the request to the first byte of its result; for streaming recognition, to the open connection."""
    detail: str = ""
    """What went wrong, without secrets."""


@dataclass(frozen=True)
class VoiceInfo:
    """A voice that a vendor offers."""

    id: str
    name: str
    languages: str = ""
    description: str = ""


async def synthesize(endpoint: Endpoint, text: str, language: Language, *, timeout_s: float = 10.0) -> Sound:
    """A sentence in the endpoint's voice.

    Raises:
        TimeoutError: It was not there in time.
        Exception: The vendor's SDK's own error for everything else.
    """
    async with asyncio.timeout(timeout_s):
        pieces = [piece async for piece in _speech(endpoint, text, language)]
    return Sound(b"".join(pieces), OPENAI_TTS_RATE_HZ)


async def _speech(endpoint: Endpoint, text: str, language: Language) -> AsyncGenerator[bytes, None]:
    """The sentence's sound as it comes: 16-bit mono at 24,000 Hz."""
    if endpoint.wire == "elevenlabs":
        code = {} if endpoint.model in ELEVENLABS_WITHOUT_LANGUAGE else {"language_code": language}
        async with _elevenlabs(endpoint) as client:
            stream = client.text_to_speech.stream(
                endpoint.voice,
                text=text,
                model_id=endpoint.model,
                output_format="pcm_24000",
                request_options={"max_retries": 0},
                **code,
            )
            async for piece in stream:
                yield piece
        return
    async with openai_client(endpoint) as client:
        request = client.audio.speech.with_streaming_response.create(
            model=speech_model(endpoint, language), voice=endpoint.voice, input=text, response_format="pcm"
        )
        async with request as response:
            async for piece in response.iter_bytes():
                yield piece


@asynccontextmanager
async def _elevenlabs(endpoint: Endpoint) -> AsyncIterator[AsyncElevenLabs]:
    import httpx
    from elevenlabs.client import AsyncElevenLabs

    async with httpx.AsyncClient(timeout=10.0, verify=tls_context()) as http:
        yield AsyncElevenLabs(base_url=endpoint.base_url, api_key=endpoint.api_key, httpx_client=http)


async def probe(endpoint: Endpoint, language: Language, *, timeout_s: float = 5.0) -> Probe:
    """Sends the endpoint the smallest real request of its stage; never raises for trouble of the vendor's."""
    ask = _PROBES[endpoint.stage if endpoint.wire in {"openai", "elevenlabs"} else endpoint.wire]
    began = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            first_at = await ask(endpoint, language)
    except Exception as exc:  # noqa: BLE001  the SDKs' errors have no common root; each becomes a state
        state, detail = _explain(exc, timeout_s)
        return Probe(state, detail=detail)
    return Probe("ok", round((first_at - began) * 1000, 1))


async def _probe_llm(endpoint: Endpoint, language: Language) -> float:
    request = {
        "model": endpoint.model,
        "messages": [{"role": "user", "content": WORD[language]}],
        "max_completion_tokens": 16,
        "stream": True,
    }
    async with openai_client(endpoint) as client:
        stream = await client.chat.completions.create(**as_understood_by(endpoint, request))
        async with stream:
            await anext(stream.__aiter__(), None)
            return time.monotonic()


async def _probe_tts(endpoint: Endpoint, language: Language) -> float:
    pieces = _speech(endpoint, WORD[language], language)
    try:
        if not await anext(pieces, b""):
            raise _NoResultError("no sound came")
        return time.monotonic()
    finally:
        await pieces.aclose()


async def _probe_stt(endpoint: Endpoint, language: Language) -> float:
    async with openai_client(endpoint) as client:
        await client.audio.transcriptions.create(
            file=("audio.wav", _second_of_silence(), "audio/wav"), model=endpoint.model, language=language
        )
        return time.monotonic()


async def _probe_deepgram(endpoint: Endpoint, language: Language) -> float:
    model, _, mode = endpoint.model.partition("/")
    query = f"model={model}&language={mode or language}&encoding=linear16&sample_rate=8000"
    return await _open_socket(f"{websocket_url(endpoint.base_url)}/v1/listen?{query}", endpoint)


async def _probe_flux(endpoint: Endpoint, language: Language) -> float:
    hint = language if language in FLUX_LANGUAGES else "en"
    query = f"model={endpoint.model}&encoding=linear16&sample_rate=8000&language_hint={hint}"
    return await _open_socket(f"{websocket_url(endpoint.base_url)}/v2/listen?{query}", endpoint)


async def _open_socket(url: str, endpoint: Endpoint) -> float:
    import websockets

    async with websockets.connect(
        url, additional_headers={"Authorization": f"Token {endpoint.api_key}"}, close_timeout=1.0
    ) as socket:
        opened_at = time.monotonic()
        await socket.send('{"type":"CloseStream"}')
        return opened_at


_PROBES: dict[str, Callable[[Endpoint, Language], Awaitable[float]]] = {
    "llm": _probe_llm,
    "tts": _probe_tts,
    "stt": _probe_stt,
    "deepgram": _probe_deepgram,
    "deepgram-flux": _probe_flux,
}


class _NoResultError(Exception):
    """The vendor answered with nothing."""


def _second_of_silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16_000)
        audio.writeframes(bytes(32_000))
    return file.getvalue()


def _explain(exc: Exception, timeout_s: float) -> tuple[State, str]:
    if isinstance(exc, TimeoutError) or "Timeout" in type(exc).__name__:
        return "timeout", f"no answer within {timeout_s:g} s"
    response = getattr(exc, "response", None)  # websockets and httpx keep the answer there
    status: Any = getattr(exc, "status_code", None) or getattr(response, "status_code", None)
    if isinstance(status, int):
        return _STATES.get(status, "refused" if 400 <= status < 500 else "error"), f"HTTP {status}"
    if isinstance(exc, OSError) or "Connect" in type(exc).__name__ or "Connection" in type(exc).__name__:
        return "unreachable", "no connection"
    return "error", type(exc).__name__


async def list_voices(endpoint: Endpoint, *, timeout_s: float = 10.0) -> list[VoiceInfo]:
    """The voices that a speech endpoint offers.

    Raises:
        TimeoutError: The vendor did not answer in time.
        Exception: The vendor's SDK's own error for everything else.
    """
    if endpoint.is_local:
        return [VoiceInfo("agent", "the voice of this machine", "uk, ru, en", "LOCAL_VOICES names Piper voices")]
    if endpoint.wire != "elevenlabs":
        return [VoiceInfo(name, name, "uk, ru, en") for name in OPENAI_VOICES]
    async with asyncio.timeout(timeout_s), _elevenlabs(endpoint) as client:
        found = await client.voices.search(page_size=100, request_options={"max_retries": 0})
    return [
        VoiceInfo(
            voice.voice_id,
            voice.name or "",
            ", ".join(sorted({spoken.language for spoken in voice.verified_languages or [] if spoken.language})),
            ", ".join(str(value) for value in (voice.labels or {}).values()),
        )
        for voice in found.voices
    ]
