"""The given tasks: what each calls, what comes of it, and what has changed at the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.tau2_retail.models import Shop
from evals.tau2_retail.rules import WRITES


@dataclass(frozen=True)
class GoldCall:
    """One call of a tool; `result` is what the domain gave back, or its error in words."""

    tool: str
    arguments: dict[str, Any]
    is_error: bool
    result: Any

    @property
    def writes(self) -> bool:
        """Whether it changes the shop."""
        return self.tool in WRITES and not self.is_error


@dataclass(frozen=True)
class Task:
    """One task; `changes` are values by path at its end."""

    task_id: str
    calls: tuple[GoldCall, ...]
    changes: dict[tuple[str, ...], Any]

    @property
    def writes(self) -> list[GoldCall]:
        """The calls that change the shop."""
        return [call for call in self.calls if call.writes]

    def user_id(self, shop: Shop) -> str | None:
        """Whose task it is; None if no call is about anybody."""
        for call in self.calls:
            order = shop.orders.get(call.arguments.get("order_id", ""))
            found = call.arguments.get("user_id") or (order.user_id if order else None)
            if call.tool.startswith("find_user_id") and not call.is_error:
                found = call.result
            if found:
                return str(found)
        return None


def load(folder: Path) -> tuple[Shop, list[Task]]:
    """The shop and all tasks in a folder with `db.json` and `gold.json`; blocks on the disk.

    Raises:
        FileNotFoundError: One of them is not there.
        pydantic.ValidationError: The shop is not of the form that is expected.
    """
    shop = Shop.model_validate_json((folder / "db.json").read_bytes())
    return shop, [_task(one) for one in json.loads((folder / "gold.json").read_bytes())]


def _task(given: dict[str, Any]) -> Task:
    calls = (GoldCall(one["name"], one["arguments"], one["error"], one["result"]) for one in given["calls"])
    changes = {tuple(one["path"]): one["value"] for one in given["end_state_changes"]}
    return Task(given["id"], tuple(calls), changes)
