"""Orders from files into tables and back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from storage.database import Database
from storage.shop import ShopFileError, diff, read_orders, sample_orders, seed_shop, snapshot
from storage.tables import Delivery

pytestmark = pytest.mark.component

PRIYA = {
    "phone": "+15550107788",
    "name": "Priya Nair",
    "status": "scheduled",
    "delivery_date": "2026-03-14",
    "city": "Denver",
}


async def test_what_was_seeded_is_what_a_snapshot_shows(database: Database) -> None:
    orders = read_orders({"orders": {"1033": PRIYA, "A-7": {**PRIYA, "name": "P. Nair", "city": "Київ"}}})
    await seed_shop(database, orders)
    expected = {f"orders.1033.{name}": value for name, value in PRIYA.items()}
    expected |= {f"orders.A-7.{name}": value for name, value in PRIYA.items()}
    expected |= {"orders.A-7.name": "P. Nair", "orders.A-7.city": "Київ"}
    assert await snapshot(database) == expected


async def test_a_difference_names_the_new_values_only(database: Database) -> None:
    await seed_shop(database, read_orders({"orders": {"1033": PRIYA, "1034": PRIYA}}))
    before = await snapshot(database)
    async with database.session() as session:
        await session.execute(
            update(Delivery).where(Delivery.order_id == "1033").values(delivery_date=dt.date(2026, 3, 17))
        )
    assert diff(before, await snapshot(database)) == {"orders.1033.delivery_date": "2026-03-17"}
    assert diff({"a": "1", "b": "2"}, {"b": "2", "c": "3"}) == {"a": None, "c": "3"}


async def test_seeding_replaces_the_shop_unless_told_to_keep_it(database: Database) -> None:
    await seed_shop(database, read_orders({"orders": {"1033": PRIYA}}))
    changed = read_orders({"orders": {"1033": {**PRIYA, "city": "Austin"}, "1034": PRIYA}})
    await seed_shop(database, changed, replaces=False)
    kept = await snapshot(database)
    assert (kept["orders.1033.city"], kept["orders.1034.city"]) == ("Denver", "Denver")
    await seed_shop(database, read_orders({"orders": {"1035": PRIYA}}))
    assert {key.split(".")[1] for key in await snapshot(database)} == {"1035"}


def test_all_problems_of_a_file_are_told_at_once() -> None:
    with pytest.raises(ShopFileError) as caught:
        read_orders(
            {
                "orders": {
                    "1033": {**PRIYA, "phone": "555-0107"},
                    "1034": {**PRIYA, "status": "lost", "delivery_date": "soon"},
                    "1035": {key: value for key, value in PRIYA.items() if key != "city"},
                    "1036": {**PRIYA, "colour": "red"},
                }
            }
        )
    places = [problem.split(":")[0] for problem in caught.value.problems]
    assert places == [
        "orders.1033.phone",
        "orders.1034.status",
        "orders.1034.delivery_date",
        "orders.1035.city",
        "orders.1036.colour",
    ]


@pytest.mark.parametrize("document", [None, [], {}, {"orders": []}])
def test_a_file_without_orders_is_refused(document: object) -> None:
    with pytest.raises(ShopFileError):
        read_orders(document)


@pytest.mark.parametrize("day", range(7))
def test_sample_deliveries_can_be_planned_from_any_day_of_the_week(day: int) -> None:
    today = dt.date(2026, 3, 9) + dt.timedelta(days=day)
    orders = sample_orders(today)
    scheduled = [order.delivery_date for order in orders.values() if order.status == "scheduled"]
    assert all(today < date <= today + dt.timedelta(days=14) for date in scheduled)
    assert all(date.isoweekday() != 7 for date in scheduled)
    assert {order.status for order in orders.values()} == {"scheduled", "out_for_delivery", "delivered", "cancelled"}
