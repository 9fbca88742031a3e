"""The figures of a run: lines while it goes, a table, and a file that is kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.tau2_retail.mutations import Outcome
from evals.tau2_retail.replay import Replay

RESULTS = Path(__file__).parents[1] / "results" / "tau2_retail.json"
COUNTED = ("made", "agreed", "duplicates", "unconfirmed", "missing")


def tell_replay(console: Console, one: Replay) -> None:
    """A line for each task, and one for each difference."""
    verdict = "equal" if not one.differences else "differs"
    console.print(f"task {one.task_id}: {one.calls} calls, {one.writes} changes, {one.errors} errors: {verdict}")
    for difference in one.differences:
        console.print(f"    {difference}", style="yellow")


def tell_outcome(console: Console, one: Outcome) -> None:
    """A line for a case that went wrong."""
    if is_wrong(one):
        console.print(f"task {one.task_id}, {one.kind}: {one}", style="red")


def is_wrong(one: Outcome) -> bool:
    """Whether anything was changed twice, unasked, not at all, or otherwise than agreed."""
    return bool(one.duplicates or one.unconfirmed or one.missing or one.differences)


def sums(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The counts of one kind of mutation."""
    counted = {name: sum(getattr(one, name) for one in outcomes) for name in COUNTED}
    return {
        "calls": len(outcomes),
        **counted,
        "calls_with_another_end_state": sum(bool(o.differences) for o in outcomes),
    }


def table_of(kinds: Mapping[str, Mapping[str, int]]) -> Table:
    """The counts of every kind of mutation, and altogether."""
    table = Table("what goes wrong", "calls", *COUNTED, "another end state")
    columns = ("calls", *COUNTED, "calls_with_another_end_state")
    for kind, counts in kinds.items():
        table.add_row(kind, *(str(counts[name]) for name in columns))
    if kinds:
        table.add_section()
        table.add_row("altogether", *(str(sum(counts[name] for counts in kinds.values())) for name in columns))
    return table


def keep(replays: Mapping[str, Any], mutations: Mapping[str, Mapping[str, int]], command: str, seed: int) -> None:
    """Writes the figures; parts that were not run stay as they were."""
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"mutations": {}}
    kept |= {"date": f"{datetime.now(UTC):%Y-%m-%d}", "seed": seed, "machine": _machine(), **replays}
    kept["mutations"] |= mutations
    kept.setdefault("commands", [])
    kept["commands"] = sorted({*kept["commands"], command})
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "pipecat": version("pipecat-ai")}
