"""What was done in a call, and what its tools have told: a fold of their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from spoken.claim_words import Deed

# What each of our tools does, in the words of a claim; the others act on the call alone, or read.
DOES: Mapping[str, Deed] = {
    "reschedule_delivery": Deed.MOVED,
    "send_sms": Deed.SENT,
    "transfer_to_human": Deed.TRANSFERRED,
    "create_callback": Deed.CALLBACK,
}
_READS = frozenset({"lookup_order", "find_customer"})
_CALL_ITSELF = frozenset({"end_call", "wait_for_caller", "ask_to_type", "press_digits"})


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
        cancelled: Orders that a tool has shown as cancelled.
        is_unsure: Whether the newest deed may or may not have been done.
    """

    done: frozenset[Deed] = frozenset()
    fresh: frozenset[Deed] = frozenset()
    moved: Mapping[str, date] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    days: Mapping[str, date] = field(default_factory=dict)
    earlier: frozenset[date] = frozenset()
    offered: frozenset[date] = frozenset()
    cancelled: frozenset[str] = frozenset()
    is_unsure: bool = False

    def told(self) -> frozenset[date]:
        """Every day that a tool has told of."""
        return frozenset(self.days.values()) | self.earlier | self.offered

    def after_caller(self) -> Deeds:
        """What is left once the caller has spoken."""
        return replace(self, fresh=frozenset()) if self.fresh else self

    def after_tool(self, body: Mapping[str, Any]) -> Deeds:
        """The deeds with one more tool's result."""
        tool, status, result = body["tool"], body["status"], body.get("result") or {}
        if tool in _CALL_ITSELF:
            return self
        if status != "done":
            return replace(self, is_unsure=status == "unknown") if tool not in _READS else self
        if tool in _READS:
            return self._after_reading(result)
        deed = DOES.get(tool, Deed.OTHER)
        after = replace(self, done=self.done | {deed}, fresh=self.fresh | {deed}, is_unsure=False)
        match deed:
            case Deed.MOVED:
                return after._after_moving(str(result["order_id"]), date.fromisoformat(result["new_date"]), result)
            case Deed.SENT:
                return replace(after, sent=self.sent | {str(result.get("order_id", ""))})
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

    def _after_reading(self, result: Mapping[str, Any]) -> Deeds:
        orders = [order for order in result.get("orders", []) if "order_id" in order]
        days = {str(o["order_id"]): date.fromisoformat(o["delivery_date"]) for o in orders if o.get("delivery_date")}
        cancelled = {str(order["order_id"]) for order in orders if order.get("status") == "cancelled"}
        offered = {date.fromisoformat(day) for day in result.get("offer", [])}
        return replace(
            self,
            days={**self.days, **days},
            cancelled=(self.cancelled - days.keys()) | cancelled,
            offered=self.offered | offered,
        )
