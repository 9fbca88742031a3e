"""Delays can be repeated and have the percentiles that were asked for."""

import pytest

from emulators.delays import Delay

pytestmark = pytest.mark.unit


def test_half_of_the_delays_are_below_the_median_and_one_in_twenty_above_the_95th_percentile() -> None:
    delay = Delay(200, 600, seed=3)
    drawn = sorted(delay() for _ in range(4_000))
    assert drawn[2_000] == pytest.approx(0.2, rel=0.05)
    assert drawn[3_800] == pytest.approx(0.6, rel=0.1)


def test_a_seed_repeats_its_delays() -> None:
    first, second, other = Delay(200, 600, 1), Delay(200, 600, 1), Delay(200, 600, 2)
    drawn = [first() for _ in range(5)]
    assert drawn == [second() for _ in range(5)]
    assert drawn != [other() for _ in range(5)]


@pytest.mark.parametrize(("delay", "seconds"), [(Delay.none(), 0.0), (Delay(300, 300), 0.3)])
def test_without_spread_every_delay_is_the_same(delay: Delay, seconds: float) -> None:
    assert {delay() for _ in range(3)} == {seconds}


@pytest.mark.parametrize(("p50_ms", "p95_ms"), [(-1, 5), (200, 100)])
def test_percentiles_out_of_order_are_refused(p50_ms: float, p95_ms: float) -> None:
    with pytest.raises(ValueError, match="expected 0 <= p50_ms <= p95_ms"):
        Delay(p50_ms, p95_ms)
