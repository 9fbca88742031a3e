import asyncio
import base64
import contextlib
import json
import math
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import websockets

from emulators.elevenlabs import ElevenLabsServer
from emulators.faults import Fault, FaultKind
from emulators.level import level_dbfs

pytestmark = pytest.mark.wire

VOICE = "EXAVITQu4vr4xnSDxMaL"
TEXT = "It is on its way."


def emulated(**options: Any) -> ElevenLabsServer:
    return ElevenLabsServer(first_byte_s=lambda: 0.0, pace=50.0, **options)


@contextlib.asynccontextmanager
async def connected(
    server: ElevenLabsServer, voice: str = VOICE, key: str = "k", **query: str
) -> AsyncIterator[websockets.ClientConnection]:
    asked = {"model_id": "eleven_flash_v2_5", "output_format": "pcm_8000"} | query
    pairs = "&".join(f"{name}={value}" for name, value in asked.items())
    url = f"{server.ws_url}/v1/text-to-speech/{voice}/multi-stream-input?{pairs}"
    async with asyncio.timeout(10), websockets.connect(url, additional_headers={"xi-api-key": key}) as socket:
        yield socket


async def send(socket: websockets.ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def say(socket: websockets.ClientConnection, text: str, context: str = "c1") -> None:
    await send(socket, text=" ", context_id=context)
    await send(socket, text=text, context_id=context)
    await send(socket, context_id=context, flush=True)
    await send(socket, context_id=context, close_context=True)


async def hear(socket: websockets.ClientConnection) -> list[dict[str, Any]]:
    """Everything up to the end of a context."""
    heard: list[dict[str, Any]] = []
    while not heard or not heard[-1]["isFinal"]:
        heard.append(json.loads(await socket.recv()))
    return heard


async def test_the_sound_is_loud_and_as_long_as_its_characters() -> None:
    async with emulated() as server, connected(server) as socket:
        await say(socket, TEXT)
        *pieces, last = await hear(socket)
    alignments = [piece["alignment"] for piece in pieces]
    assert "".join(letter for alignment in alignments for letter in alignment["chars"]) == TEXT
    assert all(alignment["charStartTimesMs"][0] == 0 for alignment in alignments)
    pcm16 = b"".join(base64.b64decode(piece["audio"]) for piece in pieces)
    assert level_dbfs(np.frombuffer(pcm16, dtype=np.int16)) == pytest.approx(-20, abs=2)
    sound_ms = len(pcm16) / 16
    timed_ms = sum(sum(alignment["charDurationsMs"]) for alignment in alignments)
    assert timed_ms == pytest.approx(sound_ms, rel=0.02)
    assert {piece["contextId"] for piece in pieces} == {"c1"}
    assert last == {"isFinal": True, "contextId": "c1"}


@pytest.mark.parametrize(
    ("output_format", "bytes_per_s"),
    [("pcm_8000", 16_000), ("pcm_16000", 32_000), ("pcm_24000", 48_000), ("ulaw_8000", 8_000)],
)
async def test_sound_comes_in_the_form_that_was_asked_for(output_format: str, bytes_per_s: int) -> None:
    async with emulated() as server, connected(server, output_format=output_format) as socket:
        await say(socket, TEXT)
        sound = b"".join(base64.b64decode(piece["audio"]) for piece in (await hear(socket))[:-1])
    assert len(sound) / bytes_per_s == pytest.approx(len(TEXT) / 14, rel=0.01)


async def test_real_speech_can_be_plugged_in() -> None:
    asked: list[tuple[str, str | None]] = []

    def speak(text: str, language: str | None) -> tuple[bytes, int]:
        asked.append((text, language))
        return (8_000 * np.sin(np.arange(22_050) / 20)).astype("<i2").tobytes(), 22_050

    async with emulated(speak=speak) as server, connected(server, language_code="uk") as socket:
        await say(socket, "Так.")
        sound = b"".join(base64.b64decode(piece["audio"]) for piece in (await hear(socket))[:-1])
    assert asked == [("Так.", "uk")]
    assert len(sound) == pytest.approx(16_000, abs=40)
    expected = 20 * math.log10(8_000 / math.sqrt(2) / 32_768)
    assert level_dbfs(np.frombuffer(sound, dtype=np.int16)) == pytest.approx(expected, abs=0.5)


async def test_contexts_that_were_never_opened_and_keepalives_are_tolerated() -> None:
    async with emulated() as server, connected(server) as socket:
        await send(socket, context_id="none", close_context=True)
        await send(socket, text="")
        await say(socket, "Yes.")
        assert (await hear(socket))[-1]["contextId"] == "c1"
        await send(socket, close_socket=True)
        with pytest.raises(websockets.ConnectionClosedOK):
            await socket.recv()


async def closing(socket: websockets.ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """What came before the server closed, and its code."""
    heard = []
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            heard.append(json.loads(await socket.recv()))
    assert socket.close_code is not None
    return heard, socket.close_code


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorised", "invalid_api_key"),
        ("payment", "quota_exceeded"),
        ("rate_limit", "rate_limit_exceeded"),
        ("server_error", "internal_error"),
    ],
)
async def test_an_open_connection_is_told_why_it_is_closed(fault: FaultKind, error: str) -> None:
    async with emulated() as server, connected(server) as socket:
        await server.break_with(fault)
        heard, code = await closing(socket)
    assert ([message["error"] for message in heard], code) == ([error], 1008)


@pytest.mark.parametrize("fault", ["close", "refuse"])
async def test_an_open_connection_is_cut(fault: FaultKind) -> None:
    async with emulated() as server, connected(server) as socket:
        await server.break_with(fault)
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()


async def test_a_new_connection_is_closed_in_the_middle_of_a_sentence_as_often_as_asked() -> None:
    async with emulated() as server:
        await server.break_with(Fault("close", times=1))
        async with connected(server) as socket:
            await say(socket, TEXT)
            heard, _ = await closing(socket)
        assert 0 < len(heard) < len(TEXT) // 4
        async with connected(server) as socket:
            await say(socket, TEXT)
            assert (await hear(socket))[-1]["isFinal"]


async def test_what_hangs_goes_on_when_it_is_mended() -> None:
    async with emulated() as server, connected(server) as socket:
        await server.break_with("hang")
        await say(socket, "Yes.")
        await (await socket.ping())
        assert server.connections[0].texts == ["Yes."]
        await server.mend()
        assert [message["isFinal"] for message in await hear(socket)] == [None, True]


async def test_garbled_messages_are_no_json() -> None:
    async with emulated() as server, connected(server) as socket:
        await server.break_with("garbled")
        await say(socket, TEXT)
        with pytest.raises(json.JSONDecodeError):
            json.loads(await socket.recv())


async def test_slow_speech_is_whole() -> None:
    async with emulated() as server, connected(server) as socket:
        await server.break_with(Fault("slow", pace_s=0.01))
        await say(socket, TEXT)
        letters = [piece["alignment"]["chars"] for piece in (await hear(socket))[:-1]]
    assert "".join(letter for piece in letters for letter in piece) == TEXT


async def test_after_refusing_it_listens_at_the_same_address() -> None:
    async with emulated() as server:
        url = server.ws_url
        await server.break_with("refuse")
        with pytest.raises(ConnectionRefusedError):
            async with connected(server):
                pass
        await server.mend()
        assert server.ws_url == url
        async with connected(server) as socket:
            await say(socket, "Yes.")
            assert (await hear(socket))[-1]["isFinal"]


async def test_an_unknown_voice_is_told_on_the_connection() -> None:
    async with emulated() as server, connected(server, voice="nobody") as socket:
        heard, code = await closing(socket)
    assert (heard[0]["error"], code) == ("voice_id_does_not_exist", 1008)


@pytest.mark.parametrize("key", ["wrong", ""])
async def test_a_connection_with_a_wrong_key_is_refused(key: str) -> None:
    async with emulated(api_key="k") as server:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with connected(server, key=key):
                pass
    assert refused.value.response.status_code == 401


async def test_voice_settings_may_not_change_within_a_context() -> None:
    async with emulated() as server, connected(server) as socket:
        await send(socket, text=" ", context_id="c1")
        await send(socket, text="Yes.", context_id="c1", voice_settings={"speed": 1.1})
        heard, code = await closing(socket)
    assert ("voice_settings" in heard[-1]["message"], code) == (True, 1008)


async def test_a_client_that_says_nothing_is_closed() -> None:
    async with emulated() as server, connected(server, inactivity_timeout="0.05") as socket:
        heard, code = await closing(socket)
    assert (heard[0]["error"], code) == ("input_timeout_exceeded", 1008)
