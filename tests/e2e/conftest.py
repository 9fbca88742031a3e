"""Whole calls over the phone path: a server of its own for each, one embedded server for all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import write_rehearsal

from bot.settings import Settings

PhoneCall = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the models are put together, once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def phone(tmp_path: Path, data_dir: Path) -> PhoneCall:
    """Plays a phone call: `run = await phone(turns, moves=…, faults=…, scripted_stt=True, **script)`."""
    pytest.importorskip("piper", reason="speech of the offline default is not installed")
    from bot.callers.phone_call import run_phone_call

    async def run(
        turns: Any,
        *,
        scripted_stt: bool = True,
        lose_node_at_s: float | None = None,
        over_voximplant: bool = False,
        **rest: Any,
    ) -> Any:
        rehearsal = write_rehearsal(tmp_path, turns, **rest)
        settings = Settings(_env_file=None, data_dir=data_dir)
        folder = tmp_path / "run"
        return await run_phone_call(
            rehearsal,
            settings,
            folder,
            scripted_stt=scripted_stt,
            lose_node_at_s=lose_node_at_s,
            over_voximplant=over_voximplant,
        )

    return run
