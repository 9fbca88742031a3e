"""`voice-agent check` tells what works, what does not and what to do, and its exit status is the verdict."""

import asyncio
import io
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from rich.console import Console

from bot.check import Finding, check, show
from bot.settings import Settings
from bot.stages import SettingsError
from emulators.crm import CrmServer
from emulators.elevenlabs import ElevenLabsServer
from emulators.openai import Move, OpenAIServer, ScriptedModel, ScriptedRecognition, ScriptedSpeech

pytestmark = pytest.mark.wire

ACCOUNT = "AC" + "a" * 32
TRIES = 3


@pytest.fixture
async def openai() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer(
        model=ScriptedModel([Move(say="Так.")] * TRIES * 2),
        recognition=ScriptedRecognition(),
        speech=ScriptedSpeech(first_byte_s=lambda: 0.0),
        api_key="sk-good",
    ) as server:
        yield server


def values(openai: OpenAIServer, data_dir: Path, **changes: str) -> dict[str, str]:
    """Settings with everything at the emulator, as they are written in `.env`."""
    stages = {"stt": "openai", "llm": "openai", "tts": "openai"}
    reached = {"openai_api_key": "sk-good", "openai_base_url": openai.base_url, "data_dir": str(data_dir)}
    return stages | reached | changes


def settings(*args: Any, **changes: Any) -> Settings:
    return Settings(_env_file=None, **values(*args, **changes))  # type: ignore[arg-type]


def by_part(findings: list[Finding]) -> dict[str, list[str]]:
    """The states of each part, in order."""
    states: dict[str, list[str]] = {}
    for finding in findings:
        states.setdefault(finding.part, []).append(finding.state)
    return states


async def test_everything_that_works_is_told_with_its_times(openai: OpenAIServer, tmp_path: Path) -> None:
    waited: list[str] = []
    report = await check(settings(openai, tmp_path), waited.append)
    assert report.works
    assert by_part(report.findings) == {
        "stt": ["ok"],
        "llm": ["ok"],
        "tts": ["ok"],
        "database": ["ok"],
        "phone": ["not set"],
    }
    assert all(finding.first_byte_ms is not None for finding in report.findings[:3])
    assert any("tts:openai" in say for say in waited)
    assert not (tmp_path / "voice.db").exists()


async def test_a_first_choice_that_fails_is_the_verdict(openai: OpenAIServer, tmp_path: Path) -> None:
    await openai.break_with("payment", "speech")
    report = await check(settings(openai, tmp_path))
    assert not report.works
    [speech] = [finding for finding in report.findings if finding.part == "tts"]
    assert (speech.state, speech.is_reachable, speech.is_authorised) == ("payment", True, True)
    assert speech.say.startswith("OPENAI_API_KEY: the account has no credit left")


async def test_a_spare_that_fails_is_told_and_no_verdict(openai: OpenAIServer, tmp_path: Path) -> None:
    async with ElevenLabsServer(api_key="good") as elevenlabs:
        report = await check(
            settings(
                openai,
                tmp_path,
                tts="openai,elevenlabs",
                elevenlabs_api_key="wrong",
                elevenlabs_base_url=elevenlabs.base_url,
            )
        )
    assert report.works
    assert by_part(report.findings)["tts"] == ["ok", "unauthorised"]


async def test_what_the_embedded_server_lacks_is_told_of_its_stage_alone(openai: OpenAIServer, tmp_path: Path) -> None:
    report = await check(settings(openai, tmp_path, stt="whisper", llm="local", local_stt_model="/nonexistent/model"))
    assert by_part(report.findings) == {
        "stt": ["error"],
        "llm": ["ok"],
        "tts": ["ok"],
        "database": ["ok"],
        "phone": ["not set"],
    }
    assert "/nonexistent/model" in report.findings[0].say


async def test_a_database_that_was_made_before_is_asked(
    openai: OpenAIServer, tmp_path: Path, migrated_file: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "voice.db")
    assert (await check(settings(openai, tmp_path))).works
    gone = "postgresql://user:hidden@127.0.0.1:9/voice"
    report = await check(settings(openai, tmp_path, database_url=gone))
    assert not report.works
    [database] = [finding for finding in report.findings if finding.part == "database"]
    assert database.state == "unreachable"
    assert "DATABASE_URL" in database.say
    assert "hidden" not in database.say


@pytest.mark.parametrize(
    ("key", "path", "state", "says"),
    [
        ("emulated-crm", "", "ok", ""),
        ("another", "", "unauthorised", "CRM_API_KEY"),
        ("emulated-crm", "/v7", "refused", "CRM_BASE_URL"),
    ],
)
async def test_a_crm_is_asked_for_orders(
    openai: OpenAIServer, tmp_path: Path, key: str, path: str, state: str, says: str
) -> None:
    async with CrmServer() as crm:
        reached = {"shop": "http", "crm_base_url": crm.base_url + path, "crm_api_key": key}
        report = await check(settings(openai, tmp_path, **reached))
    assert report.works is (state == "ok")
    [found] = [finding for finding in report.findings if finding.part == "crm"]
    assert found.state == state
    assert says in found.say
    assert crm.records.changes == 0


async def test_a_crm_that_is_not_there_is_the_verdict(openai: OpenAIServer, tmp_path: Path) -> None:
    gone = {"shop": "http", "crm_base_url": "http://127.0.0.1:9/v1", "crm_api_key": "key"}
    report = await check(settings(openai, tmp_path, **gone))
    assert not report.works
    assert by_part(report.findings)["crm"] == ["unreachable"]


async def test_a_tools_file_that_is_wrong_is_told(openai: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("apis: {crm: {document: gone.json, operations: {getOrder: {show: [order_id]}}}}", "utf-8")
    with pytest.raises(SettingsError, match=r"gone\.json"):
        await check(settings(openai, tmp_path, tools_file=str(path)))


@asynccontextmanager
async def twilio(answer: int, body: dict[str, Any]) -> AsyncIterator[str]:
    """The account resource of Twilio's API."""

    async def account(request: web.Request) -> web.Response:
        assert request.match_info["sid"] == ACCOUNT
        return web.json_response(body, status=answer)

    app = web.Application()
    app.router.add_get("/2010-04-01/Accounts/{sid}.json", account)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "body", "state", "said"),
    [
        (200, {"sid": ACCOUNT, "status": "active"}, "ok", ""),
        (200, {"sid": ACCOUNT, "status": "suspended"}, "refused", "the account is suspended"),
        (401, {"code": 20003, "message": "Authenticate", "status": 401}, "unauthorised", "TWILIO_AUTH_TOKEN"),
        (404, {"code": 20404, "message": "not found", "status": 404}, "refused", "TWILIO_ACCOUNT_SID"),
    ],
)
async def test_the_carrier_is_asked_for_the_account(
    openai: OpenAIServer, tmp_path: Path, status: int, body: dict[str, Any], state: str, said: str
) -> None:
    async with twilio(status, body) as url:
        report = await check(
            settings(
                openai,
                tmp_path,
                twilio_account_sid=ACCOUNT,
                twilio_auth_token="t0ken",
                twilio_api_base_url=url,
                public_base_url="https://voice.example.com",
            )
        )
    phone = report.findings[-1]
    assert (phone.state, report.works) == (state, state == "ok")
    assert said in phone.say
    assert "t0ken" not in phone.say


async def test_an_address_that_no_carrier_can_use_is_told(openai: OpenAIServer, tmp_path: Path) -> None:
    report = await check(settings(openai, tmp_path, public_base_url="http://voice.example.com"))
    assert not report.works
    assert report.findings[-1].say.startswith("PUBLIC_BASE_URL: expected the https address")


async def test_flux_and_idle_keys_are_warned_of(openai: OpenAIServer, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    keys = {"deepgram_api_key": "d", "deepgram_base_url": nowhere, "elevenlabs_api_key": "e"}
    report = await check(settings(openai, tmp_path, stt="openai,deepgram-flux", **keys))
    assert report.warnings == [
        "STT: deepgram-flux does not understand Ukrainian; such calls are heard by openai",
        "ELEVENLABS_API_KEY serves no stage: a key alone switches nothing, set e.g. TTS=elevenlabs",
    ]
    english = await check(settings(openai, tmp_path, stt="openai,deepgram-flux", default_language="en", **keys))
    assert not any("Ukrainian" in warning for warning in english.warnings)


async def test_the_table_fits_a_terminal_and_names_everything(openai: OpenAIServer, tmp_path: Path) -> None:
    await openai.break_with("refuse")
    report = await check(settings(openai, tmp_path))
    printed = io.StringIO()
    show(report, Console(file=printed, width=80))
    table, _, notes = printed.getvalue().partition("\n\n")
    assert "…" not in table
    assert table.count("unreachable") == 3
    assert notes.count("OPENAI_BASE_URL: no connection to ") == 3


async def voice_agent(*args: str, environment: dict[str, str], cwd: Path) -> tuple[int | None, str, str]:
    """Exit status and output of the command line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot.cli", *args),
        cwd=cwd,
        env=os.environ
        | {"PYTHONPATH": str(Path(__file__).parents[2])}
        | {name.upper(): value for name, value in environment.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_command_exits_by_the_verdict_and_writes_it_down(openai: OpenAIServer, tmp_path: Path) -> None:
    good = values(openai, tmp_path)
    bad = good | {"openai_api_key": "sk-wrong"}
    works, fails = await asyncio.gather(
        voice_agent("check", "--json", "good.json", environment=good, cwd=tmp_path),
        voice_agent("check", "--json", "bad.json", environment=bad, cwd=tmp_path),
    )
    status, out, err = works
    assert (status, err) == (0, "")
    assert json.loads((tmp_path / "good.json").read_text())["works"] is True
    assert "first byte" in out

    status, out, err = fails
    assert (status, err) == (1, "")
    written = json.loads((tmp_path / "bad.json").read_text())
    assert [row["state"] for row in written["findings"]] == ["unauthorised"] * 3 + ["ok", "not set"]
    assert "platform.openai.com/api-keys" in out
    assert "sk-wrong" not in out + json.dumps(written)
