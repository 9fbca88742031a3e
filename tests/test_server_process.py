"""`python server.py` as an operator meets it: one sentence when it cannot run, an orderly end when it is asked to."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fakes.live_server import ACCOUNT, AUTH_TOKEN, PUBLIC, children

import server

pytestmark = pytest.mark.component

PROGRAM = Path(server.__file__)
QUIET = {"LOG_FORMAT": "text", "EMBEDDED_URL": "http://127.0.0.1:9/v1", "SPARE_PROCESSES": "0", "PORT": "0"}


async def begin(folder: Path, **environment: str) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        cwd=folder,  # no .env of the checkout
        env=kept | QUIET | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_to_end(folder: Path, **environment: str) -> tuple[int, str]:
    process = await begin(folder, **environment)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, err.decode()


def alive() -> set[int]:
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


@asynccontextmanager
async def running(folder: Path, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A server and its address, read from its log."""
    process = await begin(folder, **environment)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while b"address=" not in (line := await process.stderr.readline()):
                assert line, "the server ended"
            url = line.decode().split("address=")[1].split()[0]
            async with httpx.AsyncClient() as client:
                while True:
                    try:
                        await client.get(f"{url}/healthz")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.01)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param({"PORT": "http"}, ["PORT"], id="port is no number"),
        pytest.param({"LLM": "nobody"}, ["LLM", "local, openai, compatible"], id="unknown provider"),
        pytest.param({"NUMBERS_FILE": "none.yaml"}, ["NUMBERS_FILE", "none.yaml"], id="no numbers file"),
        pytest.param({"DATABASE_URL": "sqlite:////dev/null/voice.db"}, ["DATABASE_URL"], id="no database"),
        pytest.param({"DATABASE_URL": "postgresql://127.0.0.1:9/x"}, ["DATABASE_URL"], id="no database server"),
        pytest.param({"HOST": "192.0.2.1"}, ["PORT", "192.0.2.1"], id="address of another machine"),
        pytest.param(
            {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PUBLIC_BASE_URL": "http://x.example"},
            ["PUBLIC_BASE_URL", "https"],
            id="public address without TLS",
        ),
        pytest.param(
            {"TWILIO_ACCOUNT_SID": ACCOUNT, "HOST": "0.0.0.0"},
            ["PUBLIC_BASE_URL", "TWILIO_AUTH_TOKEN", "API_KEY"],
            id="open to the network without signatures",
        ),
        pytest.param({"HOST": "0.0.0.0"}, ["API_KEY", "openssl rand", "voice-agent keys add"], id="open without a key"),
        pytest.param(
            {"TWILIO_ACCOUNT_SID": "SK1", "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PUBLIC_BASE_URL": PUBLIC},
            ["TWILIO_ACCOUNT_SID"],
            id="no account",
        ),
    ],
)
async def test_what_cannot_work_is_said_in_one_line(
    tmp_path: Path, environment: dict[str, str], words: list[str]
) -> None:
    status, said = await run_to_end(tmp_path, **environment)
    assert status == 1
    *_, last = said.splitlines()
    assert last.startswith("voice-agent: ")
    assert "Traceback" not in said
    assert AUTH_TOKEN not in said
    for word in words:
        assert word in last


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = await run_to_end(tmp_path, PORT=str(port))
    assert (status, len(said.splitlines())) == (1, 1)
    assert f"127.0.0.1:{port}" in said
    assert "in use" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_asked_to_stop_it_ends_in_order_and_leaves_no_process(tmp_path: Path, number: int) -> None:
    async with running(tmp_path, SPARE_PROCESSES="1") as (process, url):
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/")).status_code == 200
            while not (left := children(process.pid)):
                await asyncio.sleep(0.01)
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert not left & alive()


async def test_without_carrier_settings_it_says_what_phone_calls_need(tmp_path: Path) -> None:
    async with running(tmp_path) as (process, url), httpx.AsyncClient() as client:
        assert (await client.post(f"{url}/twilio/voice", data={"CallSid": "CA1"})).status_code == 403
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        said = (await process.stderr.read()).decode()
    assert "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN and PUBLIC_BASE_URL" in said


async def test_a_key_that_serves_no_stage_is_pointed_out(tmp_path: Path) -> None:
    async with running(tmp_path, OPENAI_API_KEY="sk-secret") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        said = (await process.stderr.read()).decode()
    assert "a key alone switches nothing" in said
    assert "sk-secret" not in said


async def test_the_web_process_never_loads_the_pipeline(tmp_path: Path) -> None:
    program = "import sys, server; print(sorted(m for m in sys.modules if m in ('pipecat', 'onnxruntime', 'aiortc')))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), cwd=PROGRAM.parent, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert out.decode().strip() == "[]"
