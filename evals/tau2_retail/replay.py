"""A task's own calls replayed: the caller says who they are and yes to every question, the model follows the task."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.settings import Settings
from evals.tau2_retail.models import Shop
from evals.tau2_retail.play import Played, Script, Turn, play
from evals.tau2_retail.store import Store
from evals.tau2_retail.tasks import GoldCall, Task

YES = Turn("Yes.")
LAST_WORDS = {"say": "Is there anything else?"}
_DOLLARS = 1e-6


@dataclass(frozen=True)
class Replay:
    """One task as it went; `differences` is empty where everything was as the task says."""

    task_id: str
    calls: int
    writes: int
    errors: int
    is_identified_first: bool
    differences: tuple[str, ...]


def call_of(gold: GoldCall) -> dict[str, Any]:
    """The model's move that makes a call."""
    return {"calls": [{"name": gold.tool, "arguments": gold.arguments}]}


def introduction(task: Task, shop: Shop) -> tuple[Turn, list[dict[str, Any]]]:
    """What the caller says of themselves, and the model's first moves where the task has no look-up of its own."""
    said = []
    for call in task.calls:
        given = call.arguments
        if call.tool == "find_user_id_by_email":
            said.append(f"My e-mail address is {given['email']}.")
        elif call.tool == "find_user_id_by_name_zip":
            said.append(f"I am {given['first_name']} {given['last_name']}, and my zip code is {given['zip']}.")
    user = shop.users.get(task.user_id(shop) or "")
    if said or user is None:
        return Turn(" ".join(dict.fromkeys(said)) or "Hello."), []
    lookup = {"calls": [{"name": "find_user_id_by_email", "arguments": {"email": user.email}}]}
    return Turn(f"My e-mail address is {user.email}."), [lookup]


def parts(call: GoldCall) -> tuple[list[Turn], list[dict[str, Any]]]:
    """The caller's turns and the model's moves that a call of the task takes: a change is asked for twice."""
    return ([YES], [call_of(call)] * 2) if call.writes else ([], [call_of(call)])


def script(task: Task, shop: Shop) -> Script:
    """The task as a call."""
    first, moves = introduction(task, shop)
    turns = [first]
    for call in task.calls:
        more_turns, more_moves = parts(call)
        turns += more_turns
        moves += more_moves
    return Script(turns, [*moves, LAST_WORDS])


async def replay(task: Task, shop: Shop, settings: Settings, *, is_as_reference: bool = True) -> Replay:
    """What came of a task, compared with what it says; `is_as_reference` as in `Store`."""
    store = Store(shop, is_as_reference=is_as_reference)
    made = script(task, shop)
    prelude = len(made.moves) - 1 - len(task.calls) - len(task.writes)
    played = await play(made, store, settings, f"task-{task.task_id}-{secrets.token_hex(4)}")
    return Replay(
        task.task_id,
        calls=len(task.calls),
        writes=len(task.writes),
        errors=sum(call.is_error for call in task.calls),
        is_identified_first=prelude > 0,
        differences=tuple([*_of_calls(task, played, prelude), *of_changes(task.changes, store)]),
    )


def _of_calls(task: Task, played: Played, prelude: int) -> list[str]:
    found = []
    ran = [body for body in played.results[prelude:] if body["reason"] != "not_confirmed"]
    asked = len(played.results) - prelude - len(ran)
    if (len(ran), asked, played.moves_left) != (len(task.calls), len(task.writes), 0):
        found.append(
            f"expected {len(task.calls)} calls and {len(task.writes)} questions, got {len(ran)} and {asked}; "
            f"{played.moves_left} moves of the model were not asked for"
        )
    for number, (gold, body) in enumerate(zip(task.calls, ran, strict=False), start=1):
        where = f"call {number} ({gold.tool})"
        if (gold.tool, gold.arguments) != (body["tool"], body["arguments"]):
            found.append(f"{where}: expected its arguments, got {body['tool']} with others")
        elif gold.is_error != (body["status"] == "refused") or body["status"] not in ("done", "refused"):
            expected = "an error" if gold.is_error else "a result"
            found.append(f"{where}: expected {expected}, got {body['status']} ({body['reason']})")
        elif not gold.is_error and not _is_result(gold, body["result"]):
            found.append(f"{where}: the result is another one")
    return found


def _is_result(gold: GoldCall, result: dict[str, Any]) -> bool:
    (value,) = (value for name, value in result.items() if name != "status")
    # The domain gives back a sentence there, and we a state.
    return value == "started" if gold.tool == "transfer_to_human_agents" else is_same(gold.result, value)


def of_changes(expected: dict[tuple[str, ...], Any], store: Store) -> list[str]:
    """Each path at which the shop is not as it should be."""
    now = store.changes()
    paths = sorted({*expected, *now})
    return [f"{'.'.join(path)}: another value" for path in paths if not is_same(expected.get(path), now.get(path))]


def is_same(first: Any, second: Any) -> bool:
    """Whether two JSON values are equal; amounts to a millionth of a dollar, and what is null need not be there."""
    if isinstance(first, dict) and isinstance(second, dict):
        return all(is_same(first.get(name), second.get(name)) for name in {**first, **second})
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(is_same(a, b) for a, b in zip(first, second, strict=True))
    if isinstance(first, float) or isinstance(second, float):
        return isinstance(first, int | float) and isinstance(second, int | float) and _is_near(first, second)
    return bool(first == second)


def _is_near(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=0.0, abs_tol=_DOLLARS)


def totals(replays: Sequence[Replay]) -> dict[str, int]:
    """What was replayed altogether."""
    return {
        "tasks": len(replays),
        "tasks_equal": sum(not one.differences for one in replays),
        "tasks_with_an_error": sum(bool(one.errors) for one in replays),
        "tasks_identified_by_a_lookup_of_ours": sum(one.is_identified_first for one in replays),
        "calls": sum(one.calls for one in replays),
        "errors": sum(one.errors for one in replays),
        "writes": sum(one.writes for one in replays),
    }
