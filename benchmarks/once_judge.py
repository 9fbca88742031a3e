"""The verdict on a call of `benchmarks.exactly_once`, from outside: the shop's history, the yes and the tape."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from benchmarks.once_caller import Played
from benchmarks.once_shop import Effect, Noted, Record

Fault = Literal["lost", "duplicated", "unconfirmed", "misled", "silent"]
FAULTS: dict[Fault, str] = {
    "lost": "the caller heard that it was done, or the ledger says so, and the shop has no such change",
    "duplicated": "more changes than the caller said yes to, or a change to the day that the order had already",
    "unconfirmed": "a change without a yes to exactly this day before it",
    "misled": "the caller's last word was that nothing was changed, and it was",
    "silent": "a yes, a try or a change whose outcome neither the caller nor a record knows",
}
WRITE = "reschedule_delivery"


def judge(
    played: Played, effects: Sequence[Effect], ledger: Sequence[Noted] | None, record: Record | None
) -> list[tuple[Fault, str]]:
    """Everything that is wrong; empty for a call in which every write was done once, or is known not to be.

    Args:
        played: What the caller did and heard.
        effects: The shop's history of the order.
        ledger: The product's own account of its writes; None for a system that keeps none.
        record: The call's row; None for a system that keeps none.
    """
    found: list[tuple[Fault, str]] = []
    done = {effect.day for effect in effects}
    told_done = {dt.date.fromisoformat(day) for kind, day in played.told if kind == "done" and day}
    found += [("lost", f"told that it was moved to {day}") for day in sorted(told_done - done)]
    found += _compare_with_yes(played, effects)
    last = played.told[-1][0] if played.told else None
    # What was said may have been true: a try after it may have been done, and its report not have been heard.
    before = {effect.day for effect in effects if played.told_at and effect.at < played.told_at[-1]}
    if last == "failed" and played.yes and played.yes[-1].day in before - told_done:
        found.append(("misled", f"told that nothing was changed, but moved to {played.yes[-1].day}"))
    known = set(told_done)
    if ledger is not None:
        writes = [noted for noted in ledger if noted.tool == WRITE]
        kept = {dt.date.fromisoformat(noted.day) for noted in writes if noted.status == "done" and noted.day}
        found += [("lost", f"the ledger has a move to {day}") for day in sorted(kept - done - told_done)]
        unknown = [noted for noted in writes if noted.status == "unknown"]
        found += [("silent", f"an open try in the ledger: {n.day}") for n in writes if n.status == "intent"]
        if unknown and (record is None or record.disposition in (None, "resolved")):
            found.append(("silent", f"unknown in the ledger, and the call is {record and record.disposition}"))
        known |= kept | {dt.date.fromisoformat(noted.day) for noted in unknown if noted.day}
    found += [("silent", f"moved to {day}, and nobody knows") for day in sorted(done - known)]
    agreed = played.yes[-1].day if played.yes else None
    is_on_record = record is not None and record.disposition not in (None, "resolved")
    if agreed is not None and agreed not in done | told_done and last not in ("failed", "unknown") and not is_on_record:
        found.append(("silent", f"a yes to {agreed}, nothing was done, and nobody knows"))
    return found


def _compare_with_yes(played: Played, effects: Sequence[Effect]) -> list[tuple[Fault, str]]:
    found: list[tuple[Fault, str]] = []
    wanted = Counter(yes.day for yes in played.yes)
    for day, count in Counter(effect.day for effect in effects).items():
        first = min(effect.at for effect in effects if effect.day == day)
        said = [yes.at for yes in played.yes if yes.day == day]
        if not said or first < min(said):
            found.append(("unconfirmed", f"moved to {day}"))
        if count > max(1, wanted[day]):
            found.append(("duplicated", f"moved to {day} {count} times, {wanted[day]} yes"))
    # A second yes to the same day does not make a second change right: the order is there, whatever was said of it.
    in_order = sorted(effects, key=lambda effect: effect.at)
    found += [("duplicated", f"moved to {b.day} again") for a, b in pairwise(in_order) if a.day == b.day]
    return found
