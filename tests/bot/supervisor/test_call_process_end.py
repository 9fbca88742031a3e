"""How calls and their processes end: well, badly, and with the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import websockets
from fakes.live_server import (
    TESTS,
    LiveServer,
    call_processes,
    children,
    descriptors,
    first_messages,
    live_server,
    media_path,
    new_call_id,
    ring_form,
    server_settings,
)

from bot.supervisor import CallProcess, Timings
from storage.journal import Journal

pytestmark = pytest.mark.component


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(server_settings(tmp_path, transfer_number="+380440000009")) as running:
        yield running


async def until_closed(stream: websockets.ClientConnection) -> None:
    async with asyncio.timeout(30):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for _ in stream:
                pass


async def is_gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while is_alive(pid):
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_caller_who_hangs_up_leaves_no_process(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        await stream.send("pid")
        pid = int(await stream.recv())
    await is_gone(pid)
    assert (await live.call_when_over(call_id))["disposition"] == "abandoned"


async def test_a_line_that_drops_without_a_goodbye_ends_the_call(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        stream.transport.abort()
    assert (await live.call_when_over(call_id))["disposition"] == "abandoned"


async def test_a_finished_call_gives_its_line_to_the_next(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_calls=1)) as live:
        for _ in range(3):
            call_id = new_call_id()
            async with live.stream(await live.stream_path(call_id), call_id) as stream:
                assert "<Say" in (await live.ring(new_call_id())).text
                await stream.send("resolve")
                await until_closed(stream)
            await live.call_when_over(call_id)
            await live.idle()


class Late(asyncio.Event):
    """The end of a process that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.is_due = asyncio.Event()

    async def wait(self) -> Literal[True]:
        await self.is_due.wait()
        return await super().wait()


async def test_a_call_whose_line_broke_goes_on_before_its_process_has_ended(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, max_calls=1)) as live:
        call_id, supervisor = new_call_id(), live.house.supervisor
        path, gone = await live.stream_path(call_id), Late()
        journal = Journal(live.house.database, call_id)
        journal.post("call_started", {"language": "uk"})
        journal.post("call_ended", {"ended_by": "caller", "disposition": "abandoned"})
        await journal.close()
        async with live.stream(path, call_id) as stream:
            process = supervisor.running(call_id)
            assert process
            process.gone = gone
            stream.transport.abort()
        token, form = path.rpartition("/")[2], ring_form(call_id, CallStatus="in-progress")
        again = media_path((await live.webhook(f"/twilio/stream-ended/{token}", form)).text)
        async with live.upgrade(again) as stream:
            for message in first_messages(call_id):
                await stream.send(message)
            assert await stream.recv() == "taken over"
            gone.is_due.set()
            async with asyncio.timeout(10):
                while supervisor.stats()["active"] > 1:
                    await asyncio.sleep(0)
            second = supervisor.running(call_id)
            assert second
            assert second is not process
            assert call_id in supervisor.held()
            await stream.send("resolve")
            await until_closed(stream)
        await live.idle()


@pytest.mark.parametrize("way", ["fork", "spawn"])
async def test_a_spare_process_is_replaced_when_it_is_taken_or_dies(tmp_path: Path, way: str) -> None:
    async def spare(*known: int) -> int:
        async with asyncio.timeout(30):
            while not live.house.supervisor.stats()["idle"] or not (found := call_processes() - set(known)):
                await asyncio.sleep(0.01)
        (pid,) = found
        return pid

    settings = server_settings(tmp_path, spare_processes=1, call_processes=way)
    async with live_server(settings, Timings(refill_s=0)) as live:
        first = await spare()
        os.kill(first, signal.SIGKILL)
        await is_gone(first)
        second = await spare(first)
        call_id = new_call_id()
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            await stream.send("pid")
            assert int(await stream.recv()) == second
        await is_gone(second)
        assert await spare(first, second) > 0
        assert (await live.client.get("/readyz")).status_code == 200


async def test_nothing_is_left_after_the_server_has_stopped(tmp_path: Path) -> None:
    before, open_before = children(), descriptors()
    async with live_server(server_settings(tmp_path, spare_processes=2, drain_limit_s=0)) as live:
        call_id, waiting = new_call_id(), new_call_id()
        await live.ring(waiting)
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            live.running.ask_to_stop()
            await until_closed(stream)
    assert children() == before
    assert descriptors() <= open_before


async def test_a_stopping_server_turns_callers_away_and_lets_live_calls_finish(live: LiveServer) -> None:
    call_id, announced = new_call_id(), new_call_id()
    waiting = await live.stream_path(announced)
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        live.running.ask_to_stop()
        assert (await live.client.get("/readyz")).json()["waiting_for"] == {"server": "stopping"}
        assert "+380440000009</Dial>" in (await live.ring(new_call_id())).text
        async with live.stream(waiting, announced) as late:
            await late.send("resolve")
            await until_closed(late)
        await stream.send("still talking")
        assert await stream.recv() == "still talking"
        await stream.send("resolve")
        await until_closed(stream)
    async with asyncio.timeout(10):
        while not live.running.should_exit:
            await asyncio.sleep(0.01)


async def test_a_server_that_can_wait_no_longer_has_its_calls_say_goodbye(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, drain_limit_s=0)) as live:
        call_id = new_call_id()
        async with live.stream(await live.stream_path(call_id), call_id) as stream:
            live.running.ask_to_stop()
            assert await stream.recv() == "goodbye"
            await until_closed(stream)
        row = await live.call_when_over(call_id)
        assert row["disposition"] == "failed_system"


async def test_asked_twice_the_server_stops_at_once(live: LiveServer) -> None:
    call_id = new_call_id()
    async with live.stream(await live.stream_path(call_id), call_id) as stream:
        live.running.ask_to_stop()
        live.running.ask_to_stop()
        await until_closed(stream)
    assert live.running.should_exit


async def test_a_process_without_a_server_ends_unless_it_holds_a_call(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from fakes.live_server import live_server, new_call_id, server_settings

async def main():
    async with live_server(server_settings(Path(sys.argv[1]), spare_processes=1)) as live:
        while not live.house.supervisor.stats()["idle"]:
            await asyncio.sleep(0.01)
        call_id = new_call_id()
        print(live.port, call_id, await live.stream_path(call_id), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
    )
    assert server.stdout is not None
    port, call_id, path = (await asyncio.wait_for(server.stdout.readline(), 60)).decode().split()
    far = LiveServer.__new__(LiveServer)
    far.port = int(port)
    async with far.stream(path, call_id) as stream:
        await stream.send("pid")
        pid = int(await stream.recv())
        spare = await another_process(server.pid, pid)
        server.kill()
        await server.wait()
        await is_gone(spare)
        await stream.send("still here")
        assert await stream.recv() == "still here"
    await is_gone(pid)


async def another_process(parent: int, known: int) -> int:
    """The second call process of a server, once it is there."""
    async with asyncio.timeout(30):
        while True:
            others = call_processes(parent) - {known}
            if others:
                return others.pop()
            await asyncio.sleep(0.01)


async def test_call_processes_ignore_the_signals_meant_for_the_server(live: LiveServer) -> None:
    call_id = new_call_id()
    path = media_path((await live.ring(call_id)).text)
    async with live.stream(path, call_id) as stream:
        process = live.house.supervisor.running(call_id)
        assert isinstance(process, CallProcess)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(process.pid, number)
        await stream.send("unmoved")
        assert await stream.recv() == "unmoved"
        assert os.getpgid(process.pid) != os.getpgid(0)
