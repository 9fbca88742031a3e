"""What the tools need of a shop, whatever keeps its orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from tools.models import Delivery, Order


class Shop(Protocol):
    """A shop's orders. Every method may raise `tools.errors.BackendError`.

    Whether a caller may see an order is not decided here.
    """

    async def find_order(self, order_id: str) -> Order | None:
        """The order of this number, or None."""

    async def find_orders_of(self, phone: str) -> Sequence[Order]:
        """All orders with this phone on file, E.164; in order of their numbers."""

    async def reschedule(self, order_id: str, new_date: dt.date, *, expected: Delivery, key: str | None) -> None:
        """Sets the day of delivery; it is committed on return.

        Args:
            order_id: Which order.
            new_date: The new day.
            expected: How the delivery was when the caller's wish was checked. If it is another by
                now, nothing is changed and the error `server_error` is certain.
            key: The same for repeats of the same intent; for shops that take an idempotency key.
        """
