"""The emulated platform's media socket: its clock, its buffer, and what it holds against an agent."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from emulators.twilio import CallerLine
from emulators.voximplant import Platform, PlatformCall

pytestmark = pytest.mark.wire

Agent = Callable[[web.WebSocketResponse], Any]
SECRET = "s" * 24


def start(encoding: str = "ULAW") -> str:
    body = {"tag": "assistant", "mediaFormat": {"encoding": encoding, "sampleRate": 8000}}
    return json.dumps({"event": "start", "sequenceNumber": 0, "start": body})


def media(number: int, ulaw: bytes, timestamp: int, chunk: int | None = None) -> str:
    payload = base64.b64encode(ulaw).decode()
    body = {"chunk": number - 1 if chunk is None else chunk, "timestamp": timestamp, "payload": payload}
    return json.dumps({"event": "media", "sequenceNumber": number, "media": {"tag": "assistant", **body}})


@asynccontextmanager
async def calling(agent: Agent) -> AsyncIterator[tuple[PlatformCall, CallerLine]]:
    """A call that is connected to `agent`; it is over when the agent returns."""
    app = web.Application()
    address: list[str] = []

    async def ring(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        return web.json_response({"action": "connect", "call_id": "VX1", "url": f"ws://{address[0]}/media"})

    async def ended(_: web.Request) -> web.Response:
        return web.json_response({"action": "hang_up"})

    async def stream(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await agent(socket)
        await socket.close()
        return socket

    app.router.add_post("/voximplant/ring", ring)
    app.router.add_post("/voximplant/media-ended", ended)
    app.router.add_post("/voximplant/status", ended)
    app.router.add_get("/media", stream)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address.append(f"127.0.0.1:{runner.addresses[0][1]}")
    try:
        async with Platform(SECRET, f"http://{address[0]}") as platform:
            line = CallerLine()
            yield await platform.place_call("+380501112233", "+380441112233", line), line
    finally:
        await runner.cleanup()


async def after(agent: Agent) -> PlatformCall:
    async with calling(agent) as (call, _):
        assert await call.wait_ended(10)
        return call


def codes(call: PlatformCall) -> list[str]:
    return [violation.code for violation in call.violations]


async def test_the_callers_stream_counts_in_samples_and_carries_the_calls_id() -> None:
    got: list[dict[str, Any]] = []

    async def agent(socket: web.WebSocketResponse) -> None:
        for _ in range(4):
            got.append(json.loads(await socket.receive_str()))

    await after(agent)
    first = got[0]["start"]
    assert first["mediaFormat"] == {"encoding": "ULAW", "sampleRate": 8000}
    assert json.loads(first["customParameters"]) == {"call_id": "VX1"}
    assert [message["sequenceNumber"] for message in got] == [0, 1, 2, 3]
    assert [(m["media"]["chunk"], m["media"]["timestamp"]) for m in got[1:]] == [(1, 160), (2, 320), (3, 480)]


WRONG = [
    (["null"], "not_an_object"),
    (["{"], "not_json"),
    ([media(1, bytes(160), 0)], "media_before_start"),
    ([start("opus")], "bad_format"),
    ([start(), start()], "start_twice"),
    ([start(), media(1, bytes(160), 0, chunk=5)], "bad_counter"),
    ([start(), media(1, bytes(160), 0), media(2, bytes(160), 20)], "bad_counter"),
    ([start(), media(1, bytes(100), 0)], "bad_length"),
    ([start(), media(9, bytes(160), 0, chunk=0)], "bad_sequence"),
    (['{"event": "media", "customEvent": "x"}'], "bad_custom_event"),
    (['{"event": "mark", "mark": {}}'], "unknown_event"),
    (['{"customEvent": "fly"}'], "unknown_request"),
]


@pytest.mark.parametrize(("messages", "code"), WRONG, ids=[f"{i}-{code}" for i, (_, code) in enumerate(WRONG)])
async def test_what_the_platform_would_not_take_is_reported(messages: list[str], code: str) -> None:
    async def agent(socket: web.WebSocketResponse) -> None:
        await socket.receive_str()
        for message in messages:
            await socket.send_str(message)

    assert codes(await after(agent)) == [code]


async def test_sound_beyond_ten_seconds_is_discarded() -> None:
    async def agent(socket: web.WebSocketResponse) -> None:
        await socket.receive_str()
        await socket.send_str(start())
        for number in range(11):
            await socket.send_str(media(number + 1, b"\x80" * 8000, number * 8000))

    assert set(codes(await after(agent))) == {"buffer_overflow"}


async def test_a_cleared_buffer_is_silent_and_its_end_is_told_at_once() -> None:
    told: list[dict[str, Any]] = []

    async def agent(socket: web.WebSocketResponse) -> None:
        await socket.receive_str()
        await socket.send_str(start())
        await socket.send_str(media(1, b"\x80" * 40000, 0))
        await socket.send_str('{"customEvent": "clear_media_buffer", "generation": 1}')
        while not told:
            message = json.loads(await socket.receive_str())
            told.extend([message] if "customEvent" in message else [])

    call = await after(agent)
    assert told == [{"customEvent": "playback_ended", "generation": 1}]
    assert int(call.timeline.of("clear")[0].detail["dropped_ms"]) > 4000
    assert codes(call) == []


async def test_the_end_of_playback_is_told_a_second_after_it() -> None:
    async def agent(socket: web.WebSocketResponse) -> None:
        await socket.receive_str()
        await socket.send_str(start())
        await socket.send_str(media(1, b"\x80" * 1600, 0))
        async with asyncio.timeout(5):
            while "playback_ended" not in await socket.receive_str():
                pass

    call = await after(agent)
    assert call.recording is not None
    (ended,) = call.timeline.of("media_ended")
    assert ended.at_s >= 1.2  # 0.2 s of sound and a second of silence
