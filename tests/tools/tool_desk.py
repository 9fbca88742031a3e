"""A call at the order desk with a real database; only the caller is made up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from emulators.crm import CrmRecords, CrmServer
from storage.calls import record_call
from storage.database import Database
from storage.journal import Event, Journal
from storage.shop import diff, read_orders, seed_shop, snapshot
from storage.tables import ToolEffect
from tools.backends.base import Shop
from tools.backends.faulty import Fault, Faults, FaultyControl, FaultyShop
from tools.backends.http import HttpShop
from tools.backends.json_client import JsonClient
from tools.backends.sql import SqlShop
from tools.context import FixedClock, ToolContext
from tools.execution import ToolOutcome, run_tool
from tools.keypad import Entry
from tools.ledger import Ledger
from tools.registry import Registry, discover

KYIV = ZoneInfo("Europe/Kyiv")
WEDNESDAY = dt.datetime(2026, 3, 11, 10, 0, tzinfo=KYIV)
PRIYA, OLENA, DANIEL = "+15550107788", "+380971234567", "+15550102211"


def _order(phone: str, status: str, day: str) -> dict[str, str]:
    return {"phone": phone, "name": "Somebody", "status": status, "delivery_date": day, "city": "Denver"}


SHOP = {
    "orders": {
        "1033": _order(PRIYA, "scheduled", "2026-03-14"),
        "1034": _order(PRIYA, "delivered", "2026-03-06"),
        "1035": _order(PRIYA, "out_for_delivery", "2026-03-11"),
        "1036": _order(PRIYA, "cancelled", "2026-03-12"),
        "1037": _order(PRIYA, "scheduled", "2026-03-13"),
        "1042": _order(DANIEL, "scheduled", "2026-03-16"),
        "1024": _order(OLENA, "scheduled", "2026-03-12"),
    }
}


def _of(tool: str, values: Mapping[str, Any]) -> str:
    return json.dumps([tool, values], sort_keys=True)


@dataclass
class Caller:
    """What the caller said, as far as the tools ask."""

    stated: list[str] = field(default_factory=list)
    yeses: dict[str, str] = field(default_factory=dict)
    number: int = 0
    invented: set[str] = field(default_factory=set)

    def says_yes_to(self, order_id: str, new_date: str) -> None:
        """An explicit yes to this read-back; an earlier one to other values does not count any more."""
        self.says_yes("reschedule_delivery", {"order_id": order_id, "new_date": new_date})

    def says_yes(self, tool: str, values: Mapping[str, Any]) -> None:
        """An explicit yes to a question of any tool."""
        self.number += 1
        self.yeses = {_of(tool, values): f"c{self.number}"}

    def stated_digits(self) -> Sequence[str]:
        return self.stated

    def stated_texts(self) -> Sequence[str]:
        return self.stated

    def knows_number(self, number: str) -> bool:
        return number not in self.invented

    def knows_day(self, day: dt.date) -> bool:
        return day.isoformat() not in self.invented

    def knows_time(self, moment: dt.time) -> bool:
        return moment.isoformat("minutes") not in self.invented

    def confirmation(self, tool: str, values: Mapping[str, Any]) -> str | None:
        return self.yeses.get(_of(tool, values))


@dataclass
class Line:
    """The call itself: notes what is asked of it."""

    asked: list[tuple[str, str | None]] = field(default_factory=list)
    has_colleague: bool = True

    async def request_transfer(self, reason: str | None, colleague: str | None = None) -> bool:
        self.asked.append(("transfer", reason))
        return self.has_colleague

    async def request_hang_up(self, reason: str | None) -> None:
        self.asked.append(("hang_up", reason))

    async def request_hold(self) -> None:
        self.asked.append(("hold", None))

    async def request_entry(self, entry: Entry) -> None:
        self.asked.append(("type", entry.name))

    async def press_digits(self, digits: str) -> bool:
        self.asked.append(("press", digits))
        return self.has_colleague


@dataclass
class Desk:
    """One call: run tools, then look at what the caller would hear and what the database holds."""

    database: Database
    ctx: ToolContext
    caller: Caller
    line: Line
    journal: Journal
    registry: Registry
    pauses: list[float]
    seeded: dict[str, str]
    crm: CrmServer | None = None
    http_pauses: list[float] = field(default_factory=list)

    async def run(self, name: str, arguments: Mapping[str, Any] | str = "{}") -> ToolOutcome:
        return await run_tool(self.registry, name, arguments, self.ctx)

    async def look_up(self, **arguments: Any) -> ToolOutcome:
        return await self.run("lookup_order", arguments)

    async def move(self, order_id: str, new_date: str) -> ToolOutcome:
        return await self.run("reschedule_delivery", {"order_id": order_id, "new_date": new_date})

    def be_patient_for(self, timeout_s: float) -> None:
        """The same tools with another deadline, so that no test waits long for one."""
        self.registry = self.registry.with_tools(replace(found, timeout_s=timeout_s) for found in self.registry)

    async def changes(self) -> dict[str, str | None]:
        return diff(self.seeded, await self.orders())

    async def orders(self) -> dict[str, str]:
        return await snapshot(self.database) if self.crm is None else crm_snapshot(self.crm.records)

    async def effects(self) -> list[ToolEffect]:
        async with self.database.session(read_only=True) as session:
            return list(await session.scalars(select(ToolEffect).order_by(ToolEffect.started_at)))

    async def events(self) -> list[Event]:
        """What the journal has of tools."""
        events = await Journal.read(self.database, self.ctx.call_id)
        return [event for event in events if event.kind.startswith("tool_")]


def crm_snapshot(records: CrmRecords) -> dict[str, str]:
    """All the CRM holds, as `storage.shop.snapshot` gives what the shop's tables hold."""
    flat = {}
    for order_id, order in records.orders.items():
        customer, delivery = order["customer"], order["delivery"]
        fields = {"phone": customer["phone"], "name": customer["name"], "status": delivery["status"]}
        fields |= {"delivery_date": delivery["date"], "city": delivery["city"]}
        flat |= {f"orders.{order_id}.{name}": value for name, value in fields.items()}
    return flat


IN_CRM: set[int] = set()
"""The databases, by `id`, beside which the shop's orders are in a CRM; a fixture says so."""


@asynccontextmanager
async def open_desk(
    database: Database,
    *faults: Fault,
    caller_phone: str | None = PRIYA,
    language: Any = "en",
    wrap: Callable[[Shop], Shop] = lambda shop: shop,
    effects_database: Database | None = None,
) -> AsyncIterator[Desk]:
    """A call of `caller_phone` with `faults`; `effects_database` keeps ledger and journal if given."""
    async with AsyncExitStack() as stack:
        crm, shop, http_pauses = None, None, []

        async def pause(seconds: float) -> None:
            http_pauses.append(seconds)

        if id(database) in IN_CRM:
            crm = await stack.enter_async_context(CrmServer(CrmRecords.of(SHOP["orders"])))
            key = {"Authorization": "Bearer emulated-crm"}
            shop = HttpShop(await stack.enter_async_context(JsonClient(crm.base_url, key, sleep=pause)))
        else:
            await seed_shop(database, read_orders(SHOP))
        opened = _desk(database, faults, caller_phone, language, wrap(shop or SqlShop(database)), effects_database)
        desk = await stack.enter_async_context(opened)
        desk.crm, desk.http_pauses = crm, http_pauses
        desk.seeded = await desk.orders()
        yield desk


@asynccontextmanager
async def _desk(
    database: Database,
    faults: Sequence[Fault],
    caller_phone: str | None,
    language: Any,
    shop: Shop,
    effects_database: Database | None,
) -> AsyncIterator[Desk]:
    kept = effects_database or database
    await record_call(database, call_id="CA1", carrier="twilio", direction="inbound")
    caller, line, pauses = Caller(), Line(), []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    injected = Faults(faults, sleep=pause)
    journal = Journal(kept, "CA1")
    ctx = ToolContext(
        call_id="CA1",
        caller_phone=caller_phone,
        language=language,
        clock=FixedClock(WEDNESDAY, monotonic=None),
        timezone=KYIV,
        facts=caller,
        shop=FaultyShop(shop, injected),
        ledger=Ledger(kept),
        journal=journal,
        control=FaultyControl(line, injected),
        sleep=pause,
    )
    desk = Desk(database, ctx, caller, line, journal, discover(), pauses, {})
    yield desk
    assert await ctx.drain()
    await journal.close()
