"""Admission: how many calls, and whether the event loop keeps up."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from bot.supervisor.capacity import Capacity, LoopLag, watch_loop

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("active", "reserved", "attaching", "reason"),
    [
        (0, 0, 0, None),
        (2, 0, 0, None),
        (1, 1, 0, None),
        (3, 0, 0, "capacity"),
        (0, 3, 0, "capacity"),
        (1, 1, 1, "capacity"),
        (4, 0, 0, "capacity"),
    ],
)
def test_announced_calls_count_like_held_ones(active: int, reserved: int, attaching: int, reason: str | None) -> None:
    capacity = Capacity(3)
    assert capacity.reason(active, reserved, attaching) == reason
    assert capacity.room(active, reserved, attaching) is (reason is None)


@pytest.mark.parametrize(
    ("max_lag_s", "lag_s", "reason"),
    [(0.0, 9.0, None), (0.05, 0.05, None), (0.05, 0.051, "overloaded"), (0.05, 0.0, None)],
)
def test_no_call_is_taken_while_the_loop_is_late(max_lag_s: float, lag_s: float, reason: str | None) -> None:
    assert Capacity(3, max_lag_s, lambda: lag_s).reason(0, 0, 0) == reason


def test_a_full_house_is_named_before_a_late_loop() -> None:
    assert Capacity(1, 0.05, lambda: 1.0).reason(1, 0, 0) == "capacity"


def test_one_late_wake_up_in_a_hundred_is_no_lag() -> None:
    lag = LoopLag(window_s=10)
    for number in range(100):
        lag.note(1.0 if number == 50 else 0.001, number * 0.1)
    assert lag.p95_s(10.0) == 0.001
    for number in range(100, 106):
        lag.note(0.5, number * 0.1)
    assert lag.p95_s(10.6) == 0.5
    assert lag.last_s == 0.5


def test_lag_is_forgotten_when_its_window_has_passed() -> None:
    lag = LoopLag(window_s=10)
    lag.note(2.0, 100.0)
    assert lag.p95_s(110.0) == 2.0
    assert lag.p95_s(110.1) == 0.0


def test_nothing_measured_is_no_lag() -> None:
    assert (LoopLag().last_s, LoopLag().p95_s(0.0)) == (0.0, 0.0)


def test_a_wake_up_before_its_time_is_no_lag() -> None:
    lag = LoopLag()
    lag.note(-0.01, 1.0)
    assert lag.last_s == 0.0


async def test_a_callback_that_holds_the_loop_up_is_seen() -> None:
    lag = LoopLag()
    watching = asyncio.create_task(watch_loop(lag, every_s=0.01))
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251  this is the callback
    while not lag.last_s:
        await asyncio.sleep(0)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    assert lag.last_s >= 0.15
