"""Pipecat's and ElevenLabs' own clients, unmodified, against the emulator."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from elevenlabs.client import AsyncElevenLabs
from pipecat.frames.frames import ErrorFrame, TTSAudioRawFrame, TTSSpeakFrame, TTSStoppedFrame, TTSTextFrame
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.transcriptions.language import Language

from emulators.elevenlabs import ElevenLabsServer
from emulators.faults import FaultKind

pytestmark = pytest.mark.wire

VOICE = "EXAVITQu4vr4xnSDxMaL"
WORDS = [("uk", "Де моє замовлення?"), ("ru", "Где мой заказ?"), ("en", "Where is my order?")]
PATH = f"/v1/text-to-speech/{VOICE}/multi-stream-input"
QUERY = "?model_id=eleven_flash_v2_5&output_format=pcm_8000"


def service(server: ElevenLabsServer, language: str = "uk", voice: str = VOICE) -> ElevenLabsTTSService:
    settings = ElevenLabsTTSService.Settings(voice=voice, model="eleven_flash_v2_5", language=Language(language))
    return ElevenLabsTTSService(api_key="k", url=server.ws_url, settings=settings)


async def open_socket(server: ElevenLabsServer, query: str = QUERY) -> websockets.ClientConnection:
    return await websockets.connect(server.ws_url + PATH + query, additional_headers={"xi-api-key": "k"})


async def until_closed(socket: websockets.ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """The messages until the server closed, and its code."""
    messages = []
    async with asyncio.timeout(5):
        try:
            while True:
                messages.append(json.loads(await socket.recv()))
        except websockets.ConnectionClosed as closed:
            return messages, closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize(("language", "text"), WORDS)
async def test_a_sentence_is_spoken_with_its_words(in_pipeline: Callable[..., Any], language: str, text: str) -> None:
    async with ElevenLabsServer() as server:
        async with in_pipeline(service(server, language)) as (worker, ear):
            await worker.queue_frames([TTSSpeakFrame(text)])
            await ear.wait_for(TTSStoppedFrame)
        seconds = sum(len(frame.audio) for frame in ear.all_of(TTSAudioRawFrame)) / 2 / 8_000
        assert seconds == pytest.approx(len(text) / 14, abs=0.2)
        assert " ".join(frame.text for frame in ear.all_of(TTSTextFrame)) == text
        assert server.connections[0].query["language_code"] == language
        assert server.connections[0].texts == [text]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("unauthorised", 1008), ("payment", 1008), ("rate_limit", 1008), ("server_error", 1008), ("close", 1011)],
)
async def test_an_open_connection_is_closed_with_the_vendors_reason(fault: FaultKind, code: int) -> None:
    async with ElevenLabsServer() as server:
        socket = await open_socket(server)
        await socket.send(json.dumps({"text": "a sentence of some length", "context_id": "1"}))
        await socket.recv()
        await server.break_with(fault)
        messages, closed_with = await until_closed(socket)
    assert closed_with == code
    assert code != 1008 or "error" in messages[-1]


async def test_a_connection_opened_while_it_closes_is_cut_in_the_middle_of_a_sentence() -> None:
    async with ElevenLabsServer() as server:
        await server.break_with("close")
        socket = await open_socket(server)
        await socket.send(json.dumps({"text": "a sentence of some length", "context_id": "1"}))
        messages, code = await until_closed(socket)
    assert code == 1011
    assert 1 <= len(messages) < 6


@pytest.mark.parametrize("fault", ["unauthorised", "payment", "rate_limit", "server_error", "refuse"])
async def test_a_fault_at_the_handshake_reaches_the_client_as_an_error(
    in_pipeline: Callable[..., Any], fault: FaultKind
) -> None:
    async with ElevenLabsServer() as server:
        await server.break_with(fault)
        async with in_pipeline(service(server)) as (_, ear):
            assert (await ear.wait_for(ErrorFrame)).error


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?model_id=eleven_multilingual_v2&output_format=pcm_8000&language_code=uk", 400),
        ("?model_id=eleven_none&output_format=pcm_8000", 400),
        ("?model_id=eleven_flash_v2_5&output_format=mp3", 422),
    ],
)
async def test_what_elevenlabs_refuses_is_refused(query: str, status: int) -> None:
    async with ElevenLabsServer() as server:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await open_socket(server, query)
    assert refused.value.response.status_code == status


async def test_the_vendors_sdk_speaks_and_lists_voices() -> None:
    async with ElevenLabsServer() as server:
        client = AsyncElevenLabs(base_url=server.base_url, api_key="k")
        stream = client.text_to_speech.stream(
            VOICE, text="Добрий день.", model_id="eleven_flash_v2_5", output_format="pcm_24000", language_code="uk"
        )
        sound = b"".join([piece async for piece in stream])
        voices = (await client.voices.search()).voices
    assert len(sound) / 2 / 24_000 == pytest.approx(12 / 14, abs=0.05)
    assert VOICE in {voice.voice_id for voice in voices}
