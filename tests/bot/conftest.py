"""Calls in text from a few lines: a caller, a shop, faults and a model that does exactly what it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.callers.rehearsal import load_rehearsal
from bot.callers.result import Result
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
    "1042": {
        "phone": "+15550100042",
        "name": "Omar Haddad",
        "status": "scheduled",
        "delivery_date": "2026-03-16",
        "city": "Boston",
    },
    "1050": {
        "phone": CALLER,
        "name": "Priya Nair",
        "status": "delivered",
        "delivery_date": "2026-03-02",
        "city": "Denver",
    },
}

Play = Callable[..., Awaitable[Result]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a text call: `await play(turns, moves=…, faults=…, **script)`; Wednesday 11 March 2026 in Kyiv."""
    from bot.callers.chat import run_chat

    async def run(
        turns: Sequence[str | dict[str, Any]],
        *,
        moves: Sequence[dict[str, Any]] | None = None,
        faults: Sequence[dict[str, Any]] | None = None,
        **script: Any,
    ) -> Result:
        document = {
            "caller_id": CALLER,
            "language": "en",
            "now": "2026-03-11T10:00:00+02:00",
            "turns": [{"say": turn} if isinstance(turn, str) else turn for turn in turns],
        } | script
        paths = {"script": document, "shop": {"orders": SHOP}, "faults": {"faults": faults}, "moves": {"moves": moves}}
        for name, content in paths.items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        rehearsal = load_rehearsal(
            tmp_path / "script.yaml",
            tmp_path / "shop.yaml",
            tmp_path / "faults.yaml" if faults else None,
            f"script:{tmp_path / 'moves.yaml'}" if moves else None,
        )
        settings = Settings(_env_file=None, data_dir=tmp_path / "data", transfer_number="+15550100999")
        return await run_chat(rehearsal, settings)

    return run
