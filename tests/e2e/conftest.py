"""Whole calls over the phone path: a server of its own for each, one embedded server for all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.callers.rehearsal import load_rehearsal
from bot.settings import Settings

CALLER = "+15550107788"
SHOP = {
    "1033": {
        "phone": CALLER,
        "name": "Priya Nair",
        "status": "scheduled",
        "delivery_date": "2026-03-14",
        "city": "Denver",
    },
}

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
        turns: Sequence[str | dict[str, Any]],
        *,
        moves: Sequence[dict[str, Any]] | None = None,
        faults: Sequence[dict[str, Any]] | None = None,
        scripted_stt: bool = True,
        **script: Any,
    ) -> Any:
        document = {
            "caller_id": CALLER,
            "language": "en",
            "now": "2026-03-11T10:00:00+02:00",
            "turns": [{"say": turn} if isinstance(turn, str) else turn for turn in turns],
        } | script
        files = {"script": document, "shop": {"orders": SHOP}, "faults": {"faults": faults}, "moves": {"moves": moves}}
        for name, content in files.items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        rehearsal = load_rehearsal(
            tmp_path / "script.yaml",
            tmp_path / "shop.yaml",
            tmp_path / "faults.yaml" if faults else None,
            f"script:{tmp_path / 'moves.yaml'}" if moves else None,
        )
        settings = Settings(_env_file=None, data_dir=data_dir)
        return await run_phone_call(rehearsal, settings, tmp_path / "run", scripted_stt=scripted_stt)

    return run
