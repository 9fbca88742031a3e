"""A media stream passes from the server to a call's process, or is refused before it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import websockets
from fakes.live_server import (
    AUTH_TOKEN,
    LiveServer,
    call_processes,
    first_messages,
    live_server,
    media_path,
    new_call_id,
    ring_form,
    server_settings,
)
from twilio.request_validator import RequestValidator
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.supervisor import Timings
from bot.supervisor.handoff import handshake_error, request_head

pytestmark = pytest.mark.component


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(server_settings(tmp_path)) as running:
        yield running


async def refusal(live: LiveServer, path: str, signature: str | None = None) -> int:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with live.upgrade(path, signature):
            pass
    return refused.value.response.status_code


async def test_the_call_lives_in_a_process_of_its_own(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        await stream.send("pid")
        assert int(await stream.recv()) in call_processes()
        await stream.send("request")
        request = json.loads(await stream.recv())
        assert (request["call_id"], request["from_number"]) == (call_id, "+380501112233")
        process = live.house.supervisor.running(call_id)
        assert process is not None
        assert process.media_start is not None
        assert process.media_start["start"]["start"]["callSid"] == call_id
        await stream.send("resolve")
        with pytest.raises(websockets.ConnectionClosedOK):
            await stream.recv()
    row = await live.call_when_over(call_id)
    assert row["disposition"] == "resolved"


async def test_the_server_keeps_nothing_of_the_connection(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        local = stream.transport.get_extra_info("sockname")[1]
        held = [c for c in live.running.server_state.connections if c.client and c.client[1] == local]
        assert held == []
        for number in range(200):
            await stream.send(str(number))
        assert [await stream.recv() for _ in range(200)] == [str(number) for number in range(200)]


async def test_compression_is_not_agreed_on(live: LiveServer) -> None:
    path = await live.stream_path(new_call_id())
    async with live.upgrade(path, compression="deflate") as stream:
        assert "Sec-WebSocket-Extensions" not in stream.response.headers


@pytest.mark.parametrize("port", ["", ":443"])
async def test_the_signature_may_or_may_not_name_the_port(live: LiveServer, port: str) -> None:
    path = await live.stream_path(new_call_id())
    url = f"wss://voice.example.com{port}{path}"
    async with live.upgrade(path, RequestValidator(AUTH_TOKEN).compute_signature(url, {})) as stream:
        assert stream.response.status_code == 101


@pytest.mark.parametrize("scheme", ["https", "http", "ws"])
async def test_a_signature_over_another_scheme_is_refused(live: LiveServer, scheme: str) -> None:
    path = await live.stream_path(new_call_id())
    signed = RequestValidator(AUTH_TOKEN).compute_signature(f"{scheme}://voice.example.com{path}", {})
    assert await refusal(live, path, signed) == 403


async def test_a_stolen_token_opens_nothing_and_stays_good_for_its_owner(live: LiveServer) -> None:
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    stranger = RequestValidator("e" * 32).compute_signature("wss://voice.example.com" + path, {})
    for signature in ("", stranger):
        assert await refusal(live, path, signature) == 403
    async with live.stream(path, call_id) as stream:
        await stream.send("still there")
        assert await stream.recv() == "still there"


@pytest.mark.parametrize("path", ["/media/twilio/unknown", "/media/twilio/a/b", "/media/twilio/", "/media/other/x"])
async def test_a_stream_without_a_token_of_ours_is_refused(live: LiveServer, path: str) -> None:
    assert await refusal(live, path) in {403, 404}


async def test_a_token_works_once(live: LiveServer) -> None:
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id):
        assert await refusal(live, path) == 403
        # The webhook, asked again, gives the used token again: no second stream for this call.
        assert media_path((await live.ring(call_id)).text) == path
    await live.call_when_over(call_id)
    assert await refusal(live, path) == 403


async def test_a_token_expires_and_frees_its_line(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_calls=1), Timings(token_s=0.01)) as live:
        call_id = new_call_id()
        path = await live.stream_path(call_id)
        row = await live.call_when_over(call_id)
        assert row["disposition"] == "failed_system"
        assert await refusal(live, path) == 403
        assert "<Connect" in (await live.ring(new_call_id())).text


MALFORMED = [
    pytest.param({"Sec-WebSocket-Key": "short"}, id="key"),
    pytest.param({"Sec-WebSocket-Key": None}, id="no key"),
    pytest.param({"Sec-WebSocket-Version": "8"}, id="version"),
    pytest.param({"Sec-WebSocket-Version": None}, id="no version"),
]


@pytest.mark.parametrize("changes", MALFORMED)
async def test_a_malformed_upgrade_is_answered_and_uses_no_token(
    live: LiveServer, changes: dict[str, str | None]
) -> None:
    path = await live.stream_path(new_call_id())
    headers: dict[str, str | None] = {
        "Host": "voice.example.com",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature("wss://voice.example.com" + path, {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers | changes).items() if value is not None)
    answer = await live.raw(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 426"))
    async with live.upgrade(path) as stream:
        assert stream.response.status_code == 101


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
        pytest.param(b"GET\r\n\r\n", id="half a line"),
        pytest.param(b"POST /media/twilio/x HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", id="POST"),
    ],
)
async def test_bytes_that_are_no_upgrade_harm_nobody(live: LiveServer, request_bytes: bytes) -> None:
    assert (await live.raw(request_bytes)).startswith(b"HTTP/1.1 4")
    assert (await live.client.get("/healthz")).status_code == 200


async def test_a_request_head_too_long_is_refused(live: LiveServer) -> None:
    path = await live.stream_path(new_call_id())
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(
            f"ws://127.0.0.1:{live.port}{path}", additional_headers={"X-Padding": "x" * 20_000}
        ):
            pass
    assert refused.value.response.status_code == 431


STARTS = [
    pytest.param(
        {"mediaFormat": {"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1}},
        "media_format_unknown",
        id="encoding",
    ),
    pytest.param(
        {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1}},
        "media_format_unknown",
        id="rate",
    ),
    pytest.param({"mediaFormat": None}, "media_format_unknown", id="no format"),
]


@pytest.mark.parametrize(("start", "reason"), STARTS)
async def test_a_stream_that_does_not_fit_its_call_is_closed(
    live: LiveServer, start: dict[str, object], reason: str
) -> None:
    call_id = new_call_id()
    async with live.upgrade(await live.stream_path(call_id)) as stream:
        for message in first_messages(call_id, **start):
            await stream.send(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await stream.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    row = await live.call_when_over(call_id)
    assert (row["disposition"], row["summary"]) == ("failed_system", reason)


@pytest.mark.parametrize("message", ["null", "[]", "{", '{"event": "media"}', b"\x00\x01"])
async def test_a_stream_that_begins_with_something_else_is_closed(live: LiveServer, message: str | bytes) -> None:
    call_id = new_call_id()
    async with live.upgrade(await live.stream_path(call_id)) as stream:
        await stream.send(message)
        await stream.send(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await stream.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


async def test_a_frame_of_absurd_length_ends_the_stream(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        await stream.send("x" * 262_144)
        assert len(await stream.recv()) == 262_144
        await stream.send("x" * 262_145)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await stream.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_process_that_cannot_start_is_a_503_and_a_failed_call(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path), Timings(start_s=0.01, attach_s=5)) as live:
        call_id = new_call_id()
        assert await refusal(live, await live.stream_path(call_id)) == 503
        assert (await live.call_when_over(call_id))["disposition"] == "failed_system"
        assert "<Say" in (await live.webhook("/twilio/stream-ended/x", ring_form(call_id))).text


async def test_without_room_for_descriptors_a_stream_is_refused_and_the_next_one_served(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, spare_processes=1)) as live:
        while not live.house.supervisor.stats()["idle"]:
            await asyncio.sleep(0.01)
        call_id, later = new_call_id(), new_call_id()
        path, later_path = await live.stream_path(call_id), await live.stream_path(later)
        with few_descriptors(2):  # the caller's end and the server's take two
            assert await refusal(live, path) == 503
        assert (await live.call_when_over(call_id))["disposition"] == "failed_system"
        async with live.stream(later_path, later) as stream:
            await stream.send("served")
            assert await stream.recv() == "served"


@contextlib.contextmanager
def few_descriptors(left: int) -> Iterator[None]:
    """This process, which is the server, can open only so many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(int(entry.name) for entry in Path("/proc/self/fd").iterdir()) + 40, hard)
    )
    taken = []
    with contextlib.suppress(OSError):
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    for fd in taken[:left]:
        os.close(fd)
    try:
        yield
    finally:
        for fd in taken[left:]:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_stream_that_closes_during_the_hand_over_leaves_nothing(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path)) as live:
        call_id = new_call_id()
        path = await live.stream_path(call_id)
        signature = RequestValidator(AUTH_TOKEN).compute_signature("wss://voice.example.com" + path, {})
        head = (
            f"GET {path} HTTP/1.1\r\nHost: voice.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"X-Twilio-Signature: {signature}\r\n\r\n"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", live.port)
        writer.write(head.encode())
        await writer.drain()
        writer.close()
        assert (await live.call_when_over(call_id))["disposition"] == "failed_system"
        await live.idle()


async def test_a_call_can_be_held_in_the_servers_own_process_for_a_debugger(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, call_processes="inline")) as live:
        call_id = new_call_id()
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            await stream.send("pid")
            assert int(await stream.recv()) == os.getpid()
            await stream.send("resolve")
            with pytest.raises(websockets.ConnectionClosedOK):
                await stream.recv()
        assert (await live.call_when_over(call_id))["disposition"] == "resolved"


async def test_three_streams_at_the_same_time_get_three_processes(live: LiveServer) -> None:
    async def hold(call_id: str) -> str:
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            await stream.send("pid")
            pid = str(await stream.recv())
            await together.wait()
            return pid

    together = asyncio.Barrier(3)
    pids = await asyncio.gather(*(hold(new_call_id()) for _ in range(3)))
    assert len(set(pids)) == 3
    assert str(os.getpid()) not in pids


def test_uvicorn_still_has_the_method_that_is_overridden() -> None:
    assert callable(HttpToolsProtocol.handle_websocket_upgrade)


def test_the_head_is_what_a_websocket_server_accepts() -> None:
    headers = [
        (b"host", b"voice.example.com"),
        (b"connection", b"Upgrade"),
        (b"upgrade", b"websocket"),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        (b"sec-websocket-extensions", b"permessage-deflate"),
    ]
    head = request_head("GET", b"/media/twilio/token", headers)
    assert handshake_error(head) is None
    assert b"permessage-deflate" not in head
