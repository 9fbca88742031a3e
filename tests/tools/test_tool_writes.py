"""A delivery is moved once for each yes, and only after a yes."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from tool_desk import DANIEL, PRIYA, open_desk

from spoken import LANGUAGES
from spoken.readback import read_readback
from storage.database import Database
from tools.phrases import say

pytestmark = pytest.mark.component
TUESDAY, WEDNESDAY = "2026-03-17", "2026-03-18"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


async def test_a_confirmed_delivery_is_moved(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.caller.says_yes_to("1033", TUESDAY)
        outcome = await desk.move("1033", TUESDAY)
        assert outcome.result == {
            "status": "done",
            "order_id": "1033",
            "new_date": TUESDAY,
            "old_date": "2026-03-14",
        }
        assert await desk.changes() == {"orders.1033.delivery_date": TUESDAY}
        intent, result = await desk.events()
        (effect,) = await desk.effects()
    assert (intent.kind, intent.body) == (
        "tool_intent",
        {
            "v": 1,
            "tool": "reschedule_delivery",
            "key": effect.key,
            "arguments": {"order_id": "1033", "new_date": TUESDAY},
            "confirmation_id": "c1",
        },
    )
    assert (result.kind, result.body["status"], result.body["result"]) == ("tool_result", "done", outcome.result)
    assert (effect.status, effect.result, effect.before) == ("done", outcome.result, {"delivery_date": "2026-03-14"})


async def test_nothing_is_moved_without_a_yes_to_exactly_this(database: Database) -> None:
    async with open_desk(database) as desk:
        for order_id, new_date in [("1033", WEDNESDAY), ("1037", TUESDAY)]:
            desk.caller.says_yes_to(order_id, new_date)
            outcome = await desk.move("1033", TUESDAY)
            assert (outcome.status, outcome.reason) == ("refused", "not_confirmed")
        assert await desk.changes() == {}
        assert await desk.effects() == []
        assert {event.kind for event in await desk.events()} == {"tool_result"}


# Refusals in the order in which they are found: what is refused first hides what would be refused later.
REFUSALS = [
    ("stranger's order", "1042", "2026-03-11", "not_identified", None),
    ("no such order", "4711", "2026-03-15", "not_identified", None),
    ("under way", "1035", "2026-03-11", "not_movable", None),
    ("delivered", "1034", TUESDAY, "not_movable", None),
    ("cancelled", "1036", TUESDAY, "not_movable", None),
    ("today", "1033", "2026-03-11", "date_too_early", "2026-03-12"),
    ("yesterday", "1033", "2026-03-10", "date_too_early", "2026-03-12"),
    ("a Sunday", "1033", "2026-03-15", "date_sunday", None),
    ("in fifteen days", "1033", "2026-03-26", "date_too_late", "2026-03-25"),
    ("planned already", "1033", "2026-03-14", "date_unchanged", "2026-03-14"),
    ("nobody said yes", "1033", TUESDAY, "not_confirmed", TUESDAY),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("order_id", "new_date", "reason", "said_day"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
async def test_a_refusal_changes_nothing_and_says_why(
    database: Database, language: str, order_id: str, new_date: str, reason: str, said_day: str | None
) -> None:
    async with open_desk(database, language=language) as desk:
        if reason != "not_confirmed":
            desk.caller.says_yes_to(order_id, new_date)
        outcome = await desk.move(order_id, new_date)
        assert (outcome.status, outcome.reason, outcome.result["reason"]) == ("refused", reason, reason)
        assert await desk.changes() == {}
        assert await desk.effects() == []
    expected = {
        "not_movable": {"1035": "out_for_delivery", "1034": "delivered", "1036": "cancelled"}.get(order_id, ""),
    }
    phrase = f"{reason}_{expected[reason]}" if reason in expected else reason
    spoken_day = day(said_day) if said_day else None
    assert outcome.result["say"] == say(phrase, language, order_id=order_id, day=spoken_day)  # type: ignore[arg-type]
    if reason == "not_confirmed":
        found = read_readback(outcome.result["say"], language, day("2026-03-11"))  # type: ignore[arg-type]
        assert found
        assert (found.order_id, found.date) == (order_id, day(new_date))


async def test_a_stranger_who_stated_both_may_move_the_order(database: Database) -> None:
    async with open_desk(database, caller_phone=None) as desk:
        desk.caller.stated = ["1042", "5550102211"]
        desk.caller.says_yes_to("1042", TUESDAY)
        assert (await desk.move("1042", TUESDAY)).status == "done"
        assert await desk.changes() == {"orders.1042.delivery_date": TUESDAY}


async def test_tuesday_no_wednesday_back_to_tuesday_writes_three_times(database: Database) -> None:
    async with open_desk(database) as desk:
        moved = []
        for wanted in (TUESDAY, WEDNESDAY, TUESDAY):
            desk.caller.says_yes_to("1033", wanted)
            moved.append((await desk.move("1033", wanted)).result["old_date"])
        assert moved == ["2026-03-14", TUESDAY, WEDNESDAY]
        assert [effect.status for effect in await desk.effects()] == ["done"] * 3
        assert await desk.changes() == {"orders.1033.delivery_date": TUESDAY}


async def test_a_stutter_writes_once(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.caller.says_yes_to("1033", TUESDAY)
        first, second = await asyncio.gather(desk.move("1033", TUESDAY), desk.move("1033", TUESDAY))
        third = await desk.move("1033", TUESDAY)
        assert first.result == second.result == third.result
        assert third.result["old_date"] == "2026-03-14"
        assert [effect.attempts for effect in await desk.effects()] == [1]


async def test_a_new_yes_to_the_same_day_finds_it_done(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.caller.says_yes_to("1033", TUESDAY)
        await desk.move("1033", TUESDAY)
        desk.caller.says_yes_to("1033", TUESDAY)
        outcome = await desk.move("1033", TUESDAY)
        assert outcome.reason == "date_unchanged"
        assert len(await desk.effects()) == 1


async def test_the_call_itself_can_be_asked_more_than_once(database: Database) -> None:
    async with open_desk(database) as desk:
        first = await desk.run("transfer_to_human", {"reason": "wants a refund"})
        second = await desk.run("transfer_to_human", {})
        assert first.result == second.result == {"status": "done", "transfer": "started"}
        assert (await desk.run("end_call", {"reason": "done"})).result == {"status": "done"}
        assert desk.line.asked == [("transfer", "wants a refund"), ("transfer", None), ("hang_up", "done")]


async def test_no_colleague_is_said(database: Database) -> None:
    async with open_desk(database, language="uk") as desk:
        desk.line.has_colleague = False
        outcome = await desk.run("transfer_to_human", {})
    assert outcome.result == {
        "status": "failed",
        "reason": "nobody_available",
        "say": say("transfer_to_human_failed", "uk"),
    }


@pytest.mark.parametrize(
    ("name", "arguments", "reason", "message"),
    [
        ("cancel_order", {"order_id": "1033"}, "unknown_tool", "expected one of ask_to_type, create_callback"),
        ("reschedule_delivery", '{"order_id": "10', "invalid_arguments", "expected one whole JSON object"),
        ("reschedule_delivery", {"order_id": "1033"}, "invalid_arguments", "new_date: expected"),
    ],
)
async def test_a_models_mistake_is_refused_and_kept(
    database: Database, name: str, arguments: object, reason: str, message: str
) -> None:
    async with open_desk(database) as desk:
        outcome = await desk.run(name, arguments)  # type: ignore[arg-type]
        assert (outcome.status, outcome.reason) == ("refused", reason)
        assert message in outcome.result["message"]
        assert outcome.result["say"]
        (event,) = await desk.events()
    assert (event.body["tool"], event.body["reason"]) == (name, reason)
    assert event.body["arguments"] == (arguments if isinstance(arguments, dict) else {"raw": arguments})


async def test_calls_do_not_share_their_yeses(database: Database) -> None:
    async with open_desk(database, caller_phone=PRIYA) as desk:
        desk.caller.says_yes_to("1033", TUESDAY)
        await desk.move("1033", TUESDAY)
    async with open_desk(database, caller_phone=DANIEL) as desk:
        desk.caller.says_yes_to("1033", WEDNESDAY)
        assert (await desk.move("1033", WEDNESDAY)).reason == "not_identified"
