"""Which call processes a server has started, on disk, so that the next one ends those that a killed server left.

`DATA_DIR/processes/<node>/<pid>` holds the start times of the process and of its server. A process is known by its
number and its start time together: a number that was given to another program is never touched. The node is this
boot of this machine, in this container: a number says nothing anywhere else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

FOLDER = "processes"
END_S = 2.0
KEPT_S = 30 * 24 * 3600.0
"""Records of another boot or container are forgotten after this time."""


@dataclass(frozen=True)
class ProcessId:
    """A process that no other one can be taken for, on this node."""

    pid: int
    started: int
    """Clock ticks since the machine started."""

    @classmethod
    def of(cls, pid: int) -> ProcessId | None:
        """The process with this number now; None if there is none, or no /proc."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        # The program's name stands in parentheses and may hold anything; state is the first field after it.
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else cls(pid, int(fields[18]))

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return ProcessId.of(self.pid) == self


class ProcessRecord:
    """The call processes of this server, each a small file.

    Args:
        data_dir: Shared with other servers or not; each leaves the processes of others that live alone.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = _folder(data_dir)
        self._server = ProcessId.of(os.getpid())

    def add(self, pid: int) -> None:
        """Writes a process down as ours; not where there is no /proc, or the process is gone."""
        process = ProcessId.of(pid)
        if process is None or self._server is None or self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f".{pid}"
            part.write_text(f"{process.started} {self._server.pid} {self._server.started}\n", encoding="ascii")
            part.replace(self._folder / str(pid))
        except OSError as exc:
            logger.warning("call process not written down", pid=pid, reason=exc.strerror)

    def remove(self, pid: int) -> None:
        """Forgets a process that has ended."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / str(pid)).unlink(missing_ok=True)


def end_orphans(data_dir: Path) -> int:
    """Ends the call processes whose server is dead; gives their number. Waits up to 2 s, so call it in a thread."""
    folder = _folder(data_dir)
    if folder is None:
        return 0
    _forget_others(folder)
    ended = 0
    for path in sorted(folder.glob("[0-9]*")):
        try:
            started, server, server_started = (int(word) for word in path.read_text(encoding="ascii").split())
            process = ProcessId(int(path.name), started)
        except (OSError, ValueError):
            path.unlink(missing_ok=True)
            continue
        if ProcessId(server, server_started).is_alive:
            continue
        if _end(process):
            logger.warning("call process of a dead server ended", pid=process.pid)
            ended += 1
        path.unlink(missing_ok=True)
    return ended


def _end(process: ProcessId) -> bool:
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        # Compared after it is held: from here on the number cannot come to mean another process unnoticed.
        if not process.is_alive:
            return False
        signal.pidfd_send_signal(fd, signal.SIGKILL)
        select.select([fd], [], [], END_S)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _folder(data_dir: Path) -> Path | None:
    """The folder of this node's records; None where there is no /proc."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        node = boot + str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return None
    return data_dir / FOLDER / hashlib.sha256(node.encode()).hexdigest()[:12]


def _forget_others(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for other in folder.parent.iterdir():
            if other != folder and other.stat().st_mtime < time.time() - KEPT_S:
                shutil.rmtree(other, ignore_errors=True)
