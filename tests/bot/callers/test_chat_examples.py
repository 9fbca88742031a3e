"""Every shipped example, played in text against the real conversation, comes out as its companion says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.callers import example_names, load_example
from bot.settings import Settings

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.mark.parametrize("name", example_names())
async def test_example_comes_out_as_expected(name: str, data_dir: Path) -> None:
    from bot.callers.chat import run_chat

    example = load_example(name)
    settings = Settings(_env_file=None, data_dir=data_dir)
    kinds: list[str] = []
    result = await run_chat(example.rehearsal, settings, on_event=lambda at_s, kind, body: kinds.append(kind))
    assert example.expect.differences(result) == []
    assert result.state == "closed"
    assert (result.latency, result.tape) == (None, None)
    assert (kinds[0], kinds[-1]) == ("call_started", "call_ended")
    assert not (data_dir / "voice.db").exists()
