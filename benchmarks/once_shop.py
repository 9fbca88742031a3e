"""The shop's own history: every change of a delivery, written by the database itself and never by the product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text

from benchmarks.once_plan import PLANNED, Plan
from storage.database import Database
from storage.shop import OrderSeed, seed_shop

_HISTORY = (
    "CREATE TABLE IF NOT EXISTS shop_history (number INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, "
    "new_date TEXT NOT NULL, at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS shop_history_order ON shop_history (order_id)",
    "CREATE TRIGGER IF NOT EXISTS shop_history_kept AFTER UPDATE OF delivery_date ON deliveries BEGIN INSERT INTO "
    "shop_history (order_id, new_date, at) VALUES (NEW.order_id, NEW.delivery_date, "
    "(julianday('now') - 2440587.5) * 86400.0); END",
)


@dataclass(frozen=True)
class Effect:
    """One change of a delivery."""

    day: dt.date
    at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Noted:
    """A line of the product's ledger, for what it says of itself."""

    tool: str
    status: str
    day: str | None


@dataclass(frozen=True)
class Record:
    """What the product has on file of a call that is over."""

    status: str
    disposition: str | None
    resumes: int


async def prepare(database: Database, plans: Iterable[Plan]) -> None:
    """Puts each call's order into the shop, and has the shop keep its history."""
    orders = {
        plan.order_id: OrderSeed(
            phone=plan.caller, name="Priya Nair", status="scheduled", delivery_date=PLANNED, city="Denver"
        )
        for plan in plans
    }
    await seed_shop(database, orders, replaces=False)
    async with database.session() as session:
        for statement in _HISTORY:
            await session.execute(text(statement))


async def effects(database: Database, order_id: str) -> list[Effect]:
    """All changes of an order's delivery, in order."""
    statement = text("SELECT new_date, at FROM shop_history WHERE order_id = :order_id ORDER BY number")
    async with database.session(read_only=True) as session:
        rows = (await session.execute(statement, {"order_id": order_id})).all()
    return [Effect(dt.date.fromisoformat(str(row.new_date)[:10]), float(row.at)) for row in rows]


async def ledger(database: Database, call_id: str) -> list[Noted]:
    """What the product noted of the call's writes."""
    statement = text(
        "SELECT tool, status, json_extract(arguments, '$.new_date') AS day FROM tool_effect WHERE call_id = :call_id "
        "ORDER BY started_at"
    )
    async with database.session(read_only=True) as session:
        rows = (await session.execute(statement, {"call_id": call_id})).all()
    return [Noted(row.tool, row.status, row.day) for row in rows]


async def record(database: Database, call_id: str) -> Record | None:
    """The call's row."""
    statement = text("SELECT status, disposition, resume_count FROM calls WHERE call_id = :call_id")
    async with database.session(read_only=True) as session:
        row = (await session.execute(statement, {"call_id": call_id})).first()
    return None if row is None else Record(row.status, row.disposition, row.resume_count)
