"""Call processes from nothing: each imports everything itself, which takes seconds and shares no memory.

For systems on which the template cannot be used; see `template.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from pathlib import Path

import bot
from bot.settings import child_environment
from bot.supervisor.launch import Exit, ProcessError


def program(*arguments: str) -> tuple[str, ...]:
    """The command line of a process of our own."""
    return (sys.executable, "-P", "-m", "bot", *arguments)


async def start_program(*arguments: str, inherited: int) -> asyncio.subprocess.Process:
    """Starts one of our own programs with a descriptor.

    Args:
        arguments: Of `python -m bot`.
        inherited: Descriptor that keeps its number in the process.

    Raises:
        ProcessError: the system has no room for another process.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *program(*arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=2,  # whatever a library prints belongs to the log
            pass_fds=(inherited,),
            env=child_environment(Path(bot.__file__).parent.parent),
            start_new_session=True,  # the terminal's Ctrl-C is for the server alone
        )
    except OSError as exc:
        raise ProcessError(f"cannot start a process: {exc.strerror}") from exc


class SpawnedChild:
    """A child of this process."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def send_signal(self, number: int) -> None:
        """Sends a signal to its process group."""
        if self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)

    async def wait(self) -> Exit:
        """Returns when it has ended."""
        return Exit(await self._child.wait())


class SpawnLauncher:
    """Starts each process with an interpreter of its own.

    Args:
        session: Name of the module that holds the call.
    """

    is_ready = True

    def __init__(self, session: str) -> None:
        self._session = session

    async def launch(self, control: socket.socket) -> SpawnedChild:
        """See `Launcher`."""
        with control:
            fd = control.fileno()
            arguments = ("--control-fd", str(fd), "--session", self._session)
            return SpawnedChild(await start_program(*arguments, inherited=fd))

    async def close(self) -> None:
        """Nothing to end."""
