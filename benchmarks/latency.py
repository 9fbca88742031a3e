"""How long a caller waits for an answer, and what of it is the server's own.

`python -m benchmarks.latency` plays one call of twelve turns against the server and prints the wait (TTFAB), the
overhead and where the time goes; about two minutes. Vendors are emulated with seeded delays, the server has one core
and the callers another. Tapes go to runs/bench/latency/, figures and turns to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import uvloop

from benchmarks import results_files
from benchmarks.caller import Delays, Plan
from benchmarks.clips import load_clips
from benchmarks.decision import decision_of
from benchmarks.figures import Decision, Summary, TurnFigures
from benchmarks.step import run_step, tell
from benchmarks.system import Cores, Name


def table(summary: Summary, decision: Decision) -> str:
    """The figures as Markdown."""
    rows = [
        ("TTFAB", summary.ttfab),
        ("overhead", summary.overhead),
        ("of it, the decision to answer beyond STT final, pause and turn model", summary.beyond_final),
        ("of it, what comes after the decision", summary.after_decision),
        *((f"stage: {name.replace('_', ' ')}", stage) for name, stage in summary.stages.items()),
        ("pause heard: the final transcript asked for", summary.finalize),
        ("residual of the stages", summary.residual),
        ("greeting", summary.greeting),
    ]
    lines = ["| ms | n | p50 | p95 | p99 |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {row.n} | {row.p50:.0f} | {row.p95:.0f} | {row.p99:.0f} |" for name, row in rows]
    left_out = ", ".join(f"{count} {reason}" for reason, count in summary.discards.items()) or "none"
    lines += [
        "",
        f"Turns left out: {left_out}, of {summary.turns}. Pause {decision.pause_ms:.0f} ms; turn model asked "
        f"after {decision.asked_after_ms:.0f} ms of it, alone {decision.turn_model_ms:.0f} ms of CPU.",
    ]
    return "\n".join(lines)


def plot(turns: Sequence[TurnFigures], path: Path) -> None:
    """Draws the stages of every turn over each other, and the spread of the overhead."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    kept = [turn for turn in turns if turn.discard is None and not turn.is_interruption]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    under = [0.0] * len(kept)
    for name in kept[0].stages if kept else ():
        values = [max(0.0, turn.stages[name]) for turn in kept]
        left.bar(range(len(kept)), values, bottom=under, label=name.replace("_", " "))
        under = [base + value for base, value in zip(under, values, strict=True)]
    left.set(xlabel="turn", ylabel="ms after the caller's last voiced sample", title="Where a turn's time goes")
    left.legend(fontsize="x-small")
    right.hist([turn.overhead_ms for turn in kept], bins=20)
    right.set(xlabel="overhead, ms", ylabel="turns", title="Overhead")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """What all benchmarks of calls take."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of delays, pauses and the order of sentences")
    parser.add_argument("--turns", type=int, default=12, help="of each call")
    for name, (p50, p95), what in (
        ("final", Delays().final, "from the end of speech to the final transcript"),
        ("first-token", Delays().first_token, "from the request to the model's first token"),
        ("first-byte", Delays().first_byte, "from the text to its first sound"),
    ):
        parser.add_argument(
            f"--{name}", type=float, nargs=2, metavar=("P50", "P95"), default=(p50, p95), help=f"ms {what}"
        )
    return parser


def delays_of(options: argparse.Namespace) -> Delays:
    """The vendors' delays as asked for."""
    return Delays(tuple(options.final), tuple(options.first_token), tuple(options.first_byte))


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays the calls and prints the table; exit status 1 if a call failed."""
    parser = parser_of(__doc__)
    parser.add_argument("--calls", type=int, default=1, help="at the same time")
    parser.add_argument("--system", choices=get_args(Name), default="ours", help="what is measured")
    options = parser.parse_args(arguments)
    cores = Cores.of_machine()
    before = results_files.machine()
    tell("preparing the callers' sentences")
    clips = load_clips(results_files.CLIPS)
    decision = decision_of(options.system, clips, cores)
    cores.pin_rig()
    plan = Plan(turns=options.turns, delays=delays_of(options))
    step = uvloop.run(run_step(options.system, options.calls, plan, options.seed, clips, decision, cores))
    name = "latency" if options.system == "ours" else f"latency-{options.system}"
    folder = results_files.RUNS / name
    results_files.save_tapes(folder, step.played)
    results_files.save_rows(
        results_files.RESULTS / f"{name}.csv", [({"system": step.system}, turn) for turn in step.turns]
    )
    result = {
        "machine": before | {"load_after": results_files.machine()["load"]},
        "options": vars(options),
        "decision": asdict(decision),
        **step.as_json(),
    }
    tell(f"figures: {results_files.save_result(name, result)}")
    plot(step.turns, results_files.RESULTS / f"{name}.png")
    late = step.send_lateness
    print(table(step.summary, decision))
    print(
        f"\nThe callers' own frames left {late.p50:.1f} / {late.p99:.1f} / {late.most:.1f} ms late (p50 / p99 / max)."
    )
    if step.void:
        print(f"Void: {step.void}")
    for call in step.played:
        if call.problem:
            tell(f"call {call.index}: {call.problem}")
    return 1 if step.summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
