"""What the CRM holds, and how it changes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

from emulators.crm.problems import ProblemError

Record = dict[str, Any]


class CrmRecords:
    """Orders by number and callbacks in the order they came, as the document's schemas describe them."""

    def __init__(self) -> None:
        self.orders: dict[str, Record] = {}
        self.callbacks: list[Record] = []
        self.changes = 0
        """How many changes took effect."""

    @classmethod
    def of(cls, orders: Mapping[str, Mapping[str, Any]]) -> Self:
        """Records of flat orders: `{"1033": {phone, name, status, delivery_date, city}}`."""
        records = cls()
        for order_id, order in orders.items():
            records.orders[order_id] = {
                "order_id": order_id,
                "customer": {"phone": order["phone"], "name": order["name"]},
                "delivery": {
                    "status": order["status"],
                    "date": str(order["delivery_date"]),
                    "city": order["city"],
                },
                "note": "pays late",
            }
        return records

    def order(self, order_id: str) -> Record:
        """One order; raises ProblemError 404 for none."""
        if order_id not in self.orders:
            raise ProblemError(404, "not_found", "there is no such order")
        return copy.deepcopy(self.orders[order_id])

    def orders_of(self, phone: str) -> list[Record]:
        """All orders on a number, in order of theirs."""
        found = [order for order in self.orders.values() if order["customer"]["phone"] == phone]
        return copy.deepcopy(sorted(found, key=lambda order: str(order["order_id"])))

    def customers_of(self, phone: str) -> list[Record]:
        """Everybody with this number, each once."""
        found = [order["customer"] for order in self.orders_of(phone)]
        return [customer for number, customer in enumerate(found) if customer not in found[:number]]

    def reschedule(self, order_id: str, new_date: str, expected: Mapping[str, str] | None) -> Record:
        """Sets the day; raises ProblemError 409 if the delivery is not what was expected."""
        delivery = self.order(order_id)["delivery"]
        if expected is not None and (delivery["status"], delivery["date"]) != (expected["status"], expected["date"]):
            raise ProblemError(409, "delivery_changed", "the delivery was changed by somebody else")
        if delivery["status"] in {"delivered", "cancelled"}:
            raise ProblemError(422, "not_movable", f"the order is {delivery['status']}")
        self.orders[order_id]["delivery"]["date"] = new_date
        self.changes += 1
        return self.order(order_id)

    def add_callback(self, callback: Record) -> Record:
        """Puts one on the list."""
        self.callbacks.append(callback)
        self.changes += 1
        return dict(callback)

    def callbacks_of(self, reference: str) -> list[Record]:
        """Those with this reference."""
        return [dict(callback) for callback in self.callbacks if callback.get("reference") == reference]
