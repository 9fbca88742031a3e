"""Orders to ring somebody: each once, and no more than the caps allow."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from storage.callbacks import callbacks_of, is_noted, note_callback
from storage.calls import get_call
from storage.database import Database
from storage.dials import (
    Caps,
    bind_dial,
    close_dial,
    dial_of_call,
    dial_of_key,
    forget_dial,
    get_dial,
    open_dial,
    settle_dials,
)
from storage.tables import Dial

pytestmark = pytest.mark.component
NOW = dt.datetime(2026, 3, 11, 10, 0, tzinfo=dt.UTC)
MIDNIGHT = NOW.replace(hour=0)
ANNA, BORYS = "+380501112233", "+380501112244"


async def open_one(
    database: Database, number: int, key: str | None = None, to: str = ANNA, in_all: int = 9, **rest: Any
) -> Dial | str:
    return await open_dial(
        database,
        dial_id=f"OB{number}",
        key=key or f"key {number}",
        carrier="twilio",
        to_number=to,
        order={"to": to},
        caps=Caps(MIDNIGHT, per_number=2, in_all=in_all),
        **({"created_at": NOW} | rest),
    )


async def test_a_key_names_one_order_however_often_and_at_once_it_is_given(database: Database) -> None:
    opened = await asyncio.gather(*(open_one(database, number, "same") for number in range(5)))
    assert len({dial.dial_id for dial in opened if isinstance(dial, Dial)}) == 1


async def test_at_most_so_many_calls_ring_one_number_and_all_numbers(database: Database) -> None:
    opened = await asyncio.gather(*(open_one(database, number) for number in range(4)))
    assert sorted(str(dial) for dial in opened if isinstance(dial, str)) == ["number_cap"] * 2
    assert isinstance(await open_one(database, 8, to=BORYS, in_all=3), Dial)
    assert await open_one(database, 9, to="+380501112255", in_all=3) == "day_cap"


async def test_yesterdays_calls_and_refused_ones_are_not_counted(database: Database) -> None:
    for number in range(2):
        await open_one(database, number, created_at=MIDNIGHT - dt.timedelta(seconds=1))
    for number in range(2, 4):
        await open_one(database, number)
        await close_dial(database, f"OB{number}", "refused", "no such number")
    assert isinstance(await open_one(database, 5), Dial)


async def bind(database: Database, dial_id: str, call_id: str) -> bool:
    return await bind_dial(database, dial_id, call_id=call_id, carrier="twilio", direction="outbound")


async def test_an_order_has_one_call(database: Database) -> None:
    await open_one(database, 1)
    assert await bind(database, "OB1", "CA1")
    assert await bind(database, "OB1", "CA1")
    assert not await bind(database, "OB1", "CA2")
    assert not await bind(database, "OB2", "CA2")
    found = await dial_of_call(database, "CA1")
    assert found
    assert (found.dial_id, found.status) == ("OB1", "placed")
    assert await get_call(database, "CA1")
    assert not await get_call(database, "CA2")


async def test_an_order_that_rings_is_not_closed_or_forgotten(database: Database) -> None:
    await open_one(database, 1)
    await bind(database, "OB1", "CA1")
    await close_dial(database, "OB1", "unknown", "late")
    await forget_dial(database, "OB1")
    found = await get_dial(database, "OB1")
    assert found
    assert (found.status, found.reason) == ("placed", None)


async def test_what_never_reached_the_carrier_may_be_ordered_again(database: Database) -> None:
    await open_one(database, 1, "same")
    await forget_dial(database, "OB1")
    again = await open_one(database, 2, "same")
    assert isinstance(again, Dial)
    assert again.dial_id == "OB2"


async def test_what_a_dead_server_left_behind_is_unknown(database: Database) -> None:
    await open_one(database, 1)
    await open_one(database, 2)
    await bind(database, "OB2", "CA2")
    assert await settle_dials(database, NOW + dt.timedelta(seconds=1)) == 1
    left, placed = await dial_of_key(database, "key 1"), await dial_of_key(database, "key 2")
    assert left
    assert placed
    assert (left.status, placed.status) == ("unknown", "placed")


async def test_a_report_counts_once(database: Database) -> None:
    assert not await is_noted(database, "CA1", "status", "3")
    noted = await asyncio.gather(*(note_callback(database, "CA1", "status", "3", "busy") for _ in range(4)))
    assert sorted(noted) == [False] * 3 + [True]
    assert await is_noted(database, "CA1", "status", "3")
    assert not await is_noted(database, "CA1", "amd", "3")
    assert [report.value for report in await callbacks_of(database, "CA1", "status")] == ["busy"]
