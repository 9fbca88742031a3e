"""One call's shop: the given database, what the call has changed in it, and every change that was made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evals.tau2_retail.models import Order, Product, Shop, User, Variant
from tools.errors import BackendError, NotIdentifiedError

Fault = Literal["reply_lost", "connection_refused"]


@dataclass(frozen=True)
class State:
    """What a write changes: a user, and an order where it is about one."""

    user: User
    order: Order | None = None

    def copy(self) -> State:
        """The same, to be changed."""
        return State(self.user.model_copy(deep=True), self.order.model_copy(deep=True) if self.order else None)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {"user": self.user.plain(), "order": self.order.plain() if self.order else None}


@dataclass
class Store:
    """The shop of one call; `shop` is shared by all calls and never changed.

    Attributes:
        shop: As it was given.
        user_id: Who was identified in this call, by their words.
        writes: Every change that was made: tool and arguments.
        is_as_reference: Whether several items changed at once all get the last one's price and options, as in the
            implementation that made the end states; False does what the shop's policy says.
        faults: What happens to the next changes, one each; None for nothing.
        pause_s: How long a change takes.
        busy: Set while a change is under way.
    """

    shop: Shop
    user_id: str | None = None
    is_as_reference: bool = True
    writes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    pause_s: float = 0.0
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    _users: dict[str, User] = field(default_factory=dict)
    _orders: dict[str, Order] = field(default_factory=dict)

    def user(self, user_id: str) -> User | None:
        """As it is now; None if there is none."""
        return self._users.get(user_id) or self.shop.users.get(user_id)

    def order(self, order_id: str) -> Order | None:
        """As it is now; None if there is none."""
        return self._orders.get(order_id) or self.shop.orders.get(order_id)

    def product(self, product_id: str) -> Product | None:
        """A product, or None."""
        return self.shop.products.get(product_id)

    def variant(self, item_id: str) -> Variant | None:
        """An item of any product, or None."""
        found = (product.variants.get(item_id) for product in self.shop.products.values())
        return next((variant for variant in found if variant), None)

    def users(self) -> list[User]:
        """Everybody."""
        return [self._users.get(user_id, user) for user_id, user in self.shop.users.items()]

    def state(self, user_id: str, order_id: str | None) -> State:
        """A user and an order as they are now; raises NotIdentifiedError where there is none."""
        user, order = self.user(user_id), self.order(order_id) if order_id else None
        if user is None or (order_id and order is None):
            raise NotIdentifiedError
        return State(user, order)

    async def commit(self, tool: str, arguments: Mapping[str, Any], state: State) -> None:
        """Makes a change, or goes wrong as it is told to.

        Raises:
            BackendError: `connection_refused` before the change, `reply_lost` after it.
        """
        fault = self.faults.pop(0) if self.faults else None
        if fault == "connection_refused":
            raise BackendError("connection_refused")
        self.busy.set()
        await asyncio.sleep(self.pause_s)
        self.put(tool, arguments, state)
        self.busy.clear()
        if fault == "reply_lost":
            raise BackendError("reply_lost")

    def put(self, tool: str, arguments: Mapping[str, Any], state: State) -> None:
        """Puts a change in place."""
        self._users[state.user.user_id] = state.user
        if state.order:
            self._orders[state.order.order_id] = state.order
        self.writes.append((tool, dict(arguments)))

    def changes(self) -> dict[tuple[str, ...], Any]:
        """What differs from the given database, by path; lists count as one value."""
        found: dict[tuple[str, ...], Any] = {}
        for kind, now, before in (("users", self._users, self.shop.users), ("orders", self._orders, self.shop.orders)):
            for name, record in now.items():
                _compare((kind, name), before[name].plain(), record.plain(), found)
        return found


def _compare(path: tuple[str, ...], before: Any, now: Any, found: dict[tuple[str, ...], Any]) -> None:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in {**before, **now}:
            _compare((*path, name), before.get(name), now.get(name), found)
    elif before != now:
        found[path] = now
