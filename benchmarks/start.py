"""How soon a server is there, and how soon each of its calls.

`python -m benchmarks.start` starts the server five times and waits until it says that it is ready; the last one is rung
forty times, one call after another. Figures go to benchmarks/results/start.json.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import results_files
from benchmarks.caller import Call, Caller, Plan
from benchmarks.clips import Clip, load_clips
from benchmarks.figures import greeting_ms, spread
from benchmarks.step import tell
from benchmarks.system import API_KEY, Cores, run_system, wait_until_idle
from benchmarks.telephone import new_account
from benchmarks.vendors import run_vendors

NAME = "start"
SHOWN_S = 0.3
KEY = {"Authorization": f"Bearer {API_KEY}"}
READY = "voice_call_start_seconds"


async def measure(starts: int, calls: int, clips: Sequence[Clip], cores: Cores) -> dict[str, Any]:
    """Starts servers one after another and rings the last one."""
    account = new_account()
    cold_s: list[float] = []
    played: list[Call] = []
    async with run_vendors() as vendors, aiohttp.ClientSession() as session:
        for number in range(starts):
            async with AsyncExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voice-agent-")))
                began = time.monotonic()
                server = await stack.enter_async_context(run_system("ours", account, vendors, folder, cores))
                cold_s.append(time.monotonic() - began)
                tell(f"ready after {cold_s[-1]:.1f} s")
                if number < starts - 1:
                    continue
                caller = Caller(account, session, server.url, clips, vendors.book)
                for index in range(calls):
                    await wait_until_idle(server, 1)
                    played.append(await caller.play(index, index % 60, Plan(turns=0), seed=0))
                async with httpx.AsyncClient() as client:
                    metrics = (await client.get(f"{server.url}/metrics", headers=KEY)).text
    return {
        "cold_s": asdict(spread(cold_s)),
        "open_ms": asdict(spread(call.tape.ring_s * 1000 for call in played if not call.problem)),
        "greeting_ms": asdict(spread(greeting_ms(call) for call in played)),
        "ready_within_s": ready_within(metrics),
        "failed": [call.problem for call in played if call.problem],
    }


def ready_within(metrics: str) -> dict[str, int]:
    """How many calls had a running pipeline within so many seconds of their connection, by the server's own clock."""
    samples = [s for family in text_string_to_metric_families(metrics) for s in family.samples]
    return {s.labels["le"]: int(s.value) for s in samples if s.name == f"{READY}_bucket"}


def table(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    rows = [
        ("the server, from nothing to `/readyz` 200, s", result["cold_s"], 1),
        ("a warm call, from the webhook to the open stream, ms", result["open_ms"], 0),
        ("a warm call, from the stream's `start` to the first sound, ms", result["greeting_ms"], 0),
    ]
    lines = ["| | n | p50 | p95 | longest |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {r['n']} | {r['p50']:.{d}f} | {r['p95']:.{d}f} | {r['most']:.{d}f} |" for name, r, d in rows]
    within, calls = result["ready_within_s"], result["open_ms"]["n"]
    found = ", ".join(f"{n} within {float(le) * 1000:.0f} ms" for le, n in within.items() if float(le) <= SHOWN_S)
    text = f"From the connection at the call's process to its running pipeline, of {calls} calls: {found}."
    return "\n".join([*lines, "", text])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints the table; exit status 1 if a call failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--calls", type=int, default=40)
    options = parser.parse_args(arguments)
    cores = Cores.of_machine()
    before = results_files.machine()
    clips = load_clips(results_files.CLIPS)
    cores.pin_rig()
    result = uvloop.run(measure(options.starts, options.calls, clips, cores))
    results_files.save_result(NAME, {"machine": before, "options": vars(options), **result})
    print(table(result))
    return int(bool(result["failed"]))


if __name__ == "__main__":
    sys.exit(main())
