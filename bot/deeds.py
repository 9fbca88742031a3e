"""What was done in a call, and what its tools have told: a fold of their results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from spoken.claim_words import Deed

MOVE = "reschedule_delivery"
# What each of our tools does, in the words of a claim; the others act on the call alone, or read.
DOES: Mapping[str, Deed] = {
    MOVE: Deed.MOVED,
    "send_sms": Deed.SENT,
    "transfer_to_human": Deed.TRANSFERRED,
    "create_callback": Deed.CALLBACK,
}
_READS = frozenset({"lookup_order", "find_customer"})
_CALL_ITSELF = frozenset({"end_call", "wait_for_caller", "ask_to_type", "press_digits"})
# What the name of somebody else's tool says that it does; its words are parted by underscores.
_NAMED: tuple[tuple[Deed, re.Pattern[str]], ...] = (
    (Deed.CALLBACK, re.compile(r"(?:^|_)(?:callback|call_?back|ring_?(?:me_?)?back)(?:_|$)")),
    (Deed.CANCELLED, re.compile(r"(?:^|_)(?:cancel|annul|void)(?:_|$)")),
    (Deed.SENT, re.compile(r"(?:^|_)(?:send|text|sms|notify|message)(?:_|$)")),
    (Deed.MOVED, re.compile(r"(?:^|_)(?:move|reschedule|postpone|shift|rebook)(?:_|$)")),
)
_NUMBER = re.compile(r"(?=\S*\d)[\w-]{1,32}")


@dataclass(frozen=True)
class Write:
    """A change that a tool was asked for.

    Attributes:
        tool: Which one.
        arguments: JSON values.
        does: What it does, where whoever allowed the tool has told.
    """

    tool: str
    arguments: Mapping[str, Any]
    does: str | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Write:
        """From the body of a `tool_result` event; without the reason, which a model words anew each time."""
        arguments = body.get("arguments") or {}
        told = {name: value for name, value in arguments.items() if name != "reason"}
        return cls(body["tool"], told, body.get("does"))

    @property
    def deed(self) -> Deed:
        """Of its own kind, where its name tells; else OTHER."""
        if self.does:
            return Deed(self.does)
        if self.tool in DOES:
            return DOES[self.tool]
        named = next((deed for deed, words in _NAMED if words.search(self.tool)), Deed.OTHER)
        return named if named is not Deed.MOVED or self.day else Deed.OTHER

    @property
    def days(self) -> list[date]:
        """The days among its arguments."""
        return list(_days_in(self.arguments))

    @property
    def day(self) -> date | None:
        """The one day among its arguments; None where there is none, or several."""
        return self.days[0] if len(self.days) == 1 else None

    @property
    def numbers(self) -> list[str]:
        """What among its arguments may be the number of an order."""
        texts = (str(value) for value in self.arguments.values() if isinstance(value, str | int))
        return [text for text in texts if _NUMBER.fullmatch(text) and _day(text) is None]

    def __str__(self) -> str:
        """For the model."""
        return f"{self.tool} ({', '.join(f'{name} {value}' for name, value in self.arguments.items())})"


@dataclass(frozen=True)
class Deeds:
    """The ledger of one call as far as sentences may speak of it.

    Attributes:
        done: Everything that was done.
        fresh: What of it was done since the caller last spoke.
        moved: The newest day of each order that was moved.
        sent: Orders of which a message was sent.
        days: The day of delivery of each order that a tool has told of.
        earlier: Days that these orders had before.
        offered: Days that a tool has offered.
        elsewhere: Days in what tools other than the order desk's have told.
        cancelled: Orders that a tool has shown as cancelled.
        others: What tools other than the order desk's have changed.
        unsure: What may or may not have been done: nothing but news of the very same settles it.
        is_newest_unsure: Whether the newest deed is one of these.
    """

    done: frozenset[Deed] = frozenset()
    fresh: frozenset[Deed] = frozenset()
    moved: Mapping[str, date] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    days: Mapping[str, date] = field(default_factory=dict)
    earlier: frozenset[date] = frozenset()
    offered: frozenset[date] = frozenset()
    elsewhere: frozenset[date] = frozenset()
    cancelled: frozenset[str] = frozenset()
    others: tuple[Write, ...] = ()
    unsure: tuple[Write, ...] = ()
    is_newest_unsure: bool = False

    @property
    def is_unsure(self) -> bool:
        """Whether there is anything that may or may not have been done."""
        return bool(self.unsure)

    def told(self) -> frozenset[date]:
        """Every day that a tool has told of."""
        return frozenset(self.days.values()) | self.earlier | self.offered | self.elsewhere

    def known_days(self) -> dict[str, date]:
        """The day of each order whose day is sure."""
        doubted = {number for write in self.unsure for number in write.numbers}
        return {number: day for number, day in self.days.items() if number not in doubted}

    def after_caller(self) -> Deeds:
        """What is left once the caller has spoken."""
        return replace(self, fresh=frozenset()) if self.fresh else self

    def after_tool(self, body: Mapping[str, Any]) -> Deeds:
        """The deeds with one more tool's result."""
        tool, status, result = body["tool"], body["status"], body.get("result") or {}
        if tool in _CALL_ITSELF:
            return self
        # Early journals do not say whether a tool writes.
        if not body.get("writes", tool not in _READS):
            return self._after_reading(tool, result) if status == "done" else self
        write = Write.of(body)
        match status:
            case "done":
                return self._without(write)._after_doing(write, result)
            case "failed":
                # One that met somebody else's change tells how the order is now.
                return self._without(write)._after_orders(result)
            case "unknown" if write.deed is not Deed.TRANSFERRED:
                kept = self._without(write)
                moved = {number: day for number, day in self.moved.items() if number not in write.numbers}
                return replace(kept, unsure=(*kept.unsure, write), is_newest_unsure=True, moved=moved)
            case "refused" if body.get("reason") == "date_unchanged" and write in self.unsure and write.day:
                return self._settled_by({str(write.arguments.get("order_id")): write.day})
        return self  # any other refusal changes nothing, and tells nothing of what was tried before

    def _without(self, write: Write) -> Deeds:
        """This write is settled."""
        unsure = tuple(one for one in self.unsure if one != write)
        return replace(self, unsure=unsure, is_newest_unsure=False)

    def _after_doing(self, write: Write, result: Mapping[str, Any]) -> Deeds:
        deed = write.deed
        after = replace(self, done=self.done | {deed}, fresh=self.fresh | {deed})
        if write.tool == MOVE:
            # Of a result that was not kept: what was asked for.
            values: dict[str, Any] = {**write.arguments, **result}
            return after._after_moving(str(values["order_id"]), date.fromisoformat(values["new_date"]), result)
        if write.tool not in DOES:
            others = (*(one for one in self.others if one != write), write)
            told = frozenset(_days_in([write.arguments, result]))
            after = replace(after, others=others, elsewhere=self.elsewhere | told)
        match deed:
            case Deed.MOVED if write.day and len(write.numbers) == 1:
                return after._after_moving(write.numbers[0], write.day, {})
            case Deed.SENT:
                about = [str(result.get("order_id", ""))] if write.tool in DOES else write.numbers or [""]
                return replace(after, sent=self.sent | {*about})
        return after

    def _after_moving(self, order_id: str, day: date, result: Mapping[str, Any]) -> Deeds:
        known = {self.days[order_id]} if order_id in self.days else set()
        before = {date.fromisoformat(result["old_date"])} if result.get("old_date") else known
        return replace(
            self,
            moved={**self.moved, order_id: day},
            days={**self.days, order_id: day},
            earlier=self.earlier | before,
        )

    def _after_reading(self, tool: str, result: Mapping[str, Any]) -> Deeds:
        if tool not in _READS:
            return replace(self, elsewhere=self.elsewhere | frozenset(_days_in(result)))
        return self._after_orders(result)

    def _after_orders(self, result: Mapping[str, Any]) -> Deeds:
        orders = [order for order in result.get("orders", []) if "order_id" in order]
        days = {str(o["order_id"]): date.fromisoformat(o["delivery_date"]) for o in orders if o.get("delivery_date")}
        cancelled = {str(order["order_id"]) for order in orders if order.get("status") == "cancelled"}
        offered = {date.fromisoformat(day) for day in result.get("offer", [])}
        seen = replace(
            self,
            days={**self.days, **days},
            cancelled=(self.cancelled - days.keys()) | cancelled,
            offered=self.offered | offered,
        )
        return seen._settled_by(days)

    def _settled_by(self, days: Mapping[str, date]) -> Deeds:
        """What an order's day tells of a move of it that nobody knew the end of; the old day tells nothing.

        A change may come late: decision 17.
        """
        after = self
        for write in self.unsure:
            order_id = str(write.arguments.get("order_id"))
            if write.tool == MOVE and order_id in days and days[order_id] == write.day:
                after = after._without(write)
                after = replace(after, done=after.done | {Deed.MOVED}, fresh=after.fresh | {Deed.MOVED})
                after = after._after_moving(order_id, days[order_id], {})
        return after


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text[:10]) if len(text) >= len("2026-03-17") else None
    return None


def _days_in(value: Any) -> Iterator[date]:
    """The days, and the days of the moments, in JSON values."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _days_in(one)
    elif isinstance(value, str) and (day := _day(value)):
        yield day
