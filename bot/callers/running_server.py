"""A server of our own for one rehearsal: started, waited for, and ended with everything it started."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.settings import Settings, server_environment

READY_DEADLINE_S = 60.0
STOP_DEADLINE_S = 15.0
POLL_S = 0.1
LOG_TAIL_LINES = 12
SERVER = Path(__file__).parents[2] / "server.py"


class ServerStartError(Exception):
    """The server did not come up; the message ends with what it last logged."""

    code = "server_not_ready"


@dataclass(frozen=True)
class RunningServer:
    """Where a server listens, and the key of its API."""

    url: str
    api_key: str
    pid: int | None = None
    """Of a server that was started here."""


def free_port() -> int:
    """A TCP port on loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def run_server(settings: Settings, log_path: Path) -> AsyncIterator[RunningServer]:
    """A server with these settings, ready to take a call; it has ended when the block is left.

    Args:
        settings: Everything it needs; address, port and the key of its API are chosen here.
        log_path: Where its log goes.

    Raises:
        ServerStartError: it ended or was not ready within a minute.
    """
    port, api_key = free_port(), secrets.token_urlsafe(16)
    own = {"HOST": "127.0.0.1", "PORT": str(port), "API_KEY": api_key}
    environment = server_environment(settings.as_environment() | own)
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SERVER), env=environment, stdout=log, stderr=log, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_until_ready(process, url, log_path)
        yield RunningServer(url, api_key, process.pid)
    finally:
        await _stop(process)


async def _wait_until_ready(process: asyncio.subprocess.Process, url: str, log_path: Path) -> None:
    last = "no answer yet"
    try:
        async with asyncio.timeout(READY_DEADLINE_S), httpx.AsyncClient(timeout=2.0) as client:
            while process.returncode is None:
                try:
                    answer = await client.get(f"{url}/readyz")
                except httpx.TransportError:
                    await asyncio.sleep(POLL_S)
                    continue
                if answer.status_code == httpx.codes.OK and answer.json().get("idle", 1):
                    return
                last = json.dumps(answer.json().get("waiting_for", {}))
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise ServerStartError(f"not ready within {READY_DEADLINE_S:g} s: {last}; log: {log_path}") from None
    log = await asyncio.to_thread(log_path.read_text, errors="replace")
    tail = "\n".join(log.splitlines()[-LOG_TAIL_LINES:])
    raise ServerStartError(f"the server ended with status {process.returncode}:\n{tail}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), STOP_DEADLINE_S / 3)
        except TimeoutError:
            continue
