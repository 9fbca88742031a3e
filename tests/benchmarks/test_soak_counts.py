"""What the soak takes for a leak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.soak import Count, leaks

pytestmark = pytest.mark.unit

COUNT = Count(calls=0, failed=0, processes=3, fds=43, threads=6, temporary_files=1, lasting_pss_mb=180.0)


def counts(**last: object) -> list[Count]:
    return [
        COUNT,
        *(replace(COUNT, calls=calls, fds=44) for calls in (100, 200)),
        replace(COUNT, calls=300, fds=44, **last),
    ]


def test_what_the_first_calls_open_is_no_leak() -> None:
    assert leaks(counts()) == []


@pytest.mark.parametrize("name", ["processes", "threads", "temporary_files"])
def test_whatever_grows_is_a_leak(name: str) -> None:
    (found,) = leaks(counts(**{name: 9}))

    assert name in found


def test_growing_memory_is_a_leak() -> None:
    grown = [replace(COUNT, calls=calls, lasting_uss_mb=150.0 + calls / 50) for calls in (0, 100, 200, 300)]

    assert leaks(grown) == ["lasting memory grew by 2.00 MB in 100 calls"]


def test_servers_of_a_broken_run_are_compared_each_with_itself() -> None:
    first = [COUNT, replace(COUNT, calls=100, fds=50)]
    second = [replace(COUNT, calls=100, server=1), replace(COUNT, calls=200, server=1, fds=44)]

    assert leaks([*first, *second]) == []


def test_failed_calls_are_told() -> None:
    assert leaks([replace(COUNT, calls=100, failed=2)]) == ["2 calls failed"]
