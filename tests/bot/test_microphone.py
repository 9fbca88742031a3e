"""A call at the machine's own microphone: what is shown of it, and what is said where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.microphone import follow
from bot.settings import Settings
from storage.calls import record_call
from storage.database import Database
from storage.journal import Journal

pytestmark = pytest.mark.component


async def test_what_is_said_is_told_as_it_happens_and_to_the_end(database: Database, database_url: str) -> None:
    await record_call(database, call_id="MI1", carrier="microphone", direction="inbound")
    told: list[tuple[str, Mapping[str, Any]]] = []
    heard, is_over = asyncio.Event(), asyncio.Event()

    def on_event(at_s: float, kind: str, body: Mapping[str, Any]) -> None:
        assert at_s >= 0
        told.append((kind, body["text"]))
        heard.set()

    settings = Settings(_env_file=None, database_url=database_url)
    following = asyncio.create_task(follow(settings, "MI1", on_event, is_over))
    journal = Journal(database, "MI1")
    await journal.append("bot_said", {"text": "Вітаю"})
    await asyncio.wait_for(heard.wait(), 10)  # while the call goes on
    await journal.append("user_said", {"text": "Добрий день"})
    is_over.set()
    await asyncio.wait_for(following, 10)
    assert told == [("bot_said", "Вітаю"), ("user_said", "Добрий день")]
    await journal.close()


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        import pyaudio  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("PyAudio is installed here")
    monkeypatch.chdir(tmp_path)
    for words in (["mic"], ["mic", "--devices"]):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 1
        assert "portaudio19-dev" in result.stderr
