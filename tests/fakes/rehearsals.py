"""A rehearsal from a few lines of a test: its files are written and read as anyone's are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.callers.rehearsal import Rehearsal, load_rehearsal

CALLER = "+15550107788"


def _order(phone: str, name: str, status: str, day: str, city: str) -> dict[str, str]:
    return {"phone": phone, "name": name, "status": status, "delivery_date": day, "city": city}


SHOP = {
    "1033": _order(CALLER, "Priya Nair", "scheduled", "2026-03-14", "Denver"),
    "1042": _order("+15550100042", "Omar Haddad", "scheduled", "2026-03-16", "Boston"),
    "1050": _order(CALLER, "Priya Nair", "delivered", "2026-03-02", "Denver"),
}


def write_rehearsal(
    folder: Path,
    turns: Sequence[str | dict[str, Any]],
    *,
    moves: Sequence[dict[str, Any]] | None = None,
    faults: Sequence[dict[str, Any]] | None = None,
    **script: Any,
) -> Rehearsal:
    """The rehearsal of a caller who says `turns` on Wednesday 11 March 2026, ten o'clock in Kyiv."""
    document = {
        "caller_id": CALLER,
        "language": "en",
        "now": "2026-03-11T10:00:00+02:00",
        "turns": [{"say": turn} if isinstance(turn, str) else turn for turn in turns],
    } | script
    files = {"script": document, "shop": {"orders": SHOP}, "faults": {"faults": faults}, "moves": {"moves": moves}}
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_rehearsal(
        folder / "script.yaml",
        folder / "shop.yaml",
        folder / "faults.yaml" if faults else None,
        f"script:{folder / 'moves.yaml'}" if moves else None,
    )
