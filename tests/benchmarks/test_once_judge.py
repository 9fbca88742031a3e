"""What the judge of exactly-once writes takes for a fault, and what it does not."""

from __future__ import annotations

import datetime as dt

import pytest

from benchmarks.once_caller import Played, Yes
from benchmarks.once_judge import judge
from benchmarks.once_plan import draw
from benchmarks.once_shop import Effect, Noted, Record

pytestmark = pytest.mark.unit

TUESDAY, FRIDAY = dt.date(2026, 3, 17), dt.date(2026, 3, 20)
RESOLVED, ABANDONED = Record("ended", "resolved", 0), Record("ended", "abandoned", 0)
DONE, UNKNOWN, INTENT, FAILED = (
    Noted("reschedule_delivery", status, "2026-03-17") for status in ("done", "unknown", "intent", "failed")
)
DONE_FRIDAY = Noted("reschedule_delivery", "done", "2026-03-20")


def played(*told: str, agreed_at: float | None = 10.0) -> Played:
    """A call whose caller agreed to Tuesday, and was told these outcomes at 20, 21, … seconds."""
    yes = [] if agreed_at is None else [Yes(TUESDAY, agreed_at, "", is_early=False)]
    outcomes = [(kind, "2026-03-17" if kind == "done" else None) for kind in told]
    return Played(yes=yes, told=outcomes, told_at=[20.0 + number for number in range(len(told))])


def kinds(call: Played, effects: list[Effect], ledger: list[Noted] | None, record: Record | None) -> set[str]:
    return {kind for kind, _ in judge(call, effects, ledger, record)}


def agreed_to(*days: dt.date) -> Played:
    """A call whose caller agreed to these days at 10, 20, … seconds, and was told that the last one is done."""
    yes = [Yes(day, 10.0 * number, "", is_early=False) for number, day in enumerate(days, 1)]
    return Played(yes=yes, told=[("done", days[-1].isoformat())], told_at=[90.0])


MOVED = Effect(TUESDAY, 12.0)
BACK_AND_FORTH = [MOVED, Effect(FRIDAY, 22.0), Effect(TUESDAY, 32.0)]


@pytest.mark.parametrize(
    ("call", "effects", "ledger", "record"),
    [
        (played("done"), [MOVED], [DONE], RESOLVED),
        (played("done"), [MOVED], None, None),
        (played(), [MOVED], [DONE], RESOLVED),
        (played(), [MOVED], [UNKNOWN], ABANDONED),
        (played("unknown"), [MOVED], [UNKNOWN], ABANDONED),
        (played("failed"), [], [FAILED], RESOLVED),
        (played("failed"), [Effect(TUESDAY, 25.0)], [DONE], RESOLVED),
        (played(), [], [], ABANDONED),
        (played(agreed_at=None), [], [], RESOLVED),
        (agreed_to(TUESDAY, FRIDAY, TUESDAY), BACK_AND_FORTH, [DONE, DONE_FRIDAY, DONE], RESOLVED),
        (agreed_to(TUESDAY, TUESDAY), [MOVED], [DONE], RESOLVED),
    ],
)
def test_what_is_done_once_or_known_not_to_be_is_no_fault(
    call: Played, effects: list[Effect], ledger: list[Noted] | None, record: Record | None
) -> None:
    assert kinds(call, effects, ledger, record) == set()


@pytest.mark.parametrize(
    ("fault", "call", "effects", "ledger", "record"),
    [
        ("lost", played("done"), [], None, None),
        ("lost", played(), [], [DONE], RESOLVED),
        ("duplicated", played("done"), [MOVED, Effect(TUESDAY, 13.0)], [DONE], RESOLVED),
        ("duplicated", agreed_to(TUESDAY, TUESDAY), [MOVED, Effect(TUESDAY, 22.0)], [DONE], RESOLVED),
        ("duplicated", agreed_to(TUESDAY, FRIDAY), BACK_AND_FORTH, [DONE], RESOLVED),
        ("unconfirmed", played("done"), [Effect(TUESDAY, 9.0)], [DONE], RESOLVED),
        ("unconfirmed", played("done"), [MOVED, Effect(FRIDAY, 13.0)], [DONE], RESOLVED),
        ("unconfirmed", played(agreed_at=None), [MOVED], [DONE], RESOLVED),
        ("misled", played("failed"), [MOVED], [UNKNOWN], ABANDONED),
        ("silent", played(), [MOVED], [INTENT], ABANDONED),
        ("silent", played(), [MOVED], [UNKNOWN], RESOLVED),
        ("silent", played(), [MOVED], None, None),
        ("silent", played(), [], None, None),
        ("silent", played(), [], [], RESOLVED),
    ],
)
def test_every_kind_of_fault_is_found(
    fault: str, call: Played, effects: list[Effect], ledger: list[Noted] | None, record: Record | None
) -> None:
    assert fault in kinds(call, effects, ledger, record)


def test_a_call_is_planned_by_its_number_and_the_seed_alone() -> None:
    assert draw(17, 1) == draw(17, 1)
    assert len({draw(number, 1) for number in range(100)}) == 100
    assert draw(17, 1) != draw(17, 2)
