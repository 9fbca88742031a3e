"""What is asked of vendors outside of a call: a sentence to keep, a sign of life, their voices."""

from __future__ import annotations

import asyncio
import io
import json
import time
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.advice import NoResultError, State, VendorError, explain
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
from spoken.written import speak

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs
    from websockets.asyncio.client import ClientConnection

SILENCE_RATE_HZ = 8_000
WORD: dict[Language, str] = {"uk": "Так.", "ru": "Да.", "en": "Yes."}
OPENAI_VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"),
)


@dataclass(frozen=True)
class Probe:
    """What came of the smallest real request to a service."""

    state: State
    first_byte_ms: float | None = None
    """From the request, a new connection included, to the first byte of its result."""
    detail: str = ""
    """What went wrong and what to do, naming the variable; without secrets."""


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
        VendorError: There is none; the message says what to do.
    """
    async with _explained(endpoint, timeout_s):
        pieces = [piece async for piece in _speech(endpoint, speak(text, language), language)]
        if not any(pieces):
            raise NoResultError
    return Sound(b"".join(pieces), OPENAI_TTS_RATE_HZ)


@asynccontextmanager
async def _explained(endpoint: Endpoint, timeout_s: float) -> AsyncIterator[None]:
    """Within the time or not at all; whatever is raised inside leaves as a VendorError."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except VendorError:
        raise
    except Exception as exc:  # the SDKs' errors have no common root
        raise explain(exc, endpoint, timeout_s) from exc


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
        async with _explained(endpoint, timeout_s):
            first_at = await ask(endpoint, language)
    except VendorError as exc:
        return Probe(exc.code, detail=str(exc))
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
            async for _ in stream:
                return time.monotonic()
    raise NoResultError


async def _probe_tts(endpoint: Endpoint, language: Language) -> float:
    if endpoint.wire == "openai" and endpoint.voice not in OPENAI_VOICES:
        # Pipecat's service refuses it in a call, whatever the endpoint itself would say.
        known = ", ".join(OPENAI_VOICES)
        raise VendorError("refused", f"OPENAI_VOICE: calls take one of {known}; got {endpoint.voice!r}")
    pieces = _speech(endpoint, WORD[language], language)
    try:
        if not await anext(pieces, b""):
            raise NoResultError
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
    query = f"model={model}&language={mode or language}&encoding=linear16&sample_rate={SILENCE_RATE_HZ}"
    async with _socket(f"/v1/listen?{query}", endpoint) as socket:
        # The summary that follows proves more than the handshake: the audio was taken.
        await socket.send(bytes(SILENCE_RATE_HZ * 2))
        await socket.send('{"type":"CloseStream"}')
        return await _first_message(socket)


async def _probe_flux(endpoint: Endpoint, language: Language) -> float:
    hint = language if language in FLUX_LANGUAGES else "en"
    query = f"model={endpoint.model}&encoding=linear16&sample_rate={SILENCE_RATE_HZ}&language_hint={hint}"
    async with _socket(f"/v2/listen?{query}", endpoint) as socket:
        first_at = await _first_message(socket)
        await socket.send('{"type":"CloseStream"}')
        return first_at


@asynccontextmanager
async def _socket(path: str, endpoint: Endpoint) -> AsyncIterator[ClientConnection]:
    import websockets

    url = websocket_url(endpoint.base_url) + path
    headers = {"Authorization": f"Token {endpoint.api_key}"}
    async with websockets.connect(
        url,
        additional_headers=headers,
        close_timeout=1.0,
        ssl=tls_context() if url.startswith("wss") else None,
    ) as socket:
        yield socket


async def _first_message(socket: ClientConnection) -> float:
    body = json.loads(await socket.recv())
    if not isinstance(body, dict) or body.get("type") == "Error":
        raise NoResultError
    return time.monotonic()


_PROBES: dict[str, Callable[[Endpoint, Language], Awaitable[float]]] = {
    "llm": _probe_llm,
    "tts": _probe_tts,
    "stt": _probe_stt,
    "deepgram": _probe_deepgram,
    "deepgram-flux": _probe_flux,
}


def _second_of_silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16_000)
        audio.writeframes(bytes(32_000))
    return file.getvalue()


async def list_voices(endpoint: Endpoint, *, timeout_s: float = 10.0) -> list[VoiceInfo]:
    """The voices that a speech endpoint offers; where its API cannot tell, the names that can be sent to it.

    Raises:
        VendorError: They could not be had; the message says what to do.
    """
    if endpoint.is_local:
        return [VoiceInfo(f"local-{language}", f"local-{language}", language) for language in WORD]
    if endpoint.wire == "elevenlabs":
        async with _explained(endpoint, timeout_s), _elevenlabs(endpoint) as client:
            return await _elevenlabs_voices(client)
    spoken = "" if endpoint.provider.startswith("compatible") else ", ".join(WORD)
    return [VoiceInfo(name, name, spoken) for name in OPENAI_VOICES]


async def _elevenlabs_voices(client: AsyncElevenLabs) -> list[VoiceInfo]:
    voices: list[VoiceInfo] = []
    page = None
    while True:
        found = await client.voices.search(page_size=100, next_page_token=page, request_options={"max_retries": 0})
        for voice in found.voices:
            spoken = sorted({verified.language for verified in voice.verified_languages or [] if verified.language})
            described = ", ".join(str(value) for value in (voice.labels or {}).values())
            voices.append(VoiceInfo(voice.voice_id, voice.name or "", ", ".join(spoken), described))
        page = found.next_page_token
        if not found.has_more or not page:
            return voices
