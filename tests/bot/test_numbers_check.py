"""`voice-agent numbers check`: what is wrong, what would surprise, and how each number is answered."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.endpoints import stage_endpoints, with_voice
from bot.numbers import load_numbers
from bot.numbers_check import check_numbers
from bot.settings import Settings
from emulators.elevenlabs import ElevenLabsServer

pytestmark = pytest.mark.wire

SARAH = "EXAVITQu4vr4xnSDxMaL"
EXAMPLE = Path(__file__).parents[2] / "deploy/numbers.example.yaml"


@pytest.fixture
async def elevenlabs() -> AsyncIterator[ElevenLabsServer]:
    async with ElevenLabsServer(api_key="good") as server:
        yield server


def settings(data_dir: Path, **changes: Any) -> Settings:
    keys = {"openai_api_key": "sk", "elevenlabs_api_key": "good"}
    return Settings(_env_file=None, data_dir=data_dir, **(keys | changes))


async def advice(tmp_path: Path, text: str, **changes: Any) -> list[str]:
    path = tmp_path / "numbers.yaml"
    path.write_text(text, encoding="utf-8")
    report = await check_numbers(path, settings(tmp_path, **changes))
    assert report.problems == []
    return list(report.advice)


async def test_a_voice_is_looked_for_at_the_provider(elevenlabs: ElevenLabsServer, tmp_path: Path) -> None:
    text = f'numbers: {{"+380441112233": {{voice: {SARAH}}}, "+380441112244": {{voice: nobody}}}}'
    where = {"tts": "elevenlabs,local", "elevenlabs_base_url": elevenlabs.base_url}
    [found] = await advice(tmp_path, text, **where)
    assert found.startswith("+380441112244: elevenlabs offers no voice nobody")
    [unknown] = await advice(tmp_path, text, **where | {"elevenlabs_api_key": "wrong"})
    assert unknown.startswith("the voices were not checked: ELEVENLABS_API_KEY")


@pytest.mark.parametrize(
    ("tts", "voice", "says"),
    [
        ("openai", "nova", None),
        ("openai", SARAH, f"openai offers no voice {SARAH}"),
        ("local", "nova", "is not used while TTS begins with local"),
    ],
)
async def test_a_voice_that_would_not_be_heard_is_told(tmp_path: Path, tts: str, voice: str, says: str | None) -> None:
    found = await advice(tmp_path, f"default: {{voice: {voice}}}", tts=tts)
    assert [says in one for one in found if says] == ([True] if says else [])
    assert bool(found) is bool(says)


async def test_a_fallback_that_the_agent_answers_is_told(tmp_path: Path) -> None:
    text = 'numbers:\n  "+380441112233": {fallback: "+380441112244", overflow: ""}\n  "+380441112244":\n'
    assert await advice(tmp_path, text) == [
        "+380441112233: fallback +380441112244 is answered by the agent itself, as it has an entry here"
    ]


def test_the_voice_of_a_number_is_the_one_that_speaks(tmp_path: Path) -> None:
    path = tmp_path / "numbers.yaml"
    path.write_text(f'numbers: {{"+380441112233": {{voice: {SARAH}}}}}', encoding="utf-8")
    for tts, other in (("elevenlabs,openai", "alloy"), ("openai", None)):
        configured = settings(tmp_path, tts=tts, elevenlabs_voice="another", numbers_file=path)
        entry = load_numbers(configured).entry("+380441112233")
        first, *rest = stage_endpoints(with_voice(configured, entry.voice), "tts")
        assert first.voice == SARAH
        assert [endpoint.voice for endpoint in rest] == ([other] if other else [])


def run(*words: str, **environment: str) -> Any:
    plain = {"COLUMNS": "200", "NUMBERS_FILE": "", "TTS": "local"}
    return CliRunner().invoke(app, ["numbers", "check", *words], env=plain | environment)


def test_the_example_is_right_and_shown_number_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(str(EXAMPLE))
    assert result.exit_code == 0
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line.startswith(("+", "any"))}
    assert rows.keys() == {"+380441112233", "+14155550100", "+77172000000", "any"}
    assert "mon-fri 09:00-18:00" in rows["+380441112233"]
    assert rows["+14155550100"].split()[-1] == "nobody"
    assert rows["any"].split()[-2:] == ["+380440000000", "+380440000000"]
    assert "numbers.example.yaml: right" in result.stdout


def test_every_problem_stands_on_a_line_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("numbers.yaml").write_text('default: {language: de}\nnumbers:\n  "+380441112233": {hours: always}\n')
    for result in (run("numbers.yaml"), run(NUMBERS_FILE="numbers.yaml")):
        assert result.exit_code == 2
        first, second = result.stderr.splitlines()
        assert first == "numbers.yaml:1: language: expected 'uk', 'ru' or 'en', got 'de'"
        assert second.startswith("numbers.yaml:3: hours: expected e.g. 'mon-fri 09:00-18:00")
        assert result.stdout == ""


def test_without_a_file_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not os.path.lexists(".env")
    assert "NUMBERS_FILE: not set" in run().stderr
    assert "cannot read" in run("none.yaml").stderr
