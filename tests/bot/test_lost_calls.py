"""A call whose process, or whose whole server, is gone for good ends on record with all that its journal knows."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest
from fakes.live_server import live_server, media_path, new_call_id, ring_form, server_settings

from bot.call_end import end_lost_call
from bot.lost_calls import LOST_AFTER, MOST_ENDINGS, LostCalls
from bot.supervisor import CallEnd
from bot.telephony.base import CallRequest
from storage.calls import find_lost_calls, get_call, hold_calls, record_call, start_resume
from storage.database import Database
from storage.journal import Event, Journal
from storage.outcomes import news_about
from storage.tables import Call, utc_now
from tools.ledger import Ledger

pytestmark = pytest.mark.component

MOVE = {"order_id": "1033", "new_date": "2026-03-17"}
DONE = {"status": "done", **MOVE, "old_date": "2026-03-14"}
CALLBACK = {"at": "2026-03-12T10:00"}
ORDER = {"order_id": "1033", "status": "scheduled", "delivery_date": "2026-03-14", "city": "Denver"}
CHECK = {"kind": "check", "tool": "reschedule_delivery", "arguments": MOVE}
CALL_BACK = {"kind": "call_back", "tool": "create_callback", "arguments": CALLBACK}
Events = list[tuple[Any, dict[str, Any]]]


def tool(name: str, arguments: dict[str, Any], result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    body = {"tool": name, "arguments": arguments, "status": result["status"], "reason": None, "result": result}
    return ("tool_result", body)


def talk(language: str = "en") -> Events:
    """A caller who wants an order moved, has it found, and agrees."""
    return [
        ("call_started", {"language": language}),
        ("user_said", {"text": "Move my order 1033."}),
        ("intent_set", {"intent": "reschedule_delivery"}),
        tool("lookup_order", {"order_id": "1033"}, {"status": "done", "orders": [ORDER]}),
        ("node_entered", {"node": "confirm"}),
    ]


TRIED: tuple[Any, dict[str, Any]] = ("tool_intent", {"tool": "reschedule_delivery", "key": "k1", "arguments": MOVE})


@pytest.fixture
async def announcing(database: Database) -> Database:
    database.announces_outcomes = True
    return database


async def write(database: Database, call_id: str, events: Events, **row: Any) -> None:
    values: dict[str, Any] = {"carrier": "twilio", "direction": "inbound", "flow": "order_desk", "language": "en"}
    await record_call(database, call_id=call_id, **(values | row))
    journal = Journal(database, call_id)
    for kind, body in events:
        journal.post(kind, body)
    await journal.close()


async def intend(database: Database, call_id: str, result: dict[str, Any] | None = None) -> None:
    ledger = Ledger(database)
    what: dict[str, Any] = {"call_id": call_id, "tool": "reschedule_delivery", "arguments": MOVE}
    await ledger.intend("k1", **what, confirmation_id="c1", before={})
    if result:
        await ledger.settle("k1", "done", result)


SUMMARIES = {
    "en": "Wanted to move a delivery: failed. The call failed on our side.",
    "uk": "Прохання перенести доставку: не вдалося. Розмова не вдалася з нашого боку.",
    "ru": "Просьба перенести доставку: не удалось. Разговор не удался с нашей стороны.",
}


@pytest.mark.parametrize("language", SUMMARIES)
async def test_a_write_that_nobody_knows_of_is_left_to_be_checked(announcing: Database, language: str) -> None:
    wish = tool("create_callback", CALLBACK, {"status": "done"})
    await write(announcing, "CA1", [*talk(language), wish, TRIED], language=language)
    await intend(announcing, "CA1")
    assert await end_lost_call(announcing, "CA1", "killed by signal 9")
    row = await get_call(announcing, "CA1")
    assert row
    assert (row.disposition, row.collected_data) == ("failed_system", {"order_id": "1033"})
    assert row.follow_ups == {"items": [CALL_BACK, CHECK]}
    assert row.state == "confirm"
    (told,) = await news_about(announcing, "CA1")
    assert told.body["data"]["follow_ups"] == [CALL_BACK, CHECK]
    assert told.body["data"]["summary"].endswith(SUMMARIES[language].split(": ")[1].split(". ")[1])
    assert not await end_lost_call(announcing, "CA1", "again")


async def test_a_write_that_was_done_counts_although_the_journal_lacks_it(announcing: Database) -> None:
    await write(announcing, "CA1", [*talk(), TRIED])
    await intend(announcing, "CA1", DONE)
    assert await end_lost_call(announcing, "CA1", "killed by signal 9")
    row = await get_call(announcing, "CA1")
    assert row
    assert (row.disposition, row.collected_data, row.follow_ups) == ("resolved", MOVE, None)
    assert row.summary == "Wanted to move a delivery: done (order 1033, 17.03.2026)."
    results = [one.body["tool"] for one in await Journal.read(announcing, "CA1") if one.kind == "tool_result"]
    assert results == ["lookup_order", "reschedule_delivery"]


async def test_a_write_that_was_done_counts_although_its_result_was_not_kept(database: Database) -> None:
    await write(database, "CA1", [*talk(), TRIED])
    await intend(database, "CA1")
    await Ledger(database).settle("k1", "done")
    assert await end_lost_call(database, "CA1", "killed by signal 9")
    row = await end_of(database, "CA1")
    assert (row.disposition, row.collected_data) == ("resolved", MOVE)


async def test_a_write_whose_end_is_noted_while_its_call_is_ended_counts(
    announcing: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_late(database: Database, call_id: str) -> list[Event]:
        await Ledger(database).settle("k1", "done", DONE)  # what a killed process sent last is committed only now
        monkeypatch.undo()
        return await Journal.read(database, call_id)

    await write(announcing, "CA1", [*talk(), TRIED])
    await intend(announcing, "CA1")
    monkeypatch.setattr("tools.leftovers.Journal.read", read_late)
    assert await end_lost_call(announcing, "CA1", "killed by signal 9")
    row = await end_of(announcing, "CA1")
    assert (row.disposition, row.collected_data, row.follow_ups) == ("resolved", MOVE, None)


UNREADABLE: list[Events] = [
    [("user_said", {})],
    [("bot_said", {}), TRIED, ("tool_result", {"tool": "reschedule_delivery", "arguments": MOVE, "result": ["?"]})],
]


@pytest.mark.parametrize("events", UNREADABLE)
async def test_a_call_whose_journal_cannot_be_read_has_an_end(announcing: Database, events: Events) -> None:
    await write(announcing, "CA1", [*talk(), *events])
    await intend(announcing, "CA1")
    ledger = Ledger(announcing)
    await ledger.intend("k2", call_id="CA1", tool="create_callback", arguments=CALLBACK, confirmation_id="", before={})
    await ledger.settle("k2", "done", {"status": "done"})
    assert await end_lost_call(announcing, "CA1", "killed by signal 9")
    row = await end_of(announcing, "CA1")
    assert (row.status, row.disposition, row.summary) == ("ended", "failed_system", "killed by signal 9")
    assert row.follow_ups == {"items": [CHECK, CALL_BACK]}
    assert len(await news_about(announcing, "CA1")) == 1
    effect = await ledger.find("k1")
    assert effect
    assert effect.status == "unknown"
    assert not await end_lost_call(announcing, "CA1", "again")


async def test_a_caller_whose_journal_cannot_be_read_reaches_a_human(tmp_path: Path) -> None:
    settings = server_settings(tmp_path, transfer_number="+380440000001")
    async with live_server(settings) as live:
        call_id = new_call_id()
        token = media_path((await live.ring(call_id)).text).rsplit("/", 1)[-1]
        journal = Journal(live.house.database, call_id)
        for kind, body in [*talk(), *UNREADABLE[0]]:
            journal.post(kind, body)
        await journal.close()
        ended = CallEnd(CallRequest(call_id=call_id, carrier="twilio"), {"disposition": "resolved"}, None)
        await live.house.reception.call_ended(ended)
        assert (await live.call(call_id))["disposition"] == "resolved"
        live.house.supervisor.withdraw(call_id)
        answer = await live.webhook(f"/twilio/stream-ended/{token}", ring_form(call_id, CallStatus="in-progress"))
        assert "+380440000001</Dial>" in answer.text


async def test_a_call_in_which_nothing_happened_says_why(database: Database) -> None:
    await write(database, "CA1", [])
    assert await end_lost_call(database, "CA1", "no stream came")
    row = await get_call(database, "CA1")
    assert row
    assert (row.disposition, row.summary) == ("failed_system", "no stream came")


async def test_what_a_resume_undid_is_no_end(database: Database) -> None:
    ended = ("call_ended", {"ended_by": "caller", "disposition": "abandoned"})
    await write(database, "CA1", [*talk(), ended, ("resumed", {"due": "caller"})])
    await start_resume(database, "CA1")
    assert await end_lost_call(database, "CA1", "killed by signal 9")
    row = await get_call(database, "CA1")
    assert row
    assert (row.disposition, row.state) == ("failed_system", "confirm")


async def test_a_caller_whose_call_broke_hears_so_whatever_was_done_in_it(tmp_path: Path) -> None:
    settings = server_settings(tmp_path, transfer_number="+380440000001")
    async with live_server(settings) as live:
        call_id, database = new_call_id(), live.house.database
        token = media_path((await live.ring(call_id)).text).rsplit("/", 1)[-1]
        journal = Journal(database, call_id)
        for kind, body in [*talk(), TRIED, tool("reschedule_delivery", MOVE, DONE)]:
            journal.post(kind, body)
        await journal.close()
        call = CallRequest(call_id=call_id, carrier="twilio")
        await live.house.reception.call_ended(CallEnd(call, None, "killed by signal 9"))
        assert (await live.call(call_id))["disposition"] == "resolved"
        live.house.supervisor.withdraw(call_id)
        form = ring_form(call_id, CallStatus="in-progress")
        answer = await live.webhook(f"/twilio/stream-ended/{token}", form)
        assert "+380440000001</Dial>" in answer.text


async def aged(database: Database, call_id: str, events: Events, age: dt.timedelta, **row: Any) -> None:
    """A call that began so long ago; its journal is as old."""
    await write(database, call_id, [], started_at=utc_now() - age, **row)
    journal = Journal(database, call_id, now=lambda: utc_now() - age)
    for kind, body in events:
        journal.post(kind, body)
    await journal.close()


OLD = LOST_AFTER + dt.timedelta(minutes=1)


async def end_of(database: Database, call_id: str) -> Call:
    row = await get_call(database, call_id)
    assert row
    return row


@pytest.mark.parametrize(("carrier", "age"), [("browser", OLD), ("twilio", OLD), ("voximplant", dt.timedelta(days=30))])
async def test_a_call_of_a_dead_server_is_ended_and_told_once(
    announcing: Database, carrier: str, age: dt.timedelta
) -> None:
    await aged(announcing, "CA1", talk(), age, carrier=carrier)
    here, there = LostCalls(announcing, list), LostCalls(announcing, list)
    assert [await one.look() for one in (here, there, here, there)] == [0, 0, 1, 0]
    row = await end_of(announcing, "CA1")
    assert (row.status, row.disposition, row.collected_data) == ("ended", "failed_system", {"order_id": "1033"})
    assert row.ended_at is not None
    assert row.ended_at < utc_now() - LOST_AFTER
    assert len(await news_about(announcing, "CA1")) == 1


async def test_calls_that_somebody_holds_or_that_go_on_are_left_alone(database: Database) -> None:
    await aged(database, "CAhere", talk(), OLD)
    await aged(database, "CAthere", talk(), OLD)
    await aged(database, "CHtyped", talk(), OLD, carrier="chat")
    await write(database, "CAnew", [])
    here, there = LostCalls(database, lambda: ["CAhere"]), LostCalls(database, lambda: ["CAthere", "OBnone"])
    for _ in range(3):
        assert await there.look() == 0
        assert await here.look() == 0
    for call_id in ("CAhere", "CAthere", "CHtyped", "CAnew"):
        assert (await end_of(database, call_id)).ended_at is None


async def test_a_server_that_was_cut_off_from_the_database_says_first_that_it_holds_its_calls(
    database: Database,
) -> None:
    await aged(database, "CA1", talk(), OLD)
    other, holder = LostCalls(database, list), LostCalls(database, lambda: ["CA1"])
    assert await other.look() == 0  # for long nobody has held it
    assert await holder.look() == 0
    assert await other.look() == 0
    assert (await end_of(database, "CA1")).ended_at is None


@pytest.mark.parametrize("comes", ["back", "up"])
async def test_a_call_that_somebody_takes_while_lost_ones_are_ended_is_left_to_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, comes: str
) -> None:
    await aged(database, "CA1", talk(), OLD)
    other, holder = LostCalls(database, list), LostCalls(database, lambda: ["CA1"])

    async def taken(*given: Any, **more: Any) -> bool:
        await (holder.look() if comes == "back" else start_resume(database, "CA1"))
        return await end_lost_call(*given, **more)

    monkeypatch.setattr("bot.lost_calls.end_lost_call", taken)
    assert await other.look() == 0
    assert await other.look() == 0
    assert (await end_of(database, "CA1")).ended_at is None


async def test_many_lost_calls_do_not_keep_a_server_from_holding_its_own(database: Database) -> None:
    start, minutes = utc_now(), itertools.count()
    for number in range(8):
        await aged(database, f"CA{number}", [], OLD)
    await write(database, "CAquiet", [])
    # Ending one takes a minute.
    sweep = LostCalls(database, lambda: ["CAquiet"], now=lambda: start + dt.timedelta(minutes=next(minutes)))
    await sweep.look()
    assert await sweep.look() == 8
    held_at = (await end_of(database, "CAquiet")).held_at
    assert held_at
    assert held_at >= start + dt.timedelta(minutes=8)


async def test_a_round_ends_some_of_very_many_and_the_next_rounds_the_others(database: Database) -> None:
    count, age = MOST_ENDINGS * 2 + 1, dt.timedelta(days=30)
    for number in range(count):
        await record_call(
            database, call_id=f"CA{number}", carrier="twilio", direction="inbound", started_at=utc_now() - age
        )
    sweep, ended = LostCalls(database, list), [0]
    while sum(ended) < count:
        ended.append(await sweep.look())
        assert len(ended) < 12
    assert max(ended) == MOST_ENDINGS


async def test_a_call_in_which_something_happens_is_not_lost(database: Database) -> None:
    await write(database, "CA1", talk(), started_at=utc_now() - OLD)  # held by a process whose server died
    assert await find_lost_calls(database, utc_now() - LOST_AFTER, ["twilio"]) == []
    later = utc_now() + OLD
    assert [call_id for call_id, _ in await find_lost_calls(database, later, ["twilio"])] == ["CA1"]
    await hold_calls(database, ["CA1"], later)
    assert await find_lost_calls(database, later, ["twilio"]) == []


async def test_a_server_that_starts_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    settings = server_settings(tmp_path, outcome_webhook_url="http://127.0.0.1:9/", outcome_webhook_secret="s" * 32)
    database = Database.open(settings.database)
    await database.migrate()
    await aged(database, "BR1", talk(), OLD, carrier="browser")
    async with live_server(settings) as live:
        ended = LostCalls(live.house.database, live.house.supervisor.held)
        async with asyncio.timeout(10):
            while await ended.look() == 0 and (await end_of(database, "BR1")).ended_at is None:
                await asyncio.sleep(0)
        assert len(await news_about(database, "BR1")) == 1
    await database.close()
