"""The files by which clients find the server: its address (owner only) and a lock held while it lives."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class AlreadyRunningError(Exception):
    """Another server with the same name holds the lock."""


class Address:
    """Announces one server under a name; usable as a context manager.

    The address is believed only while the lock is held, so a file left by a killed process misleads nobody.

    Args:
        folder: Where the files are.
        instance: The server's name.
    """

    def __init__(self, folder: Path, instance: str) -> None:
        self.lock_path = folder / f"{instance}.lock"
        self.json_path = folder / f"{instance}.json"
        self._lock: IO[str] | None = None

    def acquire(self, wait_s: float) -> None:
        """Take the lock, waiting for a server that is just ending.

        Raises:
            AlreadyRunningError: It is still held after `wait_s` seconds.
        """
        self.lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.lock_path.open("a")
        give_up = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                if time.monotonic() >= give_up:
                    lock.close()
                    raise AlreadyRunningError(f"another embedded server holds {self.lock_path}") from exc
                time.sleep(0.05)
            else:
                self._lock = lock
                self.json_path.unlink(missing_ok=True)
                return

    def announce(self, port: int, token: str) -> None:
        """Write the address in one step, readable by the owner only."""
        temporary = self.json_path.with_suffix(f".{os.getpid()}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"port": port, "pid": os.getpid(), "token": token}, file)
        temporary.replace(self.json_path)

    def withdraw(self) -> None:
        """Remove the address; the lock stays until the process ends."""
        if self._lock is not None:
            self.json_path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.withdraw()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
