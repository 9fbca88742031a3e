"""The VoxEngine scenario in a Node process, against a live server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes.live_server import PUBLIC, LiveServer
from fakes.voximplant_server import SECRET

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "deploy" / "voximplant" / "agent.js"
STUBS = Path(__file__).parent / "voxengine.mjs"
DEADLINE_S = 20.0


def node() -> str:
    """Node's path; skips the test without it, or if it is too old to have a WebSocket."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


class ScenarioProcess:
    """What the scenario has done, and what happens to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []

    async def do(self, what: str, **fields: Any) -> None:
        """Has something happen on the platform."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **fields}).encode() + b"\n")
        await self._process.stdin.drain()

    async def wait(self, what: str, **fields: Any) -> dict[str, Any]:
        """The next thing of this kind that the scenario does; what it does before is kept in `told`."""
        assert self._process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            while True:
                line = await self._process.stdout.readline()
                if not line:
                    errors = (await self._process.stderr.read()).decode() if self._process.stderr else ""
                    raise AssertionError(f"the scenario ended before {what}: {self.told}; {errors}")
                told: dict[str, Any] = json.loads(line)
                self.told.append(told)
                if told["what"] == what and all(told.get(name) == value for name, value in fields.items()):
                    return told

    async def message(self, text: str) -> None:
        """Returns when this message has come over the media socket."""
        await self.wait("message", text=text)


@asynccontextmanager
async def scenario(live: LiveServer | None, data: str = "", **environment: str) -> AsyncIterator[ScenarioProcess]:
    """The scenario for as long as the block lasts; without a server nothing answers it."""
    connect_to = f"http://127.0.0.1:{live.port}" if live else "http://127.0.0.1:9"
    process = await asyncio.create_subprocess_exec(
        node(),
        "--experimental-websocket",
        str(STUBS),
        str(SCENARIO),
        PUBLIC,
        connect_to,
        SECRET,
        data,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    try:
        running = ScenarioProcess(process)
        await running.wait("ready")
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
