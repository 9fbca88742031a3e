"""The shop's orders as files and flat dictionaries: seeding, snapshots, differences."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml
from sqlalchemy import delete, select

from storage.database import Database
from storage.tables import DELIVERY_STATUSES, Customer, Delivery, DeliveryStatus, Order

_SAMPLE = Path(__file__).parent / "sample_orders.yaml"
_PHONE = re.compile(r"\+[0-9]{8,15}")
_ORDER_ID = re.compile(r"[0-9]{1,12}")
_FIELDS = ("phone", "name", "status", "delivery_date", "city")


class ShopFileError(ValueError):
    """A file of orders is wrong. `problems` lists all that is, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class OrderSeed:
    """One order as a shop file gives it. `phone` is E.164."""

    order_id: str
    phone: str
    name: str
    status: DeliveryStatus
    delivery_date: dt.date
    city: str


def read_orders(document: Any) -> list[OrderSeed]:
    """The orders in a parsed shop file: `{"orders": {"1033": {phone, name, status, delivery_date, city}}}`.

    Raises:
        ShopFileError: With all problems of the file.
    """
    orders = document.get("orders") if isinstance(document, Mapping) else None
    if not isinstance(orders, Mapping):
        raise ShopFileError(["shop: expected a mapping 'orders' of order numbers"])
    problems: list[str] = []
    seeds: dict[str, OrderSeed] = {}
    for key, fields in orders.items():
        seed = _read_order(str(key), fields, problems)
        if seed is None:
            continue
        if seed.order_id in seeds:
            problems.append(f"orders.{seed.order_id}: given twice")
        seeds[seed.order_id] = seed
    if problems:
        raise ShopFileError(problems)
    return list(seeds.values())


def _read_order(order_id: str, fields: Any, problems: list[str]) -> OrderSeed | None:
    where = f"orders.{order_id}"
    if not isinstance(fields, Mapping):
        problems.append(f"{where}: expected a mapping with {', '.join(_FIELDS)}")
        return None
    found = len(problems)
    if not _ORDER_ID.fullmatch(order_id):
        problems.append(f"{where}: expected an order number of 1 to 12 digits")
    problems.extend(f"{where}.{name}: missing" for name in _FIELDS if fields.get(name) in (None, ""))
    problems.extend(
        f"{where}.{name}: unknown, expected {', '.join(_FIELDS)}" for name in fields if name not in _FIELDS
    )
    phone, status = fields.get("phone"), fields.get("status")
    date = _read_date(fields.get("delivery_date"))
    if phone and not _PHONE.fullmatch(str(phone)):
        problems.append(f"{where}.phone: expected E.164, '+' and 8 to 15 digits, in quotes")
    if status and status not in get_args(DeliveryStatus):
        problems.append(f"{where}.status: expected one of {', '.join(DELIVERY_STATUSES)}, got {status!r}")
    if date is None and fields.get("delivery_date"):
        problems.append(f"{where}.delivery_date: expected YYYY-MM-DD, got {fields['delivery_date']!r}")
    if date is None or len(problems) > found:
        return None
    return OrderSeed(order_id, str(phone), str(fields["name"]), fields["status"], date, str(fields["city"]))


def _read_date(value: Any) -> dt.date | None:
    if type(value) is dt.date:  # YAML reads an unquoted date itself; a datetime is a date too, but not meant
        return value
    try:
        return dt.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except (TypeError, ValueError):
        return None


def sample_orders(today: dt.date) -> list[OrderSeed]:
    """The packaged sample: orders in three languages, with dates that can be scheduled from `today` on."""
    seeds = []
    for order_id, fields in _sample().items():
        date = today + dt.timedelta(days=fields["in_days"])
        if date.isoweekday() == dt.date.max.isoweekday():
            date += dt.timedelta(days=1)
        rest = {name: fields[name] for name in ("phone", "name", "status", "city")}
        seeds.append(OrderSeed(order_id=str(order_id), delivery_date=date, **rest))
    return seeds


@cache
def _sample() -> dict[str, dict[str, Any]]:
    orders: dict[str, dict[str, Any]] = yaml.safe_load(_SAMPLE.read_text("utf-8"))["orders"]
    return orders


async def seed_shop(database: Database, orders: list[OrderSeed], *, replaces: bool = True) -> None:
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
        customers = {
            (row.phone, row.name): row.customer_id for row in await session.scalars(select(Customer))
        }
        known = set(await session.scalars(select(Order.order_id)))
        for seed in orders:
            if seed.order_id in known:
                continue
            owner = (seed.phone, seed.name)
            if owner not in customers:
                customer = Customer(phone=seed.phone, name=seed.name)
                session.add(customer)
                await session.flush()
                customers[owner] = customer.customer_id
            session.add(Order(order_id=seed.order_id, customer_id=customers[owner]))
            await session.flush()
            session.add(
                Delivery(
                    order_id=seed.order_id,
                    status=seed.status,
                    delivery_date=seed.delivery_date,
                    city=seed.city,
                )
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
