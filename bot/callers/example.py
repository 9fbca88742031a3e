"""The shipped examples: a folder each, with the call's files and what should come of it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bot.callers.expect import Expect
from bot.callers.problems import CallerFilesError, read_model
from bot.callers.rehearsal import Rehearsal, load_rehearsal

FOLDER = Path(str(files("bot.callers"))) / "examples"


@dataclass(frozen=True)
class Example:
    """One example; `name` is its folder, e.g. `en/reschedule`."""

    name: str
    rehearsal: Rehearsal
    expect: Expect


def example_names() -> list[str]:
    """The folders that have a script, in alphabetical order."""
    return sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.glob("*/*/script.yaml"))


def load_example(name: str) -> Example:
    """One example's files, checked; blocks on the disk. Raises CallerFilesError if they are wrong."""
    folder = FOLDER / name
    moves, faults = folder / "moves.yaml", folder / "faults.yaml"
    rehearsal = load_rehearsal(
        folder / "script.yaml",
        folder / "shop.yaml",
        faults if faults.exists() else None,
        f"script:{moves}" if moves.exists() else None,
    )
    problems: list[str] = []
    expect = read_model(folder / "expect.yaml", Expect, problems)
    if expect is None:
        raise CallerFilesError(problems)
    return Example(name, rehearsal, expect)
