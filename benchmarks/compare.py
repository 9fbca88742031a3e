"""This server beside a stock Pipecat bot: the same callers, vendors and cores, one after the other.

`python -m benchmarks.compare` plays 1, 4 and 8 calls at the same time against the server and against
benchmarks/starter_bot.py, which is shaped as Pipecat's own starter, and prints both with their ratio. About twelve
minutes. Figures and every single turn go to benchmarks/results/ (compare.json, compare.csv).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import uvloop

from benchmarks import results_files
from benchmarks.caller import Plan
from benchmarks.clips import load_clips
from benchmarks.decision import decision_of
from benchmarks.greetings import measure_greetings
from benchmarks.latency import delays_of, parser_of
from benchmarks.step import Step, run_step, tell
from benchmarks.system import Cores, Name

SYSTEMS: tuple[Name, ...] = ("ours", "starter")
CALLS = (1, 4, 8)


def figures(step: Mapping[str, Any]) -> dict[str, float | None]:
    """What is compared, from a step's JSON; None where there is nothing to compare."""
    summary, cost = step["summary"], step["cost"]
    return {
        "TTFAB p50, ms": _of(summary["ttfab"], "p50"),
        "TTFAB p95, ms": _of(summary["ttfab"], "p95"),
        "overhead p50, ms": _of(summary["overhead"], "p50"),
        "overhead p95, ms": _of(summary["overhead"], "p95"),
        "interruption heard on, p50, ms": _of(summary["stop"], "p50"),
        "interruption heard on, longest, ms": _of(summary["stop"], "most"),
        "speech lost to holes, %": summary["speech_lost"] * 100,
        "CPU per call, % of a core": cost["cpu_per_call"] * 100 or None,
        "memory of all, MB PSS": cost["pss_mb"] or None,
        "greeting p95, ms": _of(summary["greeting"], "p95"),
        "turns without a figure": float(sum(summary["discards"].values())),
        "calls failed": float(summary["failed"]),
    }


def _of(found: Mapping[str, Any], name: str) -> float | None:
    return float(found[name]) if found["n"] else None


def table(steps: Sequence[Mapping[str, Any]]) -> str:
    """Both systems side by side for each number of calls, from their JSON."""
    lines = ["| calls | | this server | Pipecat's starter | ratio |", "|---|---|---|---|---|"]
    by_calls: dict[int, dict[str, Mapping[str, Any]]] = {}
    for step in steps:
        by_calls.setdefault(step["calls"], {})[step["system"]] = step
    for calls, sides in by_calls.items():
        if set(sides) != set(SYSTEMS):
            continue
        ours, starter = (figures(sides[name]) for name in SYSTEMS)
        turns = " / ".join(str(sides[name]["summary"]["overhead"]["n"]) for name in SYSTEMS)
        lines.append(f"| {calls} | turns measured | {turns.replace(' / ', ' | ')} | |")
        for name, value in ours.items():
            lines.append(
                f"| {calls} | {name} | {_shown(value)} | {_shown(starter[name])} | {ratio(value, starter[name])} |"
            )
        void = [f"{name}: {sides[name]['void']}" for name in SYSTEMS if sides[name]["void"]]
        if void:
            lines.append(f"| {calls} | void | {'; '.join(void)} | | |")
    return "\n".join(lines)


def ratio(ours: float | None, other: float | None) -> str:
    """Ours as a multiple of the other; a dash where that says nothing."""
    return f"{ours / other:.2f}" if ours is not None and other else "–"


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if value % 1 and abs(value) < 100 else f"{value:.0f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays both and prints the table; exit status 1 if a call of ours failed."""
    parser = parser_of(__doc__)
    parser.set_defaults(turns=10)
    parser.add_argument("--calls", type=int, nargs="+", default=list(CALLS), help="at the same time, in turn")
    parser.add_argument("--no-greetings", action="store_true", help="leave out the greetings of single calls")
    options = parser.parse_args(arguments)
    cores = Cores.of_machine()
    before = results_files.machine()
    tell("preparing the callers' sentences")
    clips = load_clips(results_files.CLIPS)
    decisions = {name: decision_of(name, clips, cores) for name in SYSTEMS}
    cores.pin_rig()
    plan = Plan(turns=options.turns, interrupts=True, delays=delays_of(options))
    steps: list[Step] = []
    for calls in options.calls:
        for name in SYSTEMS:
            steps.append(uvloop.run(run_step(name, calls, plan, options.seed, clips, decisions[name], cores)))
    greetings = {}
    if not options.no_greetings:
        greetings = {name: uvloop.run(measure_greetings(name, clips, cores)) for name in SYSTEMS}
    rows = [({"system": step.system, "calls": step.calls}, turn) for step in steps for turn in step.turns]
    results_files.save_rows(results_files.RESULTS / "compare.csv", rows)
    result = {
        "machine": before | {"load_after": results_files.machine()["load"]},
        "options": vars(options),
        "decisions": {name: asdict(decision) for name, decision in decisions.items()},
        "greetings": greetings,
        "steps": [step.as_json() for step in steps],
    }
    tell(f"figures: {results_files.save_result('compare', result)}")
    print(table(result["steps"]))
    return int(any(step.summary.failed for step in steps if step.system == "ours"))


if __name__ == "__main__":
    sys.exit(main())
