"""Tasks that go wrong at one change: a model that repeats itself or presses on, a caller who does not say yes."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.settings import Settings
from evals.tau2_retail.models import Shop
from evals.tau2_retail.play import Script, Turn, play
from evals.tau2_retail.replay import LAST_WORDS, YES, call_of, introduction, of_changes, parts
from evals.tau2_retail.rules import apply
from evals.tau2_retail.store import Fault, Store
from evals.tau2_retail.tasks import GoldCall, Task

_NO = ("No.", "No, thank you.", "No, don't do that.", "No, leave it as it is.")
_NO_ANSWER = ("Hmm.", "Wait a moment.", "What does that mean?", "I am not sure.", "Let me think about it.")
_OWN_WORDS = ("I will do that for you now, all right?", "So I can go ahead, yes?", "Shall I take care of everything?")
_PAUSE_S = 0.3


@dataclass
class Case:
    """One call with something wrong in it.

    Attributes:
        turns: Of the caller.
        moves: Of the model.
        agreed: The changes that the caller has said yes to: each is to be made once, and no other.
        faults: Of the shop, as in `Store`.
        pause_s: Of the shop.
    """

    turns: list[Turn]
    moves: list[Mapping[str, Any]]
    agreed: list[GoldCall]
    faults: list[Fault | None] = field(default_factory=list)
    pause_s: float = 0.0

    def goes_on(self, calls: Sequence[GoldCall]) -> None:
        """The caller agrees to all that follows."""
        for call in calls:
            turns, moves = parts(call)
            self.turns += turns
            self.moves += moves
            self.agreed += [call] if call.writes else []


Spoil = Callable[[Case, GoldCall, Sequence[GoldCall], Shop, random.Random], None]
"""Adds the change that goes wrong, and what is left of the task where the caller has agreed."""


def _repeated(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.goes_on([call])
    case.moves += [call_of(call)] * rng.randint(1, 3)
    case.goes_on(rest)


def _parallel(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    several = {"calls": call_of(call)["calls"] * rng.randint(2, 3)}
    case.moves += [several, several]
    case.turns.append(YES)
    case.agreed.append(call)


def _said_no(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    _presses_on(case, call, [rng.choice(_NO), rng.choice(_NO)])


def _said_nothing(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    _presses_on(case, call, [rng.choice(_NO_ANSWER), rng.choice(_NO_ANSWER)])


def _presses_on(case: Case, call: GoldCall, answers: Sequence[str]) -> None:
    case.moves += [call_of(call)] * (1 + len(answers))
    case.turns += [Turn(answer) for answer in answers]


def _cut_short(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.turns[-1] = replace(case.turns[-1], cuts_short=True)
    case.moves += [call_of(call)] * 2
    case.turns.append(YES)


def _own_words(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.moves += [{"say": rng.choice(_OWN_WORDS)}, call_of(call)]
    case.turns.append(YES)


def _while_writing(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.pause_s = _PAUSE_S
    case.moves += [call_of(call)] * 3
    case.turns += [replace(YES, while_writing=True), Turn("Please hurry.")]
    case.agreed.append(call)


def _reply_lost(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.faults = [*[None] * len(case.agreed), "reply_lost"]
    _repeated(case, call, rest, shop, rng)


def _not_done(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.faults = [*[None] * len(case.agreed), "connection_refused"]
    _repeated(case, call, rest, shop, rng)


def _other_values(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    case.moves += [call_of(call), call_of(replace(call, arguments=_others(call.arguments, shop, rng)))]
    case.turns.append(YES)


def _others(given: Mapping[str, Any], shop: Shop, rng: random.Random) -> dict[str, Any]:
    if "reason" in given:
        reasons = {"no longer needed", "ordered by mistake"} - {given["reason"]}
        return {**given, "reason": reasons.pop()}
    if "zip" in given:
        return {**given, "address1": f"{rng.randint(1, 999)} Elsewhere Road"}
    methods = shop.users[shop.orders[given["order_id"]].user_id].payment_methods
    left = sorted(set(methods) - {given["payment_method_id"]})
    if left and rng.random() < 0.5:
        return {**given, "payment_method_id": rng.choice(left)}
    order = shop.orders[given["order_id"]]
    more = [line.item_id for line in order.items if line.item_id not in given.get("item_ids", [])]
    changed = [*given.get("item_ids", []), *more[:1]] if more else given.get("item_ids", [])[:-1]
    return {**given, "item_ids": changed}


def _somebody_elses(case: Case, call: GoldCall, rest: Sequence[GoldCall], shop: Shop, rng: random.Random) -> None:
    if "order_id" in call.arguments:
        owner = shop.orders[call.arguments["order_id"]].user_id
        theirs = {"order_id": rng.choice([one.order_id for one in shop.orders.values() if one.user_id != owner])}
    else:
        theirs = {"user_id": rng.choice([one for one in shop.users if one != call.arguments["user_id"]])}
    case.moves += [call_of(replace(call, arguments={**call.arguments, **theirs}))] * 2
    case.moves.append(LAST_WORDS)
    case.turns.append(YES)


KINDS: Mapping[str, Spoil] = {
    "repeated": _repeated,
    "parallel": _parallel,
    "said no": _said_no,
    "said nothing to it": _said_nothing,
    "question cut short": _cut_short,
    "asked in the model's own words": _own_words,
    "interrupted while writing": _while_writing,
    "reply lost": _reply_lost,
    "connection refused": _not_done,
    "other values than agreed": _other_values,
    "somebody else's": _somebody_elses,
}


@dataclass(frozen=True)
class Outcome:
    """What one case left behind.

    Attributes:
        kind: Of `KINDS`.
        task_id: Of the task.
        made: How many changes were made.
        agreed: How many the caller had said yes to.
        duplicates: Changes that were made more often than they were agreed to.
        unconfirmed: Changes that were never agreed to.
        missing: Changes that were agreed to and not made.
        differences: Paths at which the shop is not as the agreed changes leave it.
    """

    kind: str
    task_id: str
    made: int
    agreed: int
    duplicates: int
    unconfirmed: int
    missing: int
    differences: tuple[str, ...]


def spoil(task: Task, kind: str, shop: Shop, seed: int) -> Case:
    """The task with one of its changes gone wrong; which one is drawn."""
    rng = random.Random(f"{seed} {kind} {task.task_id}")
    at = rng.choice([number for number, call in enumerate(task.calls) if call.writes])
    first, moves = introduction(task, shop)
    case = Case([first], list(moves), [])
    case.goes_on(task.calls[:at])
    KINDS[kind](case, task.calls[at], task.calls[at + 1 :], shop, rng)
    case.moves.append(LAST_WORDS)
    return case


async def run_case(task: Task, kind: str, shop: Shop, settings: Settings, seed: int) -> Outcome:
    """Plays a task with one of its changes gone wrong, and counts what was changed against what was agreed to."""
    case = spoil(task, kind, shop, seed)
    store = Store(shop, faults=list(case.faults), pause_s=case.pause_s)
    call_id = f"task-{task.task_id}-{secrets.token_hex(4)}"
    await play(Script(case.turns, case.moves), store, settings, call_id)
    made, agreed = _count(store.writes), _count([(call.tool, call.arguments) for call in case.agreed])
    unconfirmed = sum(number for key, number in made.items() if key not in agreed)
    return Outcome(
        kind,
        task.task_id,
        made=made.total(),
        agreed=agreed.total(),
        duplicates=(made - agreed).total() - unconfirmed,
        unconfirmed=unconfirmed,
        missing=(agreed - made).total(),
        differences=tuple(of_changes(_changes_of(case.agreed, task, shop), store)),
    )


def _count(writes: Sequence[tuple[str, Mapping[str, Any]]]) -> Counter[str]:
    return Counter(f"{tool} {sorted(arguments.items())}" for tool, arguments in writes)


def _changes_of(calls: Sequence[GoldCall], task: Task, shop: Shop) -> dict[tuple[str, ...], Any]:
    """What the changes leave behind, made straight in a shop of their own."""
    store = Store(shop)
    for call in calls:
        state = store.state(str(task.user_id(shop)), call.arguments.get("order_id"))
        store.put(call.tool, call.arguments, apply(store, call.tool, state, call.arguments))
    return store.changes()
