"""What the tables say of results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import compare, load
from benchmarks.figures import STAGES, Playing, Spread, Summary, spread
from benchmarks.step import Cost, Step

pytestmark = pytest.mark.unit

QUIET = Playing(60.0, 0, 0.0, 0.0, 20.0, 25.0, 40.0)


def step_of(
    system: str = "ours", *, overhead: list[float], playing: Playing = QUIET, failed: int = 0, lateness_ms: float = 1.0
) -> Step:
    summary = Summary(
        calls=2,
        failed=failed,
        turns=len(overhead),
        ttfab=spread(700 + ms for ms in overhead),
        overhead=spread(overhead),
        beyond_final=spread(overhead),
        after_decision=spread([0.0]),
        finalize=spread([]),
        stop=spread([300.0, 400.0]),
        greeting=spread([200.0]),
        stages={name: spread(overhead) for name in STAGES},
        residual=spread([0.0]),
        discards={},
        playing=playing,
        requests=len(overhead),
    )
    late = Spread(100, lateness_ms, lateness_ms, lateness_ms, lateness_ms)
    return Step(system, 2, summary, Cost(10.0, 0.08, 0.16, 100.0, 120.0, 50.0, 4, 8), late)


def test_step_holds_where_every_promise_is_kept() -> None:
    assert load.broken(step_of(overhead=[20.0, 30.0, 60.0]).summary) == []


@pytest.mark.parametrize(
    ("step", "promise"),
    [
        (step_of(overhead=[20.0, 200.0]), "overhead p95 over 130 ms"),
        (step_of(overhead=[20.0], failed=1), "a call failed"),
        (step_of(overhead=[20.0], playing=replace(QUIET, underrun_ms=90.0)), "over 0.1 % of the speech lost"),
        (step_of(overhead=[20.0], playing=replace(QUIET, longest_gap_ms=101.0)), "a gap over 100 ms"),
    ],
)
def test_broken_promise_is_named(step: Step, promise: str) -> None:
    assert load.broken(step.summary) == [promise]


def test_void_step_is_not_said_to_hold() -> None:
    step = step_of(overhead=[20.0], lateness_ms=12.0)

    assert "void: callers' frames left 12 ms late" in load.row(step.as_json(), [])


def test_sides_are_set_beside_each_other_with_their_ratio() -> None:
    sides = [step_of(overhead=[20.0]).as_json(), step_of("starter", overhead=[40.0]).as_json()]

    lines = compare.table(sides).splitlines()

    assert "| 2 | overhead p50, ms | 20 | 40 | 0.50 |" in lines
    assert "| 2 | turns measured | 1 | 1 | |" in lines


@pytest.mark.parametrize(
    ("ours", "other", "shown"), [(1.0, 2.0, "0.50"), (None, 2.0, "–"), (1.0, None, "–"), (1.0, 0.0, "–")]
)
def test_ratio_of_nothing_is_a_dash(ours: float | None, other: float | None, shown: str) -> None:
    assert compare.ratio(ours, other) == shown
