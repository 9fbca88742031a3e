"""A call whose process dies goes on in another: same connection, the next whole frame, an honest end if it cannot."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets
from fakes.live_server import LiveServer, children, live_server, new_call_id, ring_form, server_settings
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from bot.supervisor import Timings
from bot.supervisor.held_stream import HeldStream
from bot.supervisor.take_over import WholeFrames

pytestmark = pytest.mark.component

HUMAN = "+380440000009"
MARK = '{"event": "mark"}'


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(server_settings(tmp_path, spare_processes=1, transfer_number=HUMAN)) as running:
        yield running


async def next_process(stream: websockets.ClientConnection) -> int:
    """The process that has taken the call over, once it says so."""
    async with asyncio.timeout(30):
        while await stream.recv() != "taken over":
            pass
        for _ in range(2):  # the carrier's first messages, sent back
            await stream.recv()
        await stream.send(MARK)  # as all of a carrier's messages, known by its beginning
        assert await stream.recv() == MARK
        await stream.send("pid")
        return int(await stream.recv())


async def end_of(stream: websockets.ClientConnection) -> websockets.ConnectionClosed:
    async with asyncio.timeout(30):
        while True:
            try:
                await stream.recv()
            except websockets.ConnectionClosed as closed:
                return closed


async def aftermath(live: LiveServer, path: str, call_id: str) -> str:
    """What the carrier is told to do when the stream is over."""
    token = path.rpartition("/")[2]
    return (await live.webhook(f"/twilio/stream-ended/{token}", ring_form(call_id))).text


@pytest.mark.parametrize("word", ["die", "raise", "stand still"])
async def test_a_call_goes_on_when_its_process_breaks(tmp_path: Path, word: str) -> None:
    timings = Timings(ping_s=0.05, silence_s=1.0) if word == "stand still" else None
    async with live_server(server_settings(tmp_path), timings) as live:
        call_id, other = new_call_id(), new_call_id()
        async with (
            live.stream(await live.stream_path(other), other) as unharmed,
            live.stream(await live.stream_path(call_id), call_id) as stream,
        ):
            await stream.send("pid")
            first = int(await stream.recv())
            await stream.send(word)
            second = await next_process(stream)
            assert second != first
            await stream.send("request")
            assert json.loads(await stream.recv())["call_id"] == call_id
            await unharmed.send("still here")
            assert await unharmed.recv() == "still here"
            await stream.send("resolve")
            await end_of(stream)
        assert (await live.call_when_over(call_id))["disposition"] == "resolved"


async def test_a_verdict_told_to_a_process_that_is_stuck_reaches_the_next(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path), Timings(ping_s=0.05, silence_s=1.0)) as live:
        call_id = new_call_id()
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            await stream.send("stand still")
            form = ring_form(call_id, AnsweredBy="machine_start")
            assert (await live.webhook("/twilio/amd", form)).status_code == 204
            await next_process(stream)
            await stream.send("answered by")
            assert await stream.recv() == "machine"
            await stream.send("resolve")
            await end_of(stream)


async def test_what_the_caller_sends_meanwhile_reaches_the_next_process_in_order(live: LiveServer) -> None:
    call_id = new_call_id()
    sent = [json.dumps({"event": "media", "number": number}) for number in range(600)]
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        await stream.send("pid")
        pid = int(await stream.recv())
        for message in sent[:300]:
            await stream.send(message)
            assert await stream.recv() == message
        os.kill(pid, signal.SIGKILL)
        for message in sent[300:]:
            await stream.send(message)
        received: list[str] = []
        async with asyncio.timeout(30):
            while not received or received[-1] != sent[-1]:
                received.append(str(await stream.recv()))
    assert [message for message in received if '"number"' in message] == sent[300:]


async def test_a_crash_in_native_code_costs_the_other_calls_no_frame(live: LiveServer) -> None:
    crashing, *others = [new_call_id() for _ in range(3)]
    sent = [json.dumps({"event": "media", "number": number}) for number in range(300)]

    async def talk(call_id: str, crash_at: asyncio.Event) -> list[str]:
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            received = []
            for number, message in enumerate(sent):
                await stream.send(message)
                received.append(str(await stream.recv()))
                if number == 50:
                    crash_at.set()
            return received

    async with live.stream(await live.stream_path(crashing), crashing) as stream:
        await stream.send("pid")
        pid = int(await stream.recv())
        begun = [asyncio.Event() for _ in others]
        talking = [asyncio.create_task(talk(*pair)) for pair in zip(others, begun, strict=True)]
        for event in begun:
            await event.wait()
        os.kill(pid, signal.SIGSEGV)
        await next_process(stream)
        assert await asyncio.gather(*talking) == [sent, sent]
        await stream.send("resolve")
        await end_of(stream)
    assert (await live.call_when_over(crashing))["disposition"] == "resolved"


async def test_a_call_that_loses_one_process_after_the_other_ends_honestly(live: LiveServer) -> None:
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id) as stream:
        for _ in range(2):
            await stream.send("die")
            await next_process(stream)
        await stream.send("die")
        closed = await end_of(stream)
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1011
    twiml = await aftermath(live, path, call_id)
    assert f"{HUMAN}</Dial>" in twiml
    row = await live.call(call_id)
    assert (row["disposition"], row["summary"]) == ("failed_system", "killed by signal 9")


async def test_where_no_process_can_be_had_the_caller_gets_a_human(tmp_path: Path) -> None:
    settings = server_settings(tmp_path, transfer_number=HUMAN)
    async with live_server(settings, Timings(resume_s=0.001)) as live:
        call_id = new_call_id()
        path = await live.stream_path(call_id)
        async with live.stream(path, call_id) as stream:
            await stream.send("die")
            await end_of(stream)
        assert f"{HUMAN}</Dial>" in await aftermath(live, path, call_id)


async def test_a_caller_who_hung_up_meanwhile_is_not_waited_for(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        await stream.send("pid")
        pid = int(await stream.recv())
        stream.transport.abort()
        os.kill(pid, signal.SIGKILL)
    row = await live.call_when_over(call_id)
    assert row["disposition"] in {"abandoned", "failed_system"}
    await live.idle()


async def test_a_stream_that_is_full_is_closed_instead(live: LiveServer) -> None:
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    async with live.stream(path, call_id) as stream:
        await stream.send("pid")
        pid = int(await stream.recv())
        stream.transport.pause_reading()
        await stream.send("flood")
        await until(lambda: cpu_rests(pid))
        os.kill(pid, signal.SIGKILL)
        row = await live.call_when_over(call_id)
        assert (row["disposition"], row["summary"]) == ("failed_system", "killed by signal 9")
    assert f"{HUMAN}</Dial>" in await aftermath(live, path, call_id)


async def test_calls_go_on_when_the_template_dies_and_new_ones_get_another(live: LiveServer) -> None:
    call_id, later = new_call_id(), new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        (template,) = children()
        os.kill(template, signal.SIGKILL)
        await until(lambda: template not in children())
        await stream.send("still here")
        assert await stream.recv() == "still here"
        async with live.stream(await live.stream_path(later), later) as another:
            await another.send("die")
            await next_process(another)
            assert children() - {template}
        await stream.send("resolve")
        await end_of(stream)
    assert (await live.call_when_over(call_id))["disposition"] == "resolved"


async def until(is_so: object) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # type: ignore[operator]
            await asyncio.sleep(0.05)


_SEEN: dict[int, list[int]] = {}


def cpu_rests(pid: int) -> bool:
    """Whether a process has used no CPU in the last three looks: it waits."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seen = _SEEN.setdefault(pid, [])
    seen.append(int(fields[11]) + int(fields[12]))
    return len(seen) > 10 and len(set(seen[-3:])) == 1


# The first whole frame


def frame(opcode: Opcode, text: str) -> bytes:
    return Frame(opcode, text.encode()).serialize(mask=True)


MESSAGES = st.lists(
    st.builds(
        lambda size, n: json.dumps({"event": "media", "n": n, "payload": "A" * size}),
        st.integers(0, 400),
        st.integers(),
    ),
    min_size=2,
    max_size=5,
)


@given(messages=MESSAGES, lost=st.integers(0, 5000), pieces=st.lists(st.integers(1, 60), max_size=30))
def test_reading_begins_at_the_first_whole_frame(messages: list[str], lost: int, pieces: list[int]) -> None:
    frames = [frame(Opcode.TEXT, message) for message in messages]
    lost %= len(frames[0])
    stream = b"".join(frames)[lost:]
    expected = b"".join(frames if lost == 0 else frames[1:])
    finder, found = WholeFrames(), b""
    while stream and not found:
        size = pieces.pop() if pieces else len(stream)
        found = finder.find(stream[:size])
        stream = stream[size:]
    assert found + stream == expected


@pytest.mark.parametrize("opcode", [Opcode.CLOSE, Opcode.PING, Opcode.PONG])
def test_a_control_frame_may_come_first(opcode: Opcode) -> None:
    stream = frame(opcode, "") + frame(Opcode.TEXT, '{"event": "stop"}')
    assert WholeFrames().find(stream) == stream


# The server's own hold


async def test_a_hold_keeps_the_connection_open_and_can_end_it_in_order() -> None:
    ours, theirs = socket.socketpair()
    held = HeldStream(ours.fileno(), b"")
    ours.close()
    theirs.send(b"still there")
    assert held.is_intact
    ending = asyncio.create_task(held.hang_up())
    theirs.setblocking(False)
    assert await asyncio.get_running_loop().sock_recv(theirs, 100) == b"\x88\x02\x03\xf3"
    theirs.shutdown(socket.SHUT_WR)
    await ending
    assert theirs.recv(100) == b""


async def test_a_hold_on_a_lost_connection_is_not_intact() -> None:
    ours, theirs = socket.socketpair()
    held = HeldStream(ours.fileno(), b"")
    ours.close()
    theirs.close()
    assert not held.is_intact
    await held.hang_up()
    assert held.fd == -1
