"""The row of a call from the webhook to its outcome."""

from __future__ import annotations

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from storage.calls import finish_call, get_call, list_calls, record_call, start_resume, update_call
from storage.database import Database
from storage.errors import StorageError

pytestmark = pytest.mark.component
AT = dt.datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("Europe/Kyiv"))


async def record(database: Database, call_id: str = "CA1", at: dt.datetime = AT) -> bool:
    return await record_call(
        database,
        call_id=call_id,
        carrier="twilio",
        direction="inbound",
        from_number="+15550107788",
        to_number="+380441112233",
        language="uk",
        flow="order_desk",
        started_at=at,
    )


async def test_a_repeated_webhook_is_recognised(database: Database) -> None:
    results = await asyncio.gather(*(record(database) for _ in range(5)))
    assert sorted(results) == [False] * 4 + [True]
    assert [call.call_id for call in await list_calls(database)] == ["CA1"]


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    await record(database)
    call = await get_call(database, "CA1")
    assert call
    assert call.started_at == AT
    assert call.started_at.utcoffset() == dt.timedelta(0)


async def test_a_time_without_its_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="expected an aware datetime"):
        await record(database, at=dt.datetime(2026, 3, 11, 10, 0))


async def test_the_newest_calls_come_first(database: Database) -> None:
    for number in range(4):
        await record(database, f"CA{number}", AT + dt.timedelta(minutes=number))
    assert [call.call_id for call in await list_calls(database, limit=2)] == ["CA3", "CA2"]


async def test_the_first_outcome_stands(database: Database) -> None:
    await record(database)
    collected = {"order_id": "1033", "new_date": "2026-03-17"}
    assert await finish_call(
        database, "CA1", disposition="resolved", state="closed", collected_data=collected, language="ru"
    )
    assert not await finish_call(database, "CA1", disposition="abandoned")
    assert await update_call(database, "CA1", summary="Перенесено.", usage={"llm_tokens": 812})
    call = await get_call(database, "CA1")
    assert call
    assert (call.status, call.disposition, call.state, call.collected_data, call.language) == (
        "ended",
        "resolved",
        "closed",
        collected,
        "ru",
    )
    assert (call.summary, call.usage) == ("Перенесено.", {"llm_tokens": 812})
    assert call.ended_at


async def test_a_process_that_lost_the_call_cannot_end_it(database: Database) -> None:
    await record(database)
    assert await start_resume(database, "CA1") == 1
    assert await start_resume(database, "CA1") == 2
    assert not await finish_call(database, "CA1", disposition="failed_system", resume_count=1)
    assert await finish_call(database, "CA1", disposition="resolved", resume_count=2)


async def test_only_recorded_calls_are_taken_over(database: Database) -> None:
    with pytest.raises(StorageError) as caught:
        await start_resume(database, "CA404")
    assert caught.value.code == "call_unknown"
    assert await get_call(database, "CA404") is None
    assert not await update_call(database, "CA404", summary="")
