"""Whether the server keeps anything of the calls it has held.

`python -m benchmarks.soak` plays short calls one after another and counts what is left after each hundred: processes,
descriptors, threads and temporary files, and the memory of the processes that outlive calls. A run that was broken off
goes on where it stood, with a new server. A call takes about eight seconds, the default of 1,000 more than two hours;
`--lanes 3` plays three rows of calls side by side, each call after the one before it in its row.
Figures go to benchmarks/results/soak.json.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import uvloop

from benchmarks import processes, results_files
from benchmarks.caller import Caller, Delays, Plan
from benchmarks.clips import Clip, load_clips
from benchmarks.step import tell
from benchmarks.system import Cores, Running, run_system, wait_until_idle
from benchmarks.telephone import new_account
from benchmarks.vendors import run_vendors

NAME = "soak"
EVERY = 100
REST_S = 3.0
"""Between the last call's end and a count: a process that is replaced needs as long."""
MOST_GROWTH_MB = 1.0
"""Of the memory that outlives calls, over a hundred of them."""
QUICK = Delays((100.0, 100.0), (100.0, 100.0), (50.0, 50.0))


@dataclass(frozen=True)
class Count:
    """What the server holds while no call is going on."""

    calls: int
    failed: int
    processes: int
    fds: int
    threads: int
    temporary_files: int
    lasting_pss_mb: float
    """Of the processes that outlive calls."""
    server: int = 0
    """Which server of a run that was broken off."""
    lasting_uss_mb: float = 0.0
    """Their own alone: PSS also moves when somebody else who uses the same files comes or goes."""


def leaks(counts: Sequence[Count]) -> list[str]:
    """What grew in each server between the first count after calls and the last; empty if nothing did."""
    found = []
    for server in sorted({count.server for count in counts}):
        own = [count for count in counts if count.server == server]
        first, last = own[min(1, len(own) - 1)], own[-1]  # the first calls open what stays open
        found += [
            f"{name}: {getattr(first, name)} after {first.calls} calls, {getattr(last, name)} after {last.calls}"
            for name in ("processes", "fds", "threads", "temporary_files")
            if getattr(last, name) > getattr(first, name)
        ]
        growth = growth_mb(own)
        if growth > MOST_GROWTH_MB:
            found.append(f"lasting memory grew by {growth:.2f} MB in 100 calls")
    if counts and counts[-1].failed:
        found.append(f"{counts[-1].failed} calls failed")
    return found


def growth_mb(counts: Sequence[Count]) -> float:
    """The slope of the lasting memory, in MB for a hundred calls; 0 for fewer than three counts."""
    if len(counts) < 3:
        return 0.0
    # The first calls fill caches: they are no leak.
    calls, memory = zip(*((count.calls, count.lasting_uss_mb) for count in counts[1:]), strict=True)
    return float(np.polyfit(calls, memory, 1)[0]) * 100


async def soak(
    calls: int, every: int, lanes: int, clips: Sequence[Clip], cores: Cores, counts: list[Count], save: Any
) -> None:
    """Plays calls until so many were played, the ones in `counts` included; calls `save` after each count."""
    played = counts[-1].calls if counts else 0
    failed = counts[-1].failed if counts else 0
    number = counts[-1].server + 1 if counts else 0
    account = new_account()
    with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
        scratch = Path(folder) / "tmp"
        scratch.mkdir()
        async with (
            run_vendors() as vendors,
            aiohttp.ClientSession() as session,
            run_system(
                "ours",
                account,
                vendors,
                Path(folder),
                cores,
                calls=2 * lanes,
                spare=lanes,
                settings={"TMPDIR": str(scratch)},
            ) as server,
        ):
            caller = Caller(account, session, server.url, clips, vendors.book)
            lasting = await _lasting(server, lanes)
            while True:
                if played % every == 0 or played == calls:
                    counts.append(await _count(server, lanes, scratch, played, failed, lasting, number))
                    save()
                    tell(f"{counts[-1]}")
                if played >= calls:
                    return
                numbers = iter(range(played, min(calls, played - played % every + every)))

                async def play_row(numbers: Iterator[int]) -> list[tuple[int, str]]:
                    problems = []
                    for number in numbers:
                        call = await caller.play(number, number % 60, Plan(turns=1, delays=QUICK), seed=number)
                        if call.problem:
                            problems.append((number, call.problem))
                        await wait_until_idle(server, lanes)
                    return problems

                await wait_until_idle(server, lanes)
                for number, problem in chain(*await asyncio.gather(*(play_row(numbers) for _ in range(lanes)))):
                    tell(f"call {number}: {problem}")
                    failed += 1
                played = min(calls, played - played % every + every)


async def _lasting(server: Running, spare: int) -> set[int]:
    """The processes that are there before and after a call: all but the ones that wait for one."""
    await wait_until_idle(server, spare)
    return {server.pid, *(pid for pid in processes.tree(server.pid) if _has_children(pid))}


def _has_children(pid: int) -> bool:
    return len(processes.tree(pid)) > 1


async def _count(
    server: Running, spare: int, scratch: Path, calls: int, failed: int, lasting: set[int], number: int
) -> Count:
    await wait_until_idle(server, spare)
    await asyncio.sleep(REST_S)
    usages = await asyncio.to_thread(processes.usages, server.pid)
    return Count(
        calls=calls,
        failed=failed,
        processes=len(usages),
        fds=sum(usage.fds for usage in usages if usage.pid in lasting),
        threads=sum(usage.threads for usage in usages if usage.pid in lasting),
        temporary_files=await asyncio.to_thread(_files_in, scratch),
        lasting_pss_mb=round(sum(usage.pss_kb for usage in usages if usage.pid in lasting) / 1024, 2),
        server=number,
        lasting_uss_mb=round(sum(usage.uss_kb for usage in usages if usage.pid in lasting) / 1024, 2),
    )


def _files_in(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*"))


def table(counts: Sequence[Mapping[str, Any]]) -> str:
    """The counts as Markdown, from their JSON."""
    names = ("calls", "failed", "processes", "fds", "threads", "temporary_files", "lasting_uss_mb", "lasting_pss_mb")
    lines = [f"| {' | '.join(name.replace('_', ' ') for name in names)} |", "|---" * len(names) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(str(count.get(name, '–')) for name in names)} |" for count in counts)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays the calls; exit status 1 if something was left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000, help="in all, those of a run that was broken off included")
    parser.add_argument("--every", type=int, default=EVERY, help="calls between two counts")
    parser.add_argument("--lanes", type=int, default=1, help="calls side by side")
    parser.add_argument("--afresh", action="store_true", help="forget a run that was broken off")
    options = parser.parse_args(arguments)
    stored = None if options.afresh else results_files.load_result(NAME)
    counts = [Count(**count) for count in (stored or {}).get("counts", [])]
    if counts and counts[-1].calls >= options.calls:
        counts = []
    cores = Cores.of_machine()
    clips = load_clips(results_files.CLIPS)
    cores.pin_rig()
    before = results_files.machine()

    def save() -> None:
        body = {"machine": before, "options": vars(options), "counts": [asdict(count) for count in counts]}
        body |= {"growth_mb_per_100": growth_mb([c for c in counts if c.server == counts[-1].server])}
        results_files.save_result(NAME, body | {"leaks": leaks(counts)})

    uvloop.run(soak(options.calls, options.every, options.lanes, clips, cores, counts, save))
    print(table([asdict(count) for count in counts]))
    left = leaks(counts)
    print("\n".join(left) or "\nNothing was left.")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
