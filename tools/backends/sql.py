"""The shop in our own database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Row, Select, select, update

from storage import tables
from storage.database import Database
from storage.errors import DatabaseLockedError, StorageError
from storage.tables import DeliveryStatus
from tools.errors import BackendError
from tools.models import Callback, Customer, Delivery, Order


class SqlShop:
    """Orders in the tables `customers`, `orders` and `deliveries`; callbacks in `callback_request`."""

    takes_keys = False  # a transaction that is not committed when its connection is given up is rolled back

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_order(self, order_id: str) -> Order | None:
        """The order of this number, or None."""
        orders = await self._read(_orders().where(tables.Order.order_id == order_id))
        return orders[0] if orders else None

    async def find_orders_of(self, phone: str) -> Sequence[Order]:
        """All orders with this phone on file, E.164; in order of their numbers."""
        return await self._read(_orders().where(tables.Customer.phone == phone))

    async def reschedule(self, order_id: str, new_date: dt.date, *, expected: Delivery, key: str | None) -> None:
        """Set the day of delivery, if the delivery still is what the caller's wish was checked against."""
        row = tables.Delivery
        statement = (
            update(row)
            .where(row.order_id == order_id, row.status == expected.status, row.delivery_date == expected.date)
            .values(delivery_date=new_date)
            .returning(row.order_id)
        )
        try:
            async with self._database.session() as session:
                changed = (await session.execute(statement)).scalar()
        except StorageError as exc:
            raise _unavailable(exc) from exc
        if changed is None:
            raise BackendError("delivery_changed", "the delivery was changed by somebody else", is_certain=True)

    async def find_customers(self, phone: str) -> Sequence[Customer]:
        """Everybody with this phone on file, E.164."""
        row = tables.Customer
        statement = select(row.phone, row.name).where(row.phone == phone).order_by(row.customer_id)
        try:
            async with self._database.session(read_only=True) as session:
                return [Customer(phone=found.phone, name=found.name) for found in await session.execute(statement)]
        except StorageError as exc:
            raise _unavailable(exc) from exc

    async def add_callback(self, callback: Callback, *, key: str | None) -> None:
        """Put it on the list; the same key is there once."""
        row = {
            "key": key or uuid.uuid4().hex,
            "call_id": callback.call_id,
            "phone": callback.phone,
            "at": callback.at,
            "reason": callback.reason,
            "created_at": tables.utc_now(),
        }
        statement = self._database.insert(tables.CallbackRequest).values(row).on_conflict_do_nothing()
        try:
            async with self._database.session() as session:
                await session.execute(statement)
        except StorageError as exc:
            raise _unavailable(exc) from exc

    async def find_callbacks(self, call_id: str) -> Sequence[Callback]:
        """What is on the list from this call, by the time to ring."""
        row = tables.CallbackRequest
        statement = select(row).where(row.call_id == call_id).order_by(row.at)
        try:
            async with self._database.session(read_only=True) as session:
                found = list(await session.scalars(statement))
        except StorageError as exc:
            raise _unavailable(exc) from exc
        return [Callback(phone=one.phone, at=one.at, reason=one.reason, call_id=one.call_id) for one in found]

    async def _read(self, statement: Select[str, str, str, str, dt.date, str]) -> list[Order]:
        try:
            async with self._database.session(read_only=True) as session:
                return [_order(row) for row in (await session.execute(statement)).all()]
        except StorageError as exc:
            raise _unavailable(exc) from exc


def _orders() -> Select[str, str, str, str, dt.date, str]:
    order, customer, delivery = tables.Order, tables.Customer, tables.Delivery
    return (
        select(
            order.order_id,
            customer.phone,
            customer.name,
            delivery.status,
            delivery.delivery_date,
            delivery.city,
        )
        .join(customer, customer.customer_id == order.customer_id)
        .join(delivery, delivery.order_id == order.order_id)
        .order_by(order.order_id)
    )


def _order(row: Row[str, str, str, str, dt.date, str]) -> Order:
    return Order(
        order_id=row.order_id,
        customer=Customer(phone=row.phone, name=row.name),
        delivery=Delivery(status=cast(DeliveryStatus, row.status), date=row.delivery_date, city=row.city),
    )


def _unavailable(error: StorageError) -> BackendError:
    # A lock is met before anything is written; a lost connection may be lost after the commit.
    is_certain = isinstance(error, DatabaseLockedError)
    return BackendError("database_unavailable", error.message, is_certain=is_certain)
