"""How turns of Flux end without the model, and how its connections fail."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import websockets

from emulators.deepgram import DeepgramServer
from emulators.faults import STATUS, Fault, FaultKind
from emulators.openai import ScriptedRecognition

pytestmark = pytest.mark.wire

RATE_HZ = 8_000
NOISE = np.random.default_rng(5).normal(0, 4_000, RATE_HZ // 50).astype("<i2").tobytes()
SPEECH = NOISE * 30
PAUSE = [bytes(len(NOISE))] * 40
FLUX = f"/v2/listen?model=flux-general-multi&encoding=linear16&sample_rate={RATE_HZ}"
NOVA = f"/v1/listen?model=nova-3&encoding=linear16&sample_rate={RATE_HZ}"


@contextlib.asynccontextmanager
async def client(server: DeepgramServer, url: str = FLUX) -> AsyncIterator[websockets.ClientConnection]:
    async with websockets.connect(server.ws_url + url, additional_headers={"Authorization": "Token key"}) as socket:
        yield socket


async def say(socket: websockets.ClientConnection, *pieces: bytes) -> None:
    for piece in pieces:
        await socket.send(piece)


async def take(socket: websockets.ClientConnection, *wanted: str) -> dict[str, Any]:
    """The next message whose type or event is wanted."""
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message.get("event") in wanted or message["type"] in wanted:
                return message


async def read_until_closed(socket: websockets.ClientConnection) -> None:
    async with asyncio.timeout(5):
        while True:
            await socket.recv()


async def test_a_turn_ends_after_its_longest_pause() -> None:
    async with DeepgramServer() as server, client(server, f"{FLUX}&eot_threshold=0.9&eot_timeout_ms=500") as socket:
        server.recognition.push("Да")
        await say(socket, SPEECH, *PAUSE)
        assert (await take(socket, "EndOfTurn"))["trigger"] == "timeout"


async def test_a_turn_ends_when_the_client_says_so() -> None:
    async with DeepgramServer() as server, client(server) as socket:
        server.recognition.push("Да")
        await say(socket, SPEECH)
        await socket.send('{"type":"ForceEndTurn"}')
        assert (await take(socket, "EndOfTurn"))["trigger"] == "manual"


async def test_sound_that_is_no_speech_starts_no_turn() -> None:
    async with DeepgramServer() as server, client(server) as socket:
        await say(socket, SPEECH, *PAUSE)
        await socket.send('{"type":"Configure"}')
        assert (await take(socket, "StartOfTurn", "ConfigureSuccess"))["type"] == "ConfigureSuccess"


@pytest.mark.parametrize("fault", sorted(STATUS))
async def test_a_fault_at_the_handshake_is_its_status_with_the_reason(fault: FaultKind) -> None:
    async with DeepgramServer() as server:
        await server.break_with(fault)
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with client(server):
                pass
    assert refused.value.response.status_code == STATUS[fault]
    assert refused.value.response.headers["dg-error"]


async def test_a_server_error_is_told_before_an_open_connection_is_closed() -> None:
    async with DeepgramServer() as server, client(server) as socket:
        await take(socket, "Connected")
        await server.break_with("server_error")
        assert (await take(socket, "Error"))["code"] == "INTERNAL_SERVER_ERROR"
        with pytest.raises(websockets.ConnectionClosed):
            await read_until_closed(socket)


@pytest.mark.parametrize("url", [NOVA, FLUX])
async def test_a_connection_opened_while_connections_are_cut_is_cut_once_it_hears(url: str) -> None:
    async with DeepgramServer() as server:
        await server.break_with("close")
        async with client(server, url) as socket:
            await say(socket, *[NOISE] * 15)
            with pytest.raises(websockets.ConnectionClosed):
                await read_until_closed(socket)


async def test_what_flux_garbled_is_heard_by_the_next_vendor() -> None:
    words = ScriptedRecognition()
    words.push("Где мой заказ?")
    async with DeepgramServer(words) as broken, DeepgramServer(words) as other:
        await broken.break_with("garbled")
        async with client(broken) as socket:
            await say(socket, SPEECH, *PAUSE)
            await socket.send('{"type":"CloseStream"}')
            with pytest.raises(websockets.ConnectionClosed):
                await read_until_closed(socket)
        async with client(other) as socket:
            await say(socket, SPEECH, *PAUSE)
            assert (await take(socket, "EndOfTurn"))["transcript"] == "Где мой заказ?"


async def test_a_slow_flux_delivers_all_the_same() -> None:
    async with DeepgramServer() as server:
        await server.break_with(Fault("slow", pace_s=0.05))
        async with client(server) as socket:
            server.recognition.push("Да")
            await say(socket, SPEECH, *PAUSE)
            assert (await take(socket, "EndOfTurn"))["transcript"] == "Да"
