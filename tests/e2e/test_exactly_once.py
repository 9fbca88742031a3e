"""A seeded sample of the experiment in exactly-once writes: whatever happens to a call, its writes are done once."""

from __future__ import annotations

import pytest

from benchmarks.exactly_once import run
from benchmarks.once_plan import draw

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SEED = 1
# Two days at once and a kill after the effect; a caller who leaves, and a kill; a kill about the write; a write before
# the question; an invented order; a shop that is lost from view; the same call twice; arguments that are cut off.
SAMPLE = (0, 3, 11, 13, 20, 21, 29, 37)


async def test_writes_are_done_once_whatever_happens_to_the_call() -> None:
    assert {draw(number, SEED).language for number in SAMPLE} == {"uk", "ru", "en"}
    rows = await run("ours", SAMPLE, SEED, len(SAMPLE), None)
    assert [(row["number"], row["faults"]) for row in rows if row["faults"]] == []
    by_number = {row["number"]: row for row in rows}
    assert sorted(by_number) == list(SAMPLE)
    # The experiment is about something: callers agreed, deliveries were moved, processes died, an outcome stayed open.
    assert sum(bool(row["yes"]) for row in rows) >= 4
    assert sum(bool(row["effects"]) for row in rows) >= 3
    assert by_number[0]["record"]["resumes"] == 1
    assert [status for status, _ in by_number[21]["ledger"]] == ["unknown"]
