"""Kills the process that holds a rehearsed call, as often as the faults say."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.callers.faults import Faults, KillFault
from bot.callers.running_server import RunningServer
from emulators.twilio import CallerLine, Carrier
from emulators.voximplant import Platform

LOOK_S = 0.02


def kill_times(faults: Faults) -> list[float]:
    """When the bot is to be killed, in seconds from the call's start, in order."""
    return sorted(fault.kill_bot_at_s for fault in faults.faults if isinstance(fault, KillFault))


@asynccontextmanager
async def killing(
    server: RunningServer, call_id: str, line: CallerLine, at_s: Sequence[float], tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """Kills the call's process at these moments while the block runs.

    Args:
        server: On this machine.
        call_id: The carrier's.
        line: Whose clock counts.
        at_s: From `kill_times`.
        tell: Told what was done.
    """
    task = asyncio.create_task(_kill_all(server, call_id, line, at_s, tell), name="killer")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _kill_all(
    server: RunningServer, call_id: str, line: CallerLine, at_s: Iterable[float], tell: Callable[[str], None]
) -> None:
    headers = {"Authorization": f"Bearer {server.api_key}"}
    killed: set[int] = set()
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=5.0) as client:
        for moment in at_s:
            await line.until(moment)
            while (pid := await _process(client, call_id)) in killed or pid is None:
                await asyncio.sleep(LOOK_S)
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
            tell(f"killed the bot at {line.now_s:.1f} s")


@dataclass(frozen=True)
class NodeLoss:
    """A server that dies with all its processes, as a machine that loses its power."""

    at_s: float
    """Seconds from the call's start."""
    successor: str
    """Address of the server that webhooks and streams reach from then on."""


@asynccontextmanager
async def losing(
    server: RunningServer, carrier: Carrier | Platform, line: CallerLine, loss: NodeLoss | None
) -> AsyncIterator[None]:
    """Kills a server that was started here while the block runs, if it is to be lost."""

    async def lose(loss: NodeLoss) -> None:
        await line.until(loss.at_s)
        carrier.connect_to = loss.successor
        for pid in sorted(_family(server.pid or 0), reverse=True):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    task = asyncio.create_task(lose(loss), name="node loss") if loss else None
    try:
        yield
    finally:
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _family(pid: int) -> set[int]:
    found = {pid}
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # a thread or process that has ended meanwhile
            for child in (task / "children").read_text().split():
                found |= _family(int(child))
    return found


async def _process(client: httpx.AsyncClient, call_id: str) -> int | None:
    answer = await client.get(f"/api/calls/{call_id}")
    process = answer.json().get("process") if answer.status_code == httpx.codes.OK else None
    return process["pid"] if process else None
