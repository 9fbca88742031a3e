"""How soon a caller is greeted, by a process that waited for them and by one that has to be made first."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.caller import Call, Caller, Plan
from benchmarks.clips import Clip
from benchmarks.figures import greeting_ms, spread
from benchmarks.step import tell
from benchmarks.system import Cores, Name, run_system, wait_until_idle
from benchmarks.telephone import new_account
from benchmarks.vendors import run_vendors

CALLS = 6


async def measure_greetings(name: Name, clips: Sequence[Clip], cores: Cores) -> dict[str, Any]:
    """Single calls, one after another, in ms.

    Returns:
        By kind: from the webhook to the open stream (`ring`), and from the stream's `start` to the first voiced sample
        (`greeting`). The first call of each server is listed apart, as it finds nothing in any cache.
    """
    found = {}
    for kind, spare in (("warm", 1), ("cold", 0)) if name == "ours" else (("running", 0),):
        tell(f"{name}: {CALLS} greetings, {kind}")
        account = new_account()
        with tempfile.TemporaryDirectory(prefix="voice-agent-") as folder:
            async with (
                run_vendors() as vendors,
                aiohttp.ClientSession() as session,
                run_system(name, account, vendors, Path(folder), cores, calls=2, spare=spare) as server,
            ):
                caller = Caller(account, session, server.url, clips, vendors.book)
                calls = []
                for number in range(CALLS):
                    await wait_until_idle(server, spare)
                    calls.append(await caller.play(number, number, Plan(turns=0), seed=0))
        found[kind] = {"first_call": _figures(calls[:1]), "further": _figures(calls[1:])}
    return found


def _figures(calls: Sequence[Call]) -> dict[str, Any]:
    greeted = spread(greeting_ms(call) for call in calls)
    rung = spread(call.tape.ring_s * 1000 for call in calls if not call.problem)
    return {
        "n": greeted.n,
        "greeting_p50": round(greeted.p50),
        "greeting_most": round(greeted.most),
        "ring_p50": round(rung.p50),
        "ring_most": round(rung.most),
        "failed": [call.problem for call in calls if call.problem],
    }
