"""Calls in text from a few lines of a test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import write_rehearsal

from bot.callers.result import Result
from bot.settings import Settings

Play = Callable[..., Awaitable[Result]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a text call: `await play(turns, moves=…, faults=…, **script)`."""
    from bot.callers.chat import run_chat

    async def run(turns: Any, **rest: Any) -> Result:
        rehearsal = write_rehearsal(tmp_path, turns, **rest)
        settings = Settings(_env_file=None, data_dir=tmp_path / "data", transfer_number="+15550100999")
        return await run_chat(rehearsal, settings)

    return run
