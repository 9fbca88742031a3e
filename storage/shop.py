"""The shop's orders as files and flat dictionaries: seeding, snapshots, differences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import delete, select

from storage.database import Database
from storage.tables import Customer, Delivery, DeliveryStatus, Order

_SUNDAY = 7
_SAMPLE = Path(__file__).parent / "sample_orders.yaml"
_FIELDS = ("phone", "name", "status", "delivery_date", "city")


class ShopFileError(ValueError):
    """A file of orders is wrong. `problems` lists all that is, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class OrderSeed(BaseModel):
    """One order as a shop file gives it. `phone` is E.164 by form, not by numbering plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone: str = Field(pattern=r"^\+[0-9]{8,15}$")
    name: str = Field(min_length=1)
    status: DeliveryStatus
    delivery_date: dt.date
    city: str = Field(min_length=1)


class _ShopFile(BaseModel):
    orders: dict[Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,32}$")], OrderSeed]


def read_orders(document: Any) -> dict[str, OrderSeed]:
    """The orders in a parsed shop file: `{"orders": {"1033": {phone, name, status, delivery_date, city}}}`.

    Raises:
        ShopFileError: With all problems of the file.
    """
    try:
        return _ShopFile.model_validate(document).orders
    except ValidationError as exc:
        problems = exc.errors(include_url=False, include_input=False)
        lines = [f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in problems]
        raise ShopFileError(lines) from None


def sample_orders(today: dt.date) -> dict[str, OrderSeed]:
    """The packaged sample: orders in three languages, with dates that can be scheduled from `today` on."""
    seeds = {}
    for order_id, fields in _sample().items():
        date = today + dt.timedelta(days=fields["in_days"])
        if date.isoweekday() == _SUNDAY:
            date += dt.timedelta(days=1)
        rest = {name: fields[name] for name in ("phone", "name", "status", "city")}
        seeds[order_id] = OrderSeed(delivery_date=date, **rest)
    return seeds


@cache
def _sample() -> dict[str, dict[str, Any]]:
    orders: dict[str, dict[str, Any]] = yaml.safe_load(_SAMPLE.read_text("utf-8"))["orders"]
    return orders


async def seed_shop(database: Database, orders: Mapping[str, OrderSeed], *, replaces: bool = True) -> None:
    """Put orders into the shop in one transaction.

    Args:
        database: Where.
        orders: From `read_orders` or `sample_orders`.
        replaces: Whether the shop holds exactly these afterwards; otherwise existing orders stay as they are.
    """
    async with database.session() as session:
        if replaces:
            for table in (Delivery, Order, Customer):
                await session.execute(delete(table))
        customers = {(row.phone, row.name): row for row in await session.scalars(select(Customer))}
        known = set(await session.scalars(select(Order.order_id)))
        new = {order_id: seed for order_id, seed in orders.items() if order_id not in known}
        for seed in new.values():
            owner = (seed.phone, seed.name)
            if owner not in customers:
                customers[owner] = Customer(phone=seed.phone, name=seed.name)
        session.add_all(customers.values())
        await session.flush()
        session.add_all(
            Order(order_id=order_id, customer_id=customers[seed.phone, seed.name].customer_id)
            for order_id, seed in new.items()
        )
        await session.flush()
        session.add_all(
            Delivery(
                order_id=order_id,
                status=seed.status,
                delivery_date=seed.delivery_date,
                city=seed.city,
            )
            for order_id, seed in new.items()
        )


async def snapshot(database: Database) -> dict[str, str]:
    """All the shop holds, flat: `{"orders.1033.delivery_date": "2026-03-14", …}`."""
    statement = (
        select(
            Order.order_id,
            Customer.phone,
            Customer.name,
            Delivery.status,
            Delivery.delivery_date,
            Delivery.city,
        )
        .join(Customer, Customer.customer_id == Order.customer_id)
        .join(Delivery, Delivery.order_id == Order.order_id)
        .order_by(Order.order_id)
    )
    async with database.session(read_only=True) as session:
        rows = (await session.execute(statement)).all()
    return {f"orders.{row.order_id}.{name}": str(getattr(row, name)) for row in rows for name in _FIELDS}


def diff(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """What changed, with the new values; None for what is gone."""
    keys = [*before, *(key for key in after if key not in before)]
    return {key: after.get(key) for key in keys if before.get(key) != after.get(key)}
