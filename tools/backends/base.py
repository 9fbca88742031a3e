"""What the tools need of a shop, whatever keeps its orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from tools.models import Callback, Customer, Delivery, Order


class Shop(Protocol):
    """A shop's orders and customers. Every method may raise `tools.errors.BackendError`.

    Whether a caller may see an order is not decided here.

    Attributes:
        takes_keys: Whether changes go to a server that makes each once for its key, and may make one late, after
            its answer was no longer waited for. Otherwise a change whose answer was lost is made or never will be.
    """

    takes_keys: bool

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
                now, nothing is changed and the error is `delivery_changed`, which is certain.
            key: The same for repeats of the same intent; for shops that take an idempotency key.
        """

    async def find_customers(self, phone: str) -> Sequence[Customer]:
        """Everybody with this phone on file, E.164; a household may share it."""

    async def add_callback(self, callback: Callback, *, key: str | None) -> None:
        """Puts a wish to be rung back on the colleagues' list; it is committed on return.

        Args:
            callback: Whom to ring, when, and why.
            key: As for `reschedule`.
        """

    async def find_callbacks(self, call_id: str) -> Sequence[Callback]:
        """What is on the list from this call."""
