"""How many calls one core holds before callers notice.

`python -m benchmarks.load` plays more and more calls at the same time until the service level breaks. The server and
its calls have one core, callers and vendors another. Each call interrupts the agent once. A step takes two minutes.
Figures and every single turn go to benchmarks/results/ (load.json, load.csv, load.png).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

import uvloop

from benchmarks import results_files
from benchmarks.caller import Plan
from benchmarks.clips import load_clips
from benchmarks.decision import decision_of
from benchmarks.figures import Summary
from benchmarks.greetings import measure_greetings
from benchmarks.latency import delays_of, parser_of
from benchmarks.step import Step, run_step, tell
from benchmarks.system import Cores, Name

STEPS = (1, 2, 4, 6, 8, 10, 12, 14, 16, 20)


def broken(summary: Summary) -> list[str]:
    """Which promises a step does not hold; empty if all are held."""
    playing = summary.playing
    promises = {
        "overhead p95 over 130 ms": summary.overhead.p95 > 130,
        "overhead p99 over 250 ms": summary.overhead.p99 > 250,
        "over 0.1 % of the speech lost": playing.lost > 0.001,
        "a gap over 100 ms": playing.longest_gap_ms > 100,
        "interruptions p95 over 500 ms": summary.stop.p95 > 500,
        "a call failed": summary.failed > 0,
        "a turn without a reply": summary.discards.get("no_reply", 0) > 0,
        "greeting p95 over 1 s": summary.greeting.p95 > 1000,
    }
    return [name for name, is_broken in promises.items() if is_broken]


HEAD = (
    "| calls | TTFAB p50 / p95 / p99, ms | overhead p50 / p95 / p99, ms | speech lost | interruption p50 / p95, ms "
    "| greeting p95, ms | CPU per call, % of a core | USS per call, MB | failed | held? |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def row(step: Mapping[str, Any], why_not: Sequence[str]) -> str:
    """A step as a line of the table, from its JSON."""
    summary, cost = step["summary"], step["cost"]
    verdict = f"void: {step['void']}" if step["void"] else "; ".join(why_not) or "yes"
    uss = cost["call_uss_mb"]
    cells = [
        f"{step['calls']} (n = {summary['overhead']['n']})",
        _three(summary["ttfab"]),
        _three(summary["overhead"]),
        f"{summary['speech_lost']:.2%}",
        f"{summary['stop']['p50']:.0f} / {summary['stop']['p95']:.0f}",
        f"{summary['greeting']['p95']:.0f}",
        f"{cost['cpu_per_call'] * 100:.1f}",
        "–" if uss is None else f"{uss:.0f}",
        str(summary["failed"]),
        verdict,
    ]
    return f"| {' | '.join(cells)} |"


def _three(found: Mapping[str, Any]) -> str:
    return f"{found['p50']:.0f} / {found['p95']:.0f} / {found['p99']:.0f}"


def plot(steps: Sequence[Step], path: Any) -> None:
    """Draws overhead and CPU over the number of calls."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    calls = [step.calls for step in steps]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    for name in ("p50", "p95", "p99"):
        left.plot(calls, [getattr(step.summary.overhead, name) for step in steps], marker="o", label=name)
    left.set(xlabel="calls at the same time on one core", ylabel="overhead, ms", title="Overhead")
    left.legend()
    right.plot(calls, [step.cost.cpu * 100 for step in steps], marker="o")
    right.set(xlabel="calls at the same time on one core", ylabel="% of the core", title="CPU of the server")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays the steps and prints the table; exit status 1 if not even one call was held."""
    parser = parser_of(__doc__)
    parser.set_defaults(turns=8)
    parser.add_argument("--steps", type=int, nargs="+", default=list(STEPS), help="calls at the same time, in turn")
    parser.add_argument("--repeats", type=int, default=1, help="of each step; all must hold")
    parser.add_argument("--keep-going", action="store_true", help="go on when the service level breaks")
    parser.add_argument("--system", choices=get_args(Name), default="ours", help="what is measured")
    options = parser.parse_args(arguments)
    cores = Cores.of_machine()
    before = results_files.machine()
    tell("preparing the callers' sentences")
    clips = load_clips(results_files.CLIPS)
    decision = decision_of(options.system, clips, cores)
    cores.pin_rig()
    greetings = uvloop.run(measure_greetings(options.system, clips, cores))
    plan = Plan(turns=options.turns, interrupts=True, delays=delays_of(options))
    steps: list[Step] = []
    held = 0
    print(HEAD, flush=True)
    for calls in options.steps:
        is_held = True
        for repeat in range(options.repeats):
            step = uvloop.run(run_step(options.system, calls, plan, options.seed + repeat, clips, decision, cores))
            steps.append(step)
            why_not = broken(step.summary)
            is_held = is_held and not why_not and not step.void
            print(row(step.as_json(), why_not), flush=True)
        held = calls if is_held else held
        if not is_held and not options.keep_going and any(broken(step.summary) for step in steps[-options.repeats :]):
            break
    name = "load" if options.system == "ours" else f"load-{options.system}"
    rows = [({"system": step.system, "calls": step.calls}, turn) for step in steps for turn in step.turns]
    results_files.save_rows(results_files.RESULTS / f"{name}.csv", rows)
    result = {
        "machine": before | {"load_after": results_files.machine()["load"]},
        "options": vars(options),
        "decision": asdict(decision),
        "greetings": greetings,
        "held": held,
        "steps": [step.as_json() | {"broken": broken(step.summary)} for step in steps],
    }
    tell(f"figures: {results_files.save_result(name, result)}")
    plot(steps, results_files.RESULTS / f"{name}.png")
    print(f"\nCalls a core held at the service level: {held}. First greeting: {greetings}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
