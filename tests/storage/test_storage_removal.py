"""A deleted call leaves no row, in any table, and no bytes in the files of SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.calls import list_calls, record_call
from storage.database import Database
from storage.journal import Journal
from storage.removal import remove_calls
from storage.tables import Base, Dial, ToolEffect, utc_now

pytestmark = pytest.mark.component

MARIA, OLEH = "+380671112233", "+380509998877"
WORDS = "please move my piano to the fourteenth of March"


async def a_call(database: Database, call_id: str) -> None:
    await record_call(
        database, call_id=call_id, carrier="twilio", direction="inbound", from_number="+15550107788", language="en"
    )
    journal = Journal(database, call_id)
    await journal.append("user_said", {"text": WORDS})
    await journal.append("bot_said", {"text": "Certainly."})
    await journal.close()
    effect = {"tool": "reschedule_delivery", "arguments": {"order_id": "1033"}, "confirmation_id": "c1"}
    async with database.session() as session:
        session.add(ToolEffect(key=f"key of {call_id}", call_id=call_id, status="done", started_at=utc_now(), **effect))


async def rows(database: Database) -> dict[str, int]:
    async with database.session(read_only=True) as session:
        return {
            table.name: (await session.execute(select(func.count()).select_from(table))).scalar() or 0
            for table in Base.metadata.sorted_tables
            if "call_id" in table.columns
        }


async def test_a_deleted_call_leaves_no_row_and_the_others_keep_theirs(database: Database) -> None:
    await a_call(database, "CA1")
    await a_call(database, "CA2")
    assert await remove_calls(database, ["CA1", "CA-unknown"]) == {"calls": 1, "call_event": 2, "tool_effect": 1}
    assert [call.call_id for call in await list_calls(database)] == ["CA2"]
    left = await rows(database)
    assert {name: left[name] for name in ("calls", "call_event", "tool_effect")} == {
        "calls": 1,
        "call_event": 2,
        "tool_effect": 1,
    }
    assert await remove_calls(database, ["CA1"]) == {}


async def test_every_table_with_a_callers_words_belongs_to_a_call(database: Database) -> None:
    await a_call(database, "CA1")
    await remove_calls(database, ["CA1"])
    assert set((await rows(database)).values()) == {0}


async def test_orders_to_ring_a_person_go_with_their_calls(database: Database) -> None:
    await a_call(database, "CA1")
    async with database.session() as session:
        for key, call_id, number in (("a", "CA1", MARIA), ("b", None, MARIA), ("c", None, OLEH)):
            session.add(
                Dial(
                    dial_id=f"dial {key}",
                    key=key,
                    call_id=call_id,
                    carrier="twilio",
                    to_number=number,
                    order={},
                    status="failed",
                    created_at=utc_now(),
                )
            )
    removed = await remove_calls(database, ["CA1"], person=MARIA)
    assert removed["dial"] == 2
    async with database.session(read_only=True) as session:
        assert list(await session.scalars(select(Dial.to_number))) == [OLEH]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_words_are_gone_from_the_disk(database: Database, tmp_path: Path) -> None:
    await a_call(database, "CA1")
    assert holding_words(tmp_path)
    await remove_calls(database, ["CA1"])
    assert holding_words(tmp_path) == []


def holding_words(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("test.db*") if WORDS.encode() in path.read_bytes()]
