"""A seeded sample of the experiment in exactly-once writes: whatever happens to a call, its writes are done once."""

from __future__ import annotations

import pytest

from benchmarks.exactly_once import run
from benchmarks.once_plan import draw

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(240)]

SEED = 1
LANES = 4
# A caller who leaves in mid-write, and a kill after the effect; a kill after the effect; a shop lost from view; a
# write before the lookup; an invented order, and a kill; a write before the question; arguments that are cut off; the
# same call twice, and a kill about the write.
SAMPLE = (3, 14, 21, 24, 25, 26, 31, 35)


async def test_writes_are_done_once_whatever_happens_to_the_call() -> None:
    assert {draw(number, SEED).language for number in SAMPLE} == {"uk", "ru", "en"}
    rows = await run("ours", SAMPLE, SEED, LANES, None)
    assert [(row["number"], row["faults"]) for row in rows if row["faults"]] == []
    by_number = {row["number"]: row for row in rows}
    assert sorted(by_number) == list(SAMPLE)
    # The experiment is about something: callers agreed, deliveries were moved, processes died, an outcome stayed open.
    assert sum(bool(row["yes"]) for row in rows) >= 6
    assert sum(bool(row["effects"]) for row in rows) >= 6
    assert by_number[14]["record"]["resumes"] == 1
    assert [status for status, _ in by_number[21]["ledger"]] == ["unknown"]
