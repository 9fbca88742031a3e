"""The figures, the table and the picture of `benchmarks.exactly_once`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import results_files
from benchmarks.once_judge import FAULTS

SYSTEMS = {"ours": "this server", "stock": "stock Pipecat function calls"}
PICTURE = results_files.ROOT / "docs" / "exactly_once.svg"
Row = dict[str, Any]


def summarise(rows: Sequence[Row]) -> Row:
    """The figures of a run."""
    plans = [row["plan"] for row in rows]
    found = Counter(fault for row in rows for fault in {fault for fault, _ in row["faults"]})
    plain = Counter(fault for row in rows if row["is_plain"] for fault in {fault for fault, _ in row["faults"]})
    confirmed = [row for row in rows if row["yes"]]
    return {
        "calls": len(rows),
        "yes": sum(len(row["yes"]) for row in rows),
        "effects": sum(len(row["effects"]) for row in rows),
        "calls_with_a_yes": len(confirmed),
        "moved": sum(bool(row["effects"]) for row in confirmed),
        "told_done": sum(any(kind == "done" for kind, _ in row["told"]) for row in rows),
        "unknown_at_the_end": sum(any(status == "unknown" for status, _ in row["ledger"] or []) for row in rows),
        "faults": {name: found[name] for name in FAULTS},
        "plain_calls": sum(row["is_plain"] for row in rows),
        "plain_faults": {name: plain[name] for name in FAULTS},
        "resumed": sum(bool(row["record"] and row["record"]["resumes"]) for row in rows),
        "planned": {
            name: dict(Counter(plan[name] for plan in plans)) for name in ("model", "interruption", "backend", "kill")
        },
        "left_mid_write": sum(plan["hangs_up_s"] != "None" for plan in plans),
        "problems": sum(bool(row["problem"]) for row in rows),
        "median_call_s": float(np.median([row["wall_s"] for row in rows])) if rows else None,
    }


def table(result: Mapping[str, Any]) -> str:
    """Both systems' figures as Markdown."""
    there = [name for name in SYSTEMS if name in result]
    lines = [f"| calls with | {' | '.join(SYSTEMS[name] for name in there)} |", "|---|" + "---|" * len(there)]
    for fault, meaning in FAULTS.items():
        cells = [f"{result[name]['faults'][fault]} of {result[name]['calls']}" for name in there]
        lines.append(f"| {fault}: {meaning} | {' | '.join(cells)} |")
    for fault in FAULTS:
        cells = [f"{result[name]['plain_faults'][fault]} of {result[name]['plain_calls']}" for name in there]
        lines.append(f"| {fault}, where the model did nothing wrong | {' | '.join(cells)} |")
    for key, words in (
        ("moved", "moved, of those with a yes"),
        ("resumed", "went on after their process was killed"),
        ("unknown_at_the_end", "outcome unknown, and on record as that"),
    ):
        cells = [
            f"{result[name][key]} of {result[name]['calls_with_a_yes']}" if key == "moved" else str(result[name][key])
            for name in there
        ]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw_picture(result: Mapping[str, Any], path: Path) -> None:
    """Draws how many calls of a hundred had each fault, of both systems."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.2))
    there = [name for name in SYSTEMS if name in result]
    for number, name in enumerate(there):
        found = result[name]
        heights = [100 * found["faults"][fault] / max(1, found["calls"]) for fault in FAULTS]
        at = [place + number * 0.4 for place in range(len(FAULTS))]
        bars = axes.bar(at, heights, width=0.38, label=f"{SYSTEMS[name]} ({found['calls']} calls)")
        axes.bar_label(bars, labels=[str(found["faults"][fault]) for fault in FAULTS])
    axes.set_xticks([place + 0.2 for place in range(len(FAULTS))], list(FAULTS))
    axes.set(ylabel="% of the calls", title="Calls with a fault")
    axes.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
