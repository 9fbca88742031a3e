"""The real server in a process of its own, for tests that a browser drives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

READY_S = 150.0
POLL_S = 0.5


def own_server(home: Path, **settings: str) -> Iterator[tuple[str, str]]:
    """The address and the key of a server that is ready; it ends with the fixture that asked for it."""
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment |= {"DATA_DIR": str(home), "PORT": "0", "DEFAULT_LANGUAGE": "en"} | settings
    with (home / "log").open("w") as log:
        command = [sys.executable, "-m", "bot.cli", "serve", "--no-browser"]  # it brings the sample orders
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
        try:
            yield _wait_until_ready(process, home / "log"), (home / "api_key").read_text().strip()
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        try:
            if found and httpx.get(f"{found[0]}/readyz").status_code == httpx.codes.OK:
                return found[0]
        except httpx.TransportError:
            pass
        time.sleep(POLL_S)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()[-2000:]}")
