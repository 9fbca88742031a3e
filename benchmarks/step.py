"""So many calls at the same time against one fresh server: what callers heard, and what it cost."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from benchmarks import processes
from benchmarks.caller import Call, Caller, Plan, start_calls
from benchmarks.clips import Clip
from benchmarks.figures import Decision, Spread, Summary, TurnFigures, figure_turns, spread, summarise
from benchmarks.line import lateness
from benchmarks.system import Cores, Name, Running, run_system
from benchmarks.telephone import new_account
from benchmarks.vendors import run_vendors

SPREAD_S = 4.0
SETTLE_S = 6.0
"""From the last call's beginning until what the server uses is measured: processes are made meanwhile."""
PROGRESS_S = 15.0
READ_EVERY_S = 3.0
MOST_LATENESS_MS = 10.0
MOST_OTHERS = 0.2


def tell(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Cost:
    """What a server used while all calls were going on."""

    window_s: float = 0.0
    cpu_per_call: float = 0.0
    """Cores: 0.1 is a tenth of one."""
    cpu: float = 0.0
    uss_mb: float = 0.0
    pss_mb: float = 0.0
    call_uss_mb: float | None = None
    """The median of the processes that hold the calls; None where one process holds all."""
    processes: int = 0
    threads: int = 0
    others_per_core: float = 0.0
    """What everything else on the machine used, the rig apart."""


@dataclass(frozen=True)
class Step:
    """A step of the load, or a side of a comparison."""

    system: Name
    calls: int
    summary: Summary
    cost: Cost
    send_lateness: Spread
    unknown: Sequence[str] = ()
    turns: Sequence[TurnFigures] = field(default=(), repr=False)
    played: Sequence[Call] = field(default=(), repr=False)

    @property
    def void(self) -> str:
        """Why the step proves nothing; empty if it does."""
        return void_reason(self.send_lateness.p99, self.cost.others_per_core)

    def as_json(self) -> dict[str, Any]:
        """In JSON's types, without turns and tapes."""
        return {
            "system": self.system,
            "calls": self.calls,
            "void": self.void,
            "summary": self.summary.as_json(),
            "cost": asdict(self.cost),
            "send_lateness": asdict(self.send_lateness),
            "unknown": list(self.unknown),
        }


def void_reason(lateness_p99_ms: float, others_per_core: float) -> str:
    """Why figures taken like this prove nothing: the rig itself was late, or the machine had other work."""
    if lateness_p99_ms > MOST_LATENESS_MS:
        return f"callers' frames left {lateness_p99_ms:.0f} ms late at p99, at most {MOST_LATENESS_MS:.0f} allowed"
    if others_per_core > MOST_OTHERS:
        return f"other work used {others_per_core:.2f} of each core, at most {MOST_OTHERS} allowed"
    return ""


async def run_step(
    name: Name, calls: int, plan: Plan, seed: int, clips: Sequence[Clip], decision: Decision, cores: Cores
) -> Step:
    """Plays the calls and measures.

    Raises:
        NotReadyError: the server did not come up.
    """
    account = new_account()
    with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
        async with (
            run_vendors() as vendors,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
            run_system(name, account, vendors, Path(folder), cores, calls=calls) as server,
        ):
            tell(f"{name}: {calls} calls of {plan.turns} turns")
            caller = Caller(account, session, server.url, clips, vendors.book)
            tasks = start_calls(caller, calls, plan, seed, spread_s=SPREAD_S)
            watching = asyncio.create_task(_watch(server, calls, tasks))
            telling = asyncio.create_task(_tell_progress(caller, calls * plan.turns))
            played = list(await asyncio.gather(*tasks))
            cost = await watching
            telling.cancel()
            unknown = list(vendors.book.unknown)
    turns = [figures for call in played for figures in figure_turns(call, decision)]
    late = spread(float(value) for value in lateness([call.tape for call in played]))
    return Step(name, calls, summarise(played, turns), cost, late, unknown, turns, played)


async def _tell_progress(caller: Caller, turns: int) -> None:
    while True:
        await asyncio.sleep(PROGRESS_S)
        tell(f"  {caller.spoken} of {turns} turns")


async def _watch(server: Running, calls: int, tasks: Sequence[asyncio.Task[Call]]) -> Cost:
    """What the server uses from when all calls are going on until the first one ends."""
    done, _ = await asyncio.wait(tasks, timeout=SPREAD_S + SETTLE_S, return_when=asyncio.FIRST_COMPLETED)
    if done:
        return Cost()
    before = after = await _read(server.pid)
    used = 0.0
    while True:
        done, _ = await asyncio.wait(tasks, timeout=READ_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
        if done:
            break
        last, after = after, await _read(server.pid)
        used += processes.used_s(last.usages, after.usages)
    if after is before:
        return Cost()
    window_s = after.at - before.at
    rest = (after.busy_s - before.busy_s) - used - (after.own_s - before.own_s)
    earlier = {usage.pid: usage.cpu_s for usage in before.usages}
    children = [usage for usage in after.usages if usage.pid != server.pid and usage.pid in earlier]
    busiest = sorted(children, key=lambda usage: earlier[usage.pid] - usage.cpu_s)[:calls]
    return Cost(
        window_s=window_s,
        cpu_per_call=used / window_s / calls,
        cpu=used / window_s,
        uss_mb=sum(usage.uss_kb for usage in after.usages) / 1024,
        pss_mb=sum(usage.pss_kb for usage in after.usages) / 1024,
        call_uss_mb=float(np.median([usage.uss_kb for usage in busiest])) / 1024 if busiest else None,
        processes=len(after.usages),
        threads=sum(usage.threads for usage in after.usages),
        others_per_core=max(0.0, rest) / window_s / (os.cpu_count() or 1),
    )


@dataclass(frozen=True)
class _Reading:
    at: float
    usages: list[processes.Usage]
    busy_s: float
    own_s: float


async def _read(pid: int) -> _Reading:
    # In a thread: reading the memory of many processes takes longer than a frame.
    usages = await asyncio.to_thread(processes.usages, pid)
    own = os.times()
    return _Reading(time.monotonic(), usages, processes.busy_s(), own.user + own.system)
