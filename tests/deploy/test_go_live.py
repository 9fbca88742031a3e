"""docs/go-live.md, walked: its settings, its files and its commands, with an emulator where Twilio would be."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from caddy_front import caddy_before

from bot.callers.running_server import free_port
from bot.settings import Settings
from emulators.twilio import CallerLine, Carrier

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

pytest.importorskip("piper", reason="speech of the offline default is not installed")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/go-live.md").read_text(encoding="utf-8")
ACCOUNT, TOKEN = "AC" + secrets.token_hex(16), secrets.token_hex(16)
CALLER, CALLED = "+380671112233", "+380441112233"
PUBLIC = "https://voice.example.com"
READY_S = 120.0


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[list[str]]:
    """Every `voice-agent …` line of the page, as words, without the one that needs a microphone."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("voice-agent ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_page_names_files_and_settings_that_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    own = {"DOMAIN", "UPSTREAM"}  # Caddy's and compose's
    named = {line.partition("=")[0] for block in blocks("env") for line in block.splitlines()}
    assert {name.lower() for name in named - own} <= set(Settings.model_fields)
    assert {words[0] for words in commands()} == {"numbers", "check", "calls"}


@asynccontextmanager
async def running(folder: Path, environment: dict[str, str], port: int) -> AsyncIterator[None]:
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "server.py")), cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        async with asyncio.timeout(READY_S), httpx.AsyncClient() as client:
            while process.returncode is None:
                try:
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == httpx.codes.OK:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.2)
        assert process.returncode is None, (folder / "log").read_text()[-2000:]
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 30)


async def run(folder: Path, environment: dict[str, str], words: list[str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", *words),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, problems = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, (words, said.decode(), problems.decode())
    return said.decode()


async def test_who_follows_the_page_has_a_number_that_rings(tmp_path: Path) -> None:
    port, front_port = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/numbers.example.yaml", tmp_path / "deploy/numbers.yaml")
    async with Carrier(ACCOUNT, TOKEN, PUBLIC, connect_to=f"http://127.0.0.1:{front_port}") as carrier:
        settings = blocks("env")[0].replace("AC…", ACCOUNT).replace("…", TOKEN)
        assert f"PUBLIC_BASE_URL={PUBLIC}\n" in settings
        here = {
            "PORT": str(port),
            "NUMBERS_FILE": "deploy/numbers.yaml",
            "TWILIO_API_BASE_URL": carrier.rest_url,
            "CLOCK_START": "2026-03-11T10:00:00+02:00",  # within the example's opening hours
        }
        lines = "".join(f"{name}={value}\n" for name, value in here.items())
        (tmp_path / ".env").write_text(settings + lines, encoding="utf-8")
        before = [words for words in commands() if words[0] != "calls"]
        after = [words for words in commands() if words[0] == "calls"]
        async with (
            running(tmp_path, environment, port),
            caddy_before(port, f"http://:{front_port}", tmp_path / "caddy"),
        ):
            for words in before:
                await run(tmp_path, environment, words)
            line = CallerLine(noise_dbfs=-55.0)
            call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", line, status_callback="/twilio/status")
            await line.wait_agent_done()
            await line.hang_up()
            await call.wait_ended(20.0)
            assert [violation.code for violation in call.violations] == []
        said = {}
        for words in after:
            plain = [call.sid if word.startswith("CA3f") else word for word in words]
            said[words[1]] = await run(tmp_path, environment, [*plain, *(["--yes"] if words[1] == "delete" else [])])
        assert "abandoned" in said["list"]
        assert "Добрий день, це служба доставки" in said["show"]
        assert "deleted 1 call" in said["delete"]
        assert json.loads(await run(tmp_path, environment, ["calls", "list", "--json"])) == []
