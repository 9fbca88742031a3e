"""How much memory a call process takes for itself, and when that is too much."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MIB = 1024 * 1024
FIELD = re.compile(r"^(Pss|Private_Clean|Private_Dirty|Private_Hugetlb):\s+(\d+) kB$", re.MULTILINE)

Verdict = Literal["warn", "kill"]


@dataclass(frozen=True)
class Memory:
    """A process's memory, in bytes.

    RSS is no measure here: a forked process counts all that it shares with the template.
    """

    pss_bytes: int
    """Its own, and its share of what it shares with others."""
    uss_bytes: int
    """Its own: what would be free without it."""

    @property
    def pss_mb(self) -> int:
        """`pss_bytes` in MiB."""
        return self.pss_bytes // MIB


@dataclass(frozen=True)
class MemoryLimits:
    """What a call process may take, in MiB of PSS; 0 is no limit."""

    warn_mb: int
    limit_mb: int

    def verdict(self, memory: Memory) -> Verdict | None:
        """What a process of this size has coming; None: nothing."""
        if self.limit_mb and memory.pss_bytes > self.limit_mb * MIB:
            return "kill"
        if self.warn_mb and memory.pss_bytes > self.warn_mb * MIB:
            return "warn"
        return None


async def read_memory(pid: int) -> Memory | None:
    """The memory of a process now; None where it cannot be read: not on Linux, not ours, or gone."""
    return await asyncio.to_thread(_read, pid)


def _read(pid: int) -> Memory | None:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    sizes = {name: int(size) * 1024 for name, size in FIELD.findall(text)}
    if "Pss" not in sizes:
        return None
    return Memory(sizes.pop("Pss"), sum(sizes.values()))
