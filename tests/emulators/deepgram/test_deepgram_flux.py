"""Pipecat's own Flux service against the emulator, and the wire below it."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import websockets
from pipecat.frames.frames import InputAudioRawFrame, TranscriptionFrame
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.transcriptions.language import Language

from emulators.deepgram import DeepgramServer
from emulators.faults import FaultKind

pytestmark = pytest.mark.wire

RATE_HZ = 8_000
NOISE = np.random.default_rng(5).normal(0, 4_000, RATE_HZ // 50).astype("<i2").tobytes()
QUIET = bytes(len(NOISE))
TURN = [*[NOISE] * 20, *[QUIET] * 40]
LISTEN = "/v2/listen?model=flux-general-multi&encoding=linear16&sample_rate=8000"


async def open_socket(server: DeepgramServer, query: str = "") -> websockets.ClientConnection:
    return await websockets.connect(server.ws_url + LISTEN + query, additional_headers={"Authorization": "Token key"})


async def events(socket: websockets.ClientConnection, until: str) -> list[dict[str, Any]]:
    """Everything up to the first message of a type or event."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while not found or until not in (found[-1]["type"], found[-1].get("event")):
            found.append(json.loads(await socket.recv()))
    return found


@pytest.mark.parametrize(
    ("language", "text"), [("ru", "Где мой заказ 1033?"), ("en", "Where is my order 1033?")], ids=["ru", "en"]
)
async def test_a_turn_comes_with_its_language(in_pipeline: Callable[..., Any], language: str, text: str) -> None:
    async with DeepgramServer() as server:
        server.recognition.push(text)
        service = DeepgramFluxSTTService(
            api_key="key",
            url=server.ws_url + "/v2/listen",
            settings=DeepgramFluxSTTService.Settings(
                model="flux-general-multi", language_hints=[Language.RU, Language.EN]
            ),
        )
        async with in_pipeline(service) as (worker, ear):
            await worker.queue_frames([InputAudioRawFrame(piece, RATE_HZ, 1) for piece in TURN])
            frame = await ear.wait_for(TranscriptionFrame)
    assert (frame.text, str(frame.language)) == (text, language)


async def test_a_turn_is_told_from_its_start_to_its_end_with_growing_words() -> None:
    async with DeepgramServer() as server:
        server.recognition.push("Где мой заказ?")
        async with await open_socket(server, "&eager_eot_threshold=0.4&language_hint=ru") as socket:
            for piece in TURN:
                await socket.send(piece)
            told = await events(socket, "EndOfTurn")
    assert [message["sequence_id"] for message in told] == list(range(len(told)))
    names = [message.get("event", message["type"]) for message in told]
    assert [name for name in names if name != "Update"] == ["Connected", "StartOfTurn", "EagerEndOfTurn", "EndOfTurn"]
    assert "Update" in names
    said = [message["transcript"].split() for message in told[1:]]
    growing = said[: names.index("EagerEndOfTurn")]
    assert all(before == after[: len(before)] for before, after in itertools.pairwise(growing))
    assert said[-1] == ["Где", "мой", "заказ?"]
    assert told[-1]["languages"] == ["ru"]


async def test_without_an_eager_threshold_no_turn_ends_early() -> None:
    async with DeepgramServer() as server:
        server.recognition.push("Yes.")
        async with await open_socket(server) as socket:
            for piece in TURN:
                await socket.send(piece)
            told = await events(socket, "EndOfTurn")
    assert "EagerEndOfTurn" not in [message.get("event") for message in told]


async def test_a_caller_who_goes_on_takes_the_early_end_back() -> None:
    async with DeepgramServer() as server:
        server.recognition.push("Tomorrow, no, Friday.")
        async with await open_socket(server, "&eager_eot_threshold=0.4&eot_threshold=0.9") as socket:
            for piece in [*[NOISE] * 20, *[QUIET] * 20, *[NOISE] * 20, *[QUIET] * 60]:
                await socket.send(piece)
            told = await events(socket, "EndOfTurn")
    names = [message.get("event") for message in told]
    assert names.index("EagerEndOfTurn") < names.index("TurnResumed") < names.index("EndOfTurn")


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"language_hints": ["ru"], "thresholds": {"eot_threshold": 0.8}}, "ConfigureSuccess"),
        ({"language_hints": ["uk"]}, "ConfigureFailure"),
        ({"thresholds": {"eot_threshold": 0.1}}, "ConfigureFailure"),
    ],
)
async def test_settings_change_while_connected(change: dict[str, Any], answer: str) -> None:
    async with DeepgramServer() as server, await open_socket(server) as socket:
        await socket.send(json.dumps({"type": "Configure", **change}))
        assert (await events(socket, answer))[-1]["type"] == answer


@pytest.mark.parametrize(
    "query", ["&language_hint=uk", "&language_hint=ru&language_hint=uk", "&eot_threshold=0.1", "&model=nova-3"]
)
async def test_what_flux_refuses_is_refused(query: str) -> None:
    async with DeepgramServer() as server:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await open_socket(server, query)
    assert refused.value.response.status_code == 400


async def test_a_message_that_is_no_command_ends_the_connection() -> None:
    async with DeepgramServer() as server, await open_socket(server) as socket:
        await socket.send("[]")
        assert (await events(socket, "Error"))[-1]["code"] == "UNPARSABLE_CLIENT_MESSAGE"
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)


@pytest.mark.parametrize("fault", ["unauthorised", "payment", "rate_limit", "server_error", "close", "refuse"])
async def test_an_open_turn_is_cut_and_keeps_its_words(fault: FaultKind) -> None:
    async with DeepgramServer() as server:
        server.recognition.push("Где мой заказ?")
        socket = await open_socket(server)
        await socket.send(NOISE * 10)
        await events(socket, "StartOfTurn")
        await server.break_with(fault)
        with pytest.raises(websockets.ConnectionClosed):
            await events(socket, "EndOfTurn")
        assert server.recognition.unheard == ["Где мой заказ?"]


async def test_garbled_messages_are_no_json() -> None:
    async with DeepgramServer() as server, await open_socket(server) as socket:
        server.recognition.push("Yes.")
        await server.break_with("garbled")
        await socket.send(NOISE * 10)
        with pytest.raises(json.JSONDecodeError):
            await events(socket, "never")


async def test_a_server_that_hangs_tells_nothing_and_one_that_is_mended_goes_on() -> None:
    async with DeepgramServer() as server:
        await server.break_with("hang")
        server.recognition.push("Где мой заказ?")
        async with await open_socket(server) as socket:
            for piece in TURN:
                await socket.send(piece)
            await socket.send('{"type":"CloseStream"}')
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
        assert server.recognition.unheard == ["Где мой заказ?"]
        await server.mend()
        async with await open_socket(server) as socket:
            for piece in TURN:
                await socket.send(piece)
            assert (await events(socket, "EndOfTurn"))[-1]["transcript"] == "Где мой заказ?"
