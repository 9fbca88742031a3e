"""The memory of a call process."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from bot.supervisor.memory import MIB, Memory, MemoryLimits, read_memory

pytestmark = [
    pytest.mark.component,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]

HOLDS_50_MB = "x = bytearray(b'1') * (50 << 20); print('ready', flush=True); input()"


def test_what_a_process_holds_is_seen() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLDS_50_MB], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        memory = asyncio.run(read_memory(process.pid))
        process.communicate(b"\n")
    assert memory is not None
    assert 50 * MIB <= memory.uss_bytes <= memory.pss_bytes < 100 * MIB


def test_a_process_that_is_gone_has_no_memory() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert asyncio.run(read_memory(process.pid)) is None


@pytest.mark.parametrize(
    ("warn_mb", "limit_mb", "pss_mb", "verdict"),
    [
        (300, 0, 300, None),
        (300, 0, 301, "warn"),
        (300, 400, 401, "kill"),
        (0, 0, 9_000, None),
        (0, 400, 400, None),
    ],
)
def test_a_process_is_judged_by_its_share(warn_mb: int, limit_mb: int, pss_mb: int, verdict: str | None) -> None:
    memory = Memory(pss_bytes=pss_mb * MIB, uss_bytes=1)
    assert MemoryLimits(warn_mb, limit_mb).verdict(memory) == verdict
