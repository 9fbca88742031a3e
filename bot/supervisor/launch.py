"""How a call's process comes into being: what the rest of the supervisor needs to know of it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Protocol


class ProcessError(Exception):
    """A call process did not start, or did not do what it was asked."""

    code = "call_process_failed"


@dataclass(frozen=True)
class Exit:
    """How a process ended."""

    status: int | None
    """Exit status, or minus the number of the signal that killed it; None if nobody could tell."""
    cpu_s: float | None = None
    """CPU seconds it used in all, if known."""

    @property
    def reason(self) -> str | None:
        """Why it was no orderly end; None if it was one."""
        if self.status is None:
            return "its end was not seen"
        if self.status < 0:
            return f"killed by signal {-self.status}"
        return f"exit status {self.status}" if self.status else None


class Child(Protocol):
    """A process that has been started."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def send_signal(self, number: int) -> None:
        """Sends a signal to it and what it has started; nothing happens if it has ended."""

    async def wait(self) -> Exit:
        """Returns when it has ended; may be awaited by one task only."""


class Launcher(Protocol):
    """Starts call processes."""

    @property
    def is_ready(self) -> bool:
        """Whether a process could be started at once."""

    async def launch(self, control: socket.socket) -> Child:
        """A new process with its end of the control socket.

        Args:
            control: The process's end; the launcher closes its own copy.

        Raises:
            ProcessError: none could be started.
        """

    async def close(self) -> None:
        """Starts no more; processes that run go on."""
