"""Pipecat's own Deepgram service, unmodified, against the emulator."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import websockets
from pipecat.frames.frames import (
    ErrorFrame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineWorker
from pipecat.services.deepgram.stt import DeepgramSTTService

from emulators.deepgram import DeepgramServer
from emulators.faults import FaultKind
from emulators.openai import ScriptedRecognition

pytestmark = pytest.mark.wire

RATE_HZ = 8_000
NOISE = np.random.default_rng(5).normal(0, 4_000, RATE_HZ // 50).astype("<i2").tobytes()
QUIET = bytes(len(NOISE))
LISTEN = "/v1/listen?model=nova-3&language=uk&encoding=linear16&sample_rate=8000"


def service(server: DeepgramServer, language: str = "uk") -> DeepgramSTTService:
    settings = DeepgramSTTService.Settings(model="nova-3", language=language)
    return DeepgramSTTService(api_key="key", base_url=server.ws_url, settings=settings)


async def speak(worker: PipelineWorker, frames: int = 30) -> None:
    audio = [InputAudioRawFrame(NOISE, RATE_HZ, 1) for _ in range(frames)]
    await worker.queue_frames([VADUserStartedSpeakingFrame(), *audio, VADUserStoppedSpeakingFrame()])


@pytest.mark.parametrize(
    ("language", "text"),
    [("uk", "Де моє замовлення 1033?"), ("ru", "Где мой заказ 1033?"), ("en", "Where is my order 1033?")],
)
async def test_what_is_pushed_is_heard_when_the_client_finalises(
    in_pipeline: Callable[..., Any], language: str, text: str
) -> None:
    async with DeepgramServer() as server:
        server.recognition.push(text)
        async with in_pipeline(service(server, language)) as (worker, ear):
            await speak(worker)
            frame = await ear.wait_for(TranscriptionFrame)
    assert (frame.text, frame.finalized) == (text, True)
    connection = server.connections[0]
    assert connection.query["language"] == [language]
    assert connection.query["sample_rate"] == ["8000"]
    assert connection.audio_s == pytest.approx(0.6)


@pytest.mark.parametrize("fault", ["unauthorised", "payment", "rate_limit", "server_error", "refuse"])
async def test_a_fault_at_the_handshake_reaches_the_client_as_an_error(
    in_pipeline: Callable[..., Any], fault: FaultKind
) -> None:
    async with DeepgramServer() as server:
        await server.break_with(fault)
        async with in_pipeline(service(server)) as (_, ear):
            assert (await ear.wait_for(ErrorFrame)).error


async def open_socket(server: DeepgramServer, query: str = "") -> websockets.ClientConnection:
    return await websockets.connect(server.ws_url + LISTEN + query, additional_headers={"Authorization": "Token key"})


async def test_a_server_that_hangs_keeps_the_words_for_the_next_vendor() -> None:
    recognition = ScriptedRecognition()
    recognition.push("Де моє замовлення?")
    async with DeepgramServer(recognition) as broken, DeepgramServer(recognition) as other:
        await broken.break_with("hang")
        for server in (broken, other):
            async with await open_socket(server) as socket:
                await socket.send(NOISE * 10)
                await socket.send('{"type":"Finalize"}')
                if server is broken:
                    await socket.send('{"type":"CloseStream"}')
                    assert "Metadata" in str(await socket.recv())
                else:
                    assert "Де моє замовлення?" in str(await socket.recv())


@pytest.mark.parametrize("fault", ["close", "payment", "refuse"])
async def test_an_open_connection_is_closed_by_a_fault(fault: FaultKind) -> None:
    async with DeepgramServer() as server:
        socket = await open_socket(server)
        await socket.send(NOISE)
        await server.break_with(fault)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)


async def test_after_refusing_it_listens_at_the_same_address() -> None:
    async with DeepgramServer() as server:
        url = server.ws_url
        await server.break_with("refuse")
        with pytest.raises(OSError):  # noqa: PT011  the port is what is meant
            await open_socket(server)
        await server.mend()
        assert server.ws_url == url
        async with await open_socket(server) as socket:
            await socket.send('{"type":"CloseStream"}')
            assert "Metadata" in str(await socket.recv())


async def test_the_end_of_speech_is_noticed_without_being_told() -> None:
    async with DeepgramServer() as server:
        server.recognition.push("Так, підходить.")
        async with await open_socket(server) as socket:
            for piece in [*[NOISE] * 20, *[QUIET] * 20]:
                await socket.send(piece)
            assert '"speech_final": true' in str(await socket.recv())


async def test_words_come_while_they_are_spoken() -> None:
    async with DeepgramServer() as server:
        server.recognition.push("Где мой заказ 1033?")
        async with await open_socket(server, "&interim_results=true") as socket:
            for piece in [*[NOISE] * 60, *[QUIET] * 20]:
                await socket.send(piece)
            told = [json.loads(await socket.recv())]
            while not told[-1]["is_final"]:
                told.append(json.loads(await socket.recv()))
    said = [message["channel"]["alternatives"][0]["transcript"].split() for message in told]
    assert len(said) > 3
    assert len(said[0]) == 1
    assert all(before == after[: len(before)] for before, after in itertools.pairwise(said))
    assert said[-2] == said[-1] == ["Где", "мой", "заказ", "1033?"]


async def test_nothing_is_told_of_the_next_words_before_the_last_are_final() -> None:
    async with DeepgramServer(final_s=lambda: 0.2) as server:
        server.recognition.push("Завтра.")
        async with await open_socket(server, "&interim_results=true") as socket:
            for piece in [*[NOISE] * 10, *[QUIET] * 20, *[NOISE] * 30]:
                await socket.send(piece)
            told = [json.loads(await socket.recv())]
            while not told[-1]["is_final"]:
                told.append(json.loads(await socket.recv()))
    assert len(told) > 1
    assert all(message["duration"] <= 0.5 for message in told if not message["is_final"])


@pytest.mark.parametrize(
    "query", ["model=nova-9", "model=nova-3&language=xx", "encoding=opus", "sample_rate=44", "sample_rate=x"]
)
async def test_what_deepgram_refuses_is_refused(query: str) -> None:
    base = {"model": "nova-3", "encoding": "linear16", "sample_rate": "8000"}
    changed = base | dict(pair.split("=") for pair in query.split("&"))
    url = "/v1/listen?" + "&".join(f"{name}={value}" for name, value in changed.items())
    async with DeepgramServer() as server:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(server.ws_url + url, additional_headers={"Authorization": "Token key"})
    assert refused.value.response.status_code == 400


async def test_without_a_key_nothing_is_heard() -> None:
    async with DeepgramServer(api_key="right") as server:
        for headers in ({}, {"Authorization": "Token wrong"}):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(server.ws_url + LISTEN, additional_headers=headers)
            assert refused.value.response.status_code == 401
