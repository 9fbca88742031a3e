"""Calls held in the server's own process: for a debugger, and for nothing else. One call can harm all others."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

from bot.supervisor.launch import Exit


class InlineChild:
    """A task that behaves as a process does."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    @property
    def pid(self) -> int:
        """The server's process id."""
        return os.getpid()

    def send_signal(self, number: int) -> None:
        """Cancels the task for signals that would end a process."""
        if number in (signal.SIGKILL, signal.SIGTERM):
            self._task.cancel()

    async def wait(self) -> Exit:
        """Returns when the task has ended."""
        await asyncio.wait([self._task])
        if self._task.cancelled():
            return Exit(-signal.SIGKILL)
        return Exit(1 if self._task.exception() else 0)


class InlineLauncher:
    """Runs each call as a task.

    Args:
        session: Name of the module that holds the call.
    """

    is_ready = True

    def __init__(self, session: str) -> None:
        self._session = session

    async def launch(self, control: socket.socket) -> InlineChild:
        """See `Launcher`."""
        from bot.supervisor.child import CallChild  # what carries sound is loaded only where it is asked for

        call = CallChild(control, self._session, owns_process=False).run()
        return InlineChild(asyncio.get_running_loop().create_task(call, name="inline call"))

    async def close(self) -> None:
        """Nothing to end."""
