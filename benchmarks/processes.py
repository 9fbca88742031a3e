"""What a process and all it started use, read from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """Of one process; memory in kB, CPU in seconds since it began, without its children."""

    pid: int
    name: str
    cpu_s: float
    uss_kb: int = 0
    pss_kb: int = 0
    rss_kb: int = 0
    threads: int = 0
    fds: int = 0


def tree(root: int) -> list[int]:
    """A process and its descendants; what has ended meanwhile is left out."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError):
                children.setdefault(_stat(int(entry.name)).parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        if (_PROC / str(pid)).exists():
            found.append(pid)
        waiting += children.get(pid, [])
    return found


def used_s(before: Sequence[Usage], after: Sequence[Usage]) -> float:
    """CPU time between two readings of a tree; what ended between them is counted up to the first."""
    earlier = {usage.pid: usage.cpu_s for usage in before}
    return sum(max(0.0, usage.cpu_s - earlier.get(usage.pid, 0.0)) for usage in after)


def busy_s() -> float:
    """CPU time of the whole machine that was not idle, since it was started."""
    user, nice, system, _, _, irq, soft, *_ = map(int, (_PROC / "stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + soft) / _TICKS_A_SECOND


def usages(root: int) -> list[Usage]:
    """Every process of a tree; costs some milliseconds each."""
    found = []
    for pid in tree(root):
        with contextlib.suppress(OSError, ValueError):
            stat, kb = _stat(pid), _memory_kb(pid)
            found.append(
                Usage(
                    pid,
                    stat.name,
                    stat.ticks / _TICKS_A_SECOND,
                    uss_kb=kb.get("Private_Clean", 0) + kb.get("Private_Dirty", 0),
                    pss_kb=kb.get("Pss", 0),
                    rss_kb=kb.get("Rss", 0),
                    threads=stat.threads,
                    fds=len(list((_PROC / str(pid) / "fd").iterdir())),
                )
            )
    return found


def available_cores() -> list[int]:
    """The cores this process may run on."""
    return sorted(os.sched_getaffinity(0))


@dataclass(frozen=True)
class _Stat:
    name: str
    parent: int
    ticks: int
    threads: int


def _stat(pid: int) -> _Stat:
    text = (_PROC / str(pid) / "stat").read_text()
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    # Fields 4 (ppid), 14 and 15 (utime, stime) and 20 of proc_pid_stat(5).
    return _Stat(name, int(fields[1]), sum(int(fields[at]) for at in (11, 12)), int(fields[17]))


def _memory_kb(pid: int) -> dict[str, int]:
    kb = {}
    for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kb[name] = int(rest.split()[0])
    return kb
