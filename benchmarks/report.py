"""The tables of docs/performance.md, docs/reliability.md and docs/turn-taking.md from the results that are there.

`python -m benchmarks.report` prints Markdown; `--write` puts it into the pages, between the lines that mark the place
of each table.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import compare, load, once_report, results_files, soak, start, turn_verdicts
from benchmarks.figures import STAGES

PAGES = [results_files.ROOT / "docs" / f"{name}.md" for name in ("performance", "reliability", "turn-taking")]
NOT_RUN = "Not run yet."


def stamp(result: Mapping[str, Any], command: str) -> str:
    """On what, when and how a result was measured."""
    machine, options = result["machine"], result["options"]
    load_after = f", {machine['load_after']} after" if "load_after" in machine else ""
    seed = f", seed {options['seed']}" if "seed" in options else ""
    return (
        f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, Python "
        f"{machine['python']}, Pipecat {machine['pipecat']}, commit {machine['commit']}{seed}; load average "
        f"{machine['load']} before{load_after}. `{machine.get('command', command)}`"
    )


def latency_table(result: Mapping[str, Any]) -> str:
    """One call's waits and their parts."""
    summary = result["summary"]
    rows = [("TTFAB", summary["ttfab"]), ("overhead", summary["overhead"])]
    rows += [("of it, the decision to answer beyond STT final and turn model", summary["beyond_final"])]
    if "after_decision" in summary:  # older results do not tell it apart
        rows += [("of it, what comes after the decision", summary["after_decision"])]
    rows += [(f"– {name.replace('_', ' ')}", summary["stages"][name]) for name in STAGES]
    rows += [("– residual", summary["residual"])]
    rows += [("pause heard: the final transcript asked for", summary["finalize"]), ("greeting", summary["greeting"])]
    lines = ["| ms | n | p50 | p95 | p99 |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {r['n']} | {r['p50']:.0f} | {r['p95']:.0f} | {r['p99']:.0f} |" for name, r in rows]
    decision, late = result["decision"], result["send_lateness"]
    left_out = ", ".join(f"{count} {reason}" for reason, count in summary["discards"].items()) or "none"
    ratio = summary["ttfab"]["p95"] / summary["ttfab"]["p50"] if summary["ttfab"]["p50"] else 0.0
    lines += [
        "",
        f"{result['calls']} call(s). Turns left out: {left_out}, of {summary['turns']}. TTFAB p95/p50 {ratio:.2f}. "
        f"Pause {decision['pause_ms']:.0f} ms; turn model asked after {decision['asked_after_ms']:.0f} ms of it, alone "
        f"{decision['turn_model_ms']:.0f} ms of CPU. Callers' frames left {late['p50']:.1f} / {late['p99']:.1f} / "
        f"{late['most']:.1f} ms late (p50 / p99 / max). {_void([result])}",
    ]
    return "\n".join(lines)


def load_table(result: Mapping[str, Any]) -> str:
    """The steps of a load, and the greetings."""
    rows = [load.row(step, step["broken"]) for step in result["steps"]]
    return "\n".join(
        [
            load.HEAD,
            *rows,
            "",
            f"Calls held on a core: **{result['held']}**.",
            "",
            greeting_table({"this server": result["greetings"]}),
        ]
    )


def greeting_table(by_system: Mapping[str, Mapping[str, Any]]) -> str:
    """First words of single calls."""
    lines = ["| ms | n | to the open stream, p50 / longest | from there to the first sound, p50 / longest | failed |"]
    lines += ["|---|---|---|---|---|"]
    for system, kinds in by_system.items():
        for kind, found in kinds.items():
            for which, shown in (("first call", found["first_call"]), ("further calls", found["further"])):
                lines.append(
                    f"| {system}, {kind}, {which} | {shown['n']} | {shown['ring_p50']} / {shown['ring_most']} "
                    f"| {shown['greeting_p50']} / {shown['greeting_most']} | {len(shown['failed'])} |"
                )
    return "\n".join(lines)


def compare_table(result: Mapping[str, Any]) -> str:
    """Both systems, and their greetings."""
    shown = compare.table(result["steps"])
    if result["greetings"]:
        names = {"ours": "this server", "starter": "Pipecat's starter"}
        shown += "\n\n" + greeting_table({names[name]: found for name, found in result["greetings"].items()})
    return shown


def soak_table(result: Mapping[str, Any]) -> str:
    """What is left after calls."""
    if not result["counts"] or not result["counts"][-1]["calls"]:
        return NOT_RUN
    left = "; ".join(result["leaks"]) or "nothing"
    growth = f"{result['growth_mb_per_100']:+.2f} MB in 100 calls"
    return f"{soak.table(result['counts'])}\n\nLeft: {left}. Memory that outlives calls: {growth}."


def _void(steps: Sequence[Mapping[str, Any]]) -> str:
    reasons = [step["void"] for step in steps if step["void"]]
    return f"**Void**: {'; '.join(reasons)}." if reasons else ""


TABLES = {
    "start": (start.table, "python -m benchmarks.start"),
    "latency": (latency_table, "python -m benchmarks.latency"),
    "load": (load_table, "python -m benchmarks.load"),
    "compare": (compare_table, "python -m benchmarks.compare"),
    "soak": (soak_table, "make soak"),
    "exactly_once": (once_report.table, "python -m benchmarks.exactly_once"),
    "turn_taking": (turn_verdicts.table, "python -m benchmarks.turn_taking"),
}


def render(name: str) -> str:
    """A table with what it was measured on; a sentence if it was not run."""
    result = results_files.load_result(name)
    if result is None:
        return NOT_RUN
    make, command = TABLES[name]
    parts = [part for part in result.values() if isinstance(part, dict) and "machine" in part]  # runs that are compared
    stamps = "\n\n".join(dict.fromkeys(stamp(part, command) for part in parts or [result]))
    return f"{stamps}\n\n{make(result)}"


def fill(page: str) -> str:
    """The page with its tables renewed; each stands between `<!-- NAME -->` and `<!-- /NAME -->`."""
    for name in TABLES:
        shown = render(name)
        page = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda m, s=shown: f"{m[1]}\n{s}\n\n{m[2]}", page, flags=re.S
        )
    return page


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables, or writes them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="renew the pages")
    options = parser.parse_args(arguments)
    if options.write:
        for page in PAGES:
            page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    for name in TABLES:
        print(f"## {name}\n\n{render(name)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
