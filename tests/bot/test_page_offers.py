"""The page offers callers whose example question can be answered: a number, and an order of it that can be moved."""

from __future__ import annotations

import datetime as dt
import re

import pytest

import web
from bot.page import demo_callers
from storage.database import Database
from storage.shop import OrderSeed, sample_orders, seed_shop

pytestmark = pytest.mark.component

DIGITS = {
    "uk": ["нуль", "один", "два", "три", "чотири"],
    "ru": ["ноль", "один", "два", "три", "четыре"],
    "en": ["zero", "one", "two", "three", "four"],
}


async def test_each_language_has_a_caller_for_its_example_question(database: Database) -> None:
    today = dt.datetime.now(dt.UTC).date()
    await seed_shop(database, sample_orders(today))
    offered = await demo_callers(database)
    assert [one["number"][:2] for one in offered] == ["+3", "+7", "+1"]
    orders = sample_orders(today)
    assert {orders[one["label"]].status for one in offered} == {"scheduled"}
    for one, (language, digits) in zip(offered, DIGITS.items(), strict=True):
        words = (web.STATIC / f"words/{language}.js").read_text(encoding="utf-8")
        question = re.findall(r"examples: \[\s*\"([^\"]+)\"", words)[0]
        spoken = " ".join(digits[int(digit)] for digit in one["label"])
        assert spoken in question


async def test_a_shop_of_ones_own_is_not_shown_to_visitors(database: Database) -> None:
    own = OrderSeed(
        phone="+380500000001", name="A", status="scheduled", delivery_date=dt.date(2026, 12, 1), city="Lviv"
    )
    await seed_shop(database, {"7001": own})
    assert await demo_callers(database) == []
