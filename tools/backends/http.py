"""The shop in a CRM, over HTTP: the API is described by `emulators/crm/openapi.yaml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from storage.tables import DeliveryStatus
from tools.backends.json_client import JsonClient, Reply, unreadable
from tools.errors import BackendError
from tools.models import Callback, Customer, Delivery, Order

_KEY_IN_USE = "idempotency_key_in_use"
_CHANGED = "delivery_changed"
_NOT_FOUND = 404


class _Answer(BaseModel):
    """What the CRM says beyond this is its own business."""

    model_config = ConfigDict(extra="ignore")


class _Customer(_Answer):
    phone: str
    name: str


class _Delivery(_Answer):
    status: DeliveryStatus
    date: dt.date
    city: str


class _Order(_Answer):
    order_id: str
    customer: _Customer
    delivery: _Delivery


class _Orders(_Answer):
    orders: list[_Order]


class _Customers(_Answer):
    customers: list[_Customer]


class _Callback(_Answer):
    phone: str
    at: dt.datetime
    reason: str | None = None


class _Callbacks(_Answer):
    callbacks: list[_Callback]


T = TypeVar("T", bound=_Answer)


class HttpShop:
    """Orders, customers and callbacks of a CRM. Changes carry the ledger's key, so that repeats change nothing."""

    takes_keys = True

    def __init__(self, client: JsonClient) -> None:
        self._client = client

    async def find_order(self, order_id: str) -> Order | None:
        """The order of this number, or None."""
        reply = await self._client.ask("GET", _order_path(order_id))
        # A 404 without a word of the CRM's own is a wrong address, not a missing order.
        if reply.status == _NOT_FOUND and reply.code:
            return None
        return _order(_read(reply, _Order))

    async def find_orders_of(self, phone: str) -> Sequence[Order]:
        """All orders with this phone on file, E.164; in order of their numbers."""
        found = _read(await self._client.ask("GET", "orders", query={"phone": phone}), _Orders).orders
        # Who may hear of them is decided by the number on file: what has another one was not asked for.
        orders = [_order(order) for order in found if order.customer.phone == phone]
        return sorted(orders, key=lambda order: order.order_id)

    async def reschedule(self, order_id: str, new_date: dt.date, *, expected: Delivery, key: str | None) -> None:
        """Set the day of delivery, if the delivery still is what the caller's wish was checked against."""
        was = {"status": expected.status, "date": expected.date.isoformat()}
        body = {"new_date": new_date.isoformat(), "expected": was}
        moved = _order(await self._change(f"{_order_path(order_id)}/reschedule", body, key, _Order))
        if (moved.order_id, moved.delivery.date) != (order_id, new_date):
            raise unreadable("expected the order with its new day, got something else", writes=True)

    async def find_customers(self, phone: str) -> Sequence[Customer]:
        """Everybody with this phone on file, E.164."""
        found = _read(await self._client.ask("GET", "customers", query={"phone": phone}), _Customers).customers
        return [Customer(phone=one.phone, name=one.name) for one in found if one.phone == phone]

    async def add_callback(self, callback: Callback, *, key: str | None) -> None:
        """Put it on the colleagues' list."""
        body = {"phone": callback.phone, "at": callback.at.isoformat(), "reference": callback.call_id}
        if callback.reason:
            body["reason"] = callback.reason
        await self._change("callbacks", body, key, _Callback)

    async def find_callbacks(self, call_id: str) -> Sequence[Callback]:
        """What is on the list from this call."""
        reply = await self._client.ask("GET", "callbacks", query={"reference": call_id})
        found = _read(reply, _Callbacks).callbacks
        return [Callback(phone=one.phone, at=one.at, reason=one.reason, call_id=call_id) for one in found]

    async def _change(self, path: str, body: dict[str, Any], key: str | None, model: type[T]) -> T:
        if key is None:
            return _read(await self._client.ask("POST", path, body=body, writes=True), model, writes=True)
        headers = {"Idempotency-Key": key}
        reply = await self._client.ask_until_clear("POST", path, body=body, headers=headers, is_open=_is_at_work)
        return _read(reply, model, writes=True)


def _is_at_work(reply: Reply) -> bool:
    return reply.code == _KEY_IN_USE


def _order_path(order_id: str) -> str:
    return f"orders/{quote(order_id, safe='')}"


def _order(order: _Order) -> Order:
    customer, delivery = order.customer, order.delivery
    return Order(
        order_id=order.order_id,
        customer=Customer(phone=customer.phone, name=customer.name),
        delivery=Delivery(status=delivery.status, date=delivery.date, city=delivery.city),
    )


def _read(reply: Reply, model: type[T], *, writes: bool = False) -> T:
    """The typed answer.

    Raises:
        BackendError: The CRM refused; or its answer is not what its description says.
    """
    if not reply.is_success:
        if reply.code == _CHANGED:
            raise BackendError("delivery_changed", "the delivery was changed by somebody else", is_certain=True)
        what = f"expected success, got HTTP {reply.status} {reply.code}".rstrip()
        raise BackendError("server_error", what, is_certain=True)
    try:
        return model.model_validate(reply.body)
    except ValidationError as exc:
        where = ", ".join(".".join(str(part) for part in error["loc"]) for error in exc.errors(include_input=False))
        raise unreadable(f"expected the fields of its description, got others at {where}", writes=writes) from None
