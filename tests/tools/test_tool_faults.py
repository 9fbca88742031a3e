"""What is true after something broke, and what the caller is told."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from tool_desk import PRIYA, WEDNESDAY, Desk, open_desk

from bot.audit import may_say
from bot.state import Event, fold
from spoken import LANGUAGES
from storage.calls import start_resume
from storage.database import Database
from storage.journal import Journal
from tools.backends.base import Shop
from tools.backends.faulty import Fault, FaultError
from tools.errors import BackendError, DeliveryChangedError
from tools.execution import give_up_unfinished, settle_unfinished
from tools.ledger import effect_key
from tools.leftovers import settle_leftovers
from tools.models import Customer, Delivery, Order
from tools.phrases import say

pytestmark = pytest.mark.component
TUESDAY = "2026-03-17"
TODAY = WEDNESDAY.date()
MOVED = {"orders.1033.delivery_date": TUESDAY}


class Gate:
    """A shop that can be read a few times only, or whose work stands still until it is let go."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.takes_keys = shop.takes_keys
        self.reads_left = 1000
        self.breaks: Exception | None = None
        self.entered = asyncio.Event()
        self.leave = asyncio.Event()
        self.leave.set()

    async def find_order(self, order_id: str) -> Order | None:
        self.reads_left -= 1
        if self.reads_left < 0:
            raise BackendError("connection_refused")
        return await self.shop.find_order(order_id)

    async def find_orders_of(self, phone: str) -> Sequence[Order]:
        self.entered.set()
        await self.leave.wait()
        if self.breaks:
            raise self.breaks
        return await self.shop.find_orders_of(phone)

    async def reschedule(self, order_id: str, new_date: dt.date, *, expected: Delivery, key: str | None) -> None:
        self.entered.set()
        await self.leave.wait()
        if self.breaks:
            raise self.breaks
        await self.shop.reschedule(order_id, new_date, expected=expected, key=key)


def gate_into(gates: list[Gate]) -> Callable[[Shop], Shop]:
    """Puts a gate before the shop, and into `gates`."""

    def wrap(shop: Shop) -> Shop:
        gates.append(Gate(shop))
        return gates[0]

    return wrap


async def move_after_yes(desk: Desk):  # type: ignore[no-untyped-def]
    desk.caller.says_yes_to("1033", TUESDAY)
    return await desk.move("1033", TUESDAY)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("error", ["connection_refused", "server_error", "timeout"])
async def test_a_write_that_did_not_happen_has_failed(database: Database, error: str, language: str) -> None:
    fault = Fault("reschedule_delivery", error, times=1)  # type: ignore[arg-type]
    async with open_desk(database, fault, language=language) as desk:
        if error == "timeout":
            desk.be_patient_for(0.5)
        outcome = await move_after_yes(desk)
        # What another server was asked for and did not answer may come yet.
        status = "unknown" if error == "timeout" and desk.crm else "failed"
        assert outcome.result == {
            "status": status,
            "reason": error,
            "say": say(f"write_{status}", language),  # type: ignore[arg-type]
        }
        assert await desk.changes() == {}
        assert [effect.status for effect in await desk.effects()] == [status]
        # The same yes is still good: what is known to have failed may be tried again.
        assert (await desk.move("1033", TUESDAY)).status == "done"
        assert await desk.changes() == MOVED
        assert [(effect.status, effect.attempts) for effect in await desk.effects()] == [("done", 2)]


async def test_a_write_is_never_repeated_by_itself(database: Database) -> None:
    async with open_desk(database, Fault("reschedule_delivery", "server_error", times=1)) as desk:
        assert (await move_after_yes(desk)).status == "failed"
        assert desk.pauses == []


async def test_a_lost_reply_is_made_good_by_reading_back(database: Database) -> None:
    async with open_desk(database, Fault("reschedule_delivery", "crash_after_effect")) as desk:
        outcome = await move_after_yes(desk)
        assert (outcome.status, outcome.reason) == ("done", "verified")
        assert outcome.result == {
            "status": "done",
            "order_id": "1033",
            "new_date": TUESDAY,
            "old_date": "2026-03-14",
        }
        assert await desk.changes() == MOVED
        assert (await desk.move("1033", TUESDAY)).result == outcome.result


async def test_a_slow_shop_is_waited_for(database: Database) -> None:
    async with open_desk(database, Fault("reschedule_delivery", delay_s=8.0, times=1)) as desk:
        assert (await move_after_yes(desk)).status == "done"
        assert desk.pauses == [8.0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("was_written", [True, False])
async def test_what_nobody_knows_is_said_and_settled_later(
    database: Database, language: str, was_written: bool
) -> None:
    gates: list[Gate] = []
    error: FaultError = "crash_after_effect" if was_written else "server_error"
    fault = Fault("reschedule_delivery", error, times=1)
    async with open_desk(database, fault, wrap=gate_into(gates), language=language) as desk:
        (gate,) = gates
        gate.reads_left = 1  # the guard's
        outcome = await move_after_yes(desk)
        assert outcome.result == {
            "status": "unknown",
            "reason": "reply_lost" if was_written else "server_error",
            "say": say("write_unknown", language),  # type: ignore[arg-type]
        }
        assert [effect.status for effect in await desk.effects()] == ["unknown"]
        gate.reads_left = 1000
        again = await desk.move("1033", TUESDAY)
        assert (again.status, again.result["old_date"]) == ("done", "2026-03-14")
        assert again.reason == ("verified" if was_written else None)
        assert await desk.changes() == MOVED
        (effect,) = await desk.effects()
        assert (effect.status, effect.attempts) == ("done", 1 if was_written else 2)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_repeat_that_finds_no_shop_does_not_deny_what_may_have_been_done(
    database: Database, language: str
) -> None:
    gates: list[Gate] = []
    fault = Fault("reschedule_delivery", "crash_after_effect", times=1)
    async with open_desk(database, fault, wrap=gate_into(gates), language=language) as desk:
        (gate,) = gates
        gate.reads_left = 1  # the guard's; nobody is let in afterwards
        assert (await move_after_yes(desk)).status == "unknown"
        again = await desk.move("1033", TUESDAY)
        assert again.result == {
            "status": "unknown",
            "reason": "connection_refused",
            "say": say("write_unknown", language),  # type: ignore[arg-type]
        }
        assert [effect.status for effect in await desk.effects()] == ["unknown"]
        assert await desk.changes() == MOVED


@pytest.mark.parametrize("told", ["done", "failed", None])
async def test_a_write_that_was_left_open_ends_as_the_journal_has_it_or_unknown(
    database: Database, told: str | None
) -> None:
    arguments = {"order_id": "1033", "new_date": TUESDAY}
    async with open_desk(database) as desk:
        intent = {"call_id": "CA1", "tool": "reschedule_delivery", "arguments": arguments, "confirmation_id": "c1"}
        assert await desk.ctx.ledger.intend("k1", **intent, before={})  # type: ignore[arg-type]
        await desk.ctx.journal.append(
            "tool_intent", {"tool": "reschedule_delivery", "key": "k1", "arguments": arguments}
        )
        if told:
            body = {"tool": "reschedule_delivery", "arguments": arguments, "status": told, "result": {"status": told}}
            await desk.ctx.journal.append("tool_result", body)
        assert await settle_leftovers(database, "CA1") == (told is None)
        (effect,) = await desk.effects()
        assert effect.status == (told or "unknown")
        assert await settle_leftovers(database, "CA1") == 0


async def test_a_shop_that_is_lost_from_view_answers_no_read_back(database: Database) -> None:
    async with open_desk(database, Fault("reschedule_delivery", "lost_from_view", times=1)) as desk:
        assert (await move_after_yes(desk)).status == "unknown"
        assert (await desk.move("1033", TUESDAY)).status == "unknown"
        assert await desk.changes() == MOVED


@pytest.mark.parametrize(("was_written", "status"), [(True, "done"), (False, "failed")])
async def test_a_resumed_call_reads_back_what_the_dead_process_intended(
    database: Database, was_written: bool, status: str
) -> None:
    arguments = {"order_id": "1033", "new_date": TUESDAY}
    async with open_desk(database) as desk:
        key = effect_key("CA1", "reschedule_delivery", arguments, "c1")
        intent = {"call_id": "CA1", "tool": "reschedule_delivery", "arguments": arguments, "confirmation_id": "c1"}
        before = {"delivery_date": "2026-03-14"}
        assert await desk.ctx.ledger.intend(key, **intent, before=before)  # type: ignore[arg-type]
        if was_written:
            order = await desk.ctx.shop.find_order("1033")
            assert order
            await desk.ctx.shop.reschedule("1033", dt.date(2026, 3, 17), expected=order.delivery, key=key)
        ((_, outcome),) = await settle_unfinished(desk.registry, desk.ctx)
        if was_written:
            assert outcome
            assert outcome.status == "done"
            assert [event.body["status"] for event in await desk.events()] == ["done"]
            assert await settle_unfinished(desk.registry, desk.ctx) == []
        else:
            assert outcome is None  # it is to be run again
        if not desk.crm:
            assert [effect.status for effect in await desk.effects()] == [status]
        # The model repeats its call: the yes was given before the crash.
        desk.caller.says_yes_to("1033", TUESDAY)
        assert (await desk.move("1033", TUESDAY)).status == "done"
        assert await desk.changes() == MOVED


CHANGED = [
    ("en", "by somebody else", "twentieth of March"),
    ("uk", "іншої людини", "двадцяте березня"),
    ("ru", "другого человека", "двадцатое марта"),
]


@pytest.mark.parametrize(("language", "words", "day"), CHANGED, ids=["en", "uk", "ru"])
async def test_who_meets_somebody_elses_change_hears_how_it_is_now(
    database: Database, language: str, words: str, day: str
) -> None:
    gates: list[Gate] = []
    async with open_desk(database, wrap=gate_into(gates), language=language) as desk:
        (gate,) = gates
        gate.leave.clear()
        moving = asyncio.create_task(move_after_yes(desk))
        await gate.entered.wait()
        order = await gate.shop.find_order("1033")
        assert order
        await gate.shop.reschedule("1033", dt.date(2026, 3, 20), expected=order.delivery, key="somebody else's")
        gate.leave.set()
        outcome = await moving
        assert (outcome.status, outcome.reason) == ("failed", "delivery_changed")
        assert words in outcome.result["say"]
        assert day in outcome.result["say"]
        assert await desk.changes() == {"orders.1033.delivery_date": "2026-03-20"}
        state = fold("CA1", [Event(one.kind, one.body) for one in await desk.events()])
        assert may_say(outcome.result["say"], state, TODAY)
        assert not may_say("I've moved it.", state, TODAY)


async def test_what_somebody_else_has_moved_to_the_wanted_day_is_done(database: Database) -> None:
    gates: list[Gate] = []
    async with open_desk(database, wrap=gate_into(gates)) as desk:
        (gate,) = gates
        gate.leave.clear()
        moving = asyncio.create_task(move_after_yes(desk))
        await gate.entered.wait()
        order = await gate.shop.find_order("1033")
        assert order
        await gate.shop.reschedule("1033", dt.date.fromisoformat(TUESDAY), expected=order.delivery, key="another")
        gate.leave.set()
        assert (await moving).status == "done"
        assert await desk.changes() == MOVED


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
@pytest.mark.parametrize("status", ["scheduled", "out_for_delivery", "delivered", "cancelled", None])
def test_a_change_meanwhile_is_told_with_the_new_state(language: Any, status: Any) -> None:
    delivery = Delivery(status=status, date=dt.date(2026, 3, 20), city="Denver") if status else None
    order = (
        Order(order_id="1033", customer=Customer(phone=PRIYA, name="Priya"), delivery=delivery) if delivery else None
    )
    sentence = DeliveryChangedError(order).spoken(language, "write_failed")
    assert sentence.startswith(say("delivery_changed", language))
    then = {None: "", "scheduled": say("planned_now", language, order_id="1033", day=dt.date(2026, 3, 20))}
    if status in then:
        assert sentence.endswith(then[status])
    else:
        assert sentence.endswith(say(f"not_movable_{status}", language, order_id="1033"))


@pytest.mark.parametrize("hang_up", [False, True])
async def test_a_cancelled_caller_does_not_cancel_a_write(database: Database, hang_up: bool) -> None:
    gates: list[Gate] = []
    async with open_desk(database, wrap=gate_into(gates)) as desk:
        (gate,) = gates
        gate.leave.clear()
        moving = asyncio.create_task(move_after_yes(desk))
        await gate.entered.wait()
        moving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await moving
        gate.leave.set()
        if hang_up:
            assert await desk.ctx.drain()
        else:
            assert (await desk.move("1033", TUESDAY)).result["old_date"] == "2026-03-14"
        assert await desk.changes() == MOVED
        assert [(effect.status, effect.attempts) for effect in await desk.effects()] == [("done", 1)]
        done = [event for event in await desk.events() if event.kind == "tool_result"]
        assert [event.body["status"] for event in done] == ["done"] * (1 if hang_up else 2)


async def test_a_write_that_never_ends_is_given_up_at_the_end_of_the_call(database: Database) -> None:
    gates: list[Gate] = []
    async with open_desk(database, wrap=gate_into(gates)) as desk:
        gates[0].leave.clear()
        moving = asyncio.create_task(move_after_yes(desk))
        await gates[0].entered.wait()
        assert not await desk.ctx.drain(0.05)
        await asyncio.gather(moving, return_exceptions=True)
        await give_up_unfinished(desk.registry, desk.ctx)
        assert [effect.status for effect in await desk.effects()] == ["unknown"]
        assert [event.body["status"] for event in await desk.events() if event.kind == "tool_result"] == ["unknown"]


async def test_an_interrupted_read_is_noted_as_cancelled(database: Database) -> None:
    gates: list[Gate] = []
    async with open_desk(database, wrap=gate_into(gates)) as desk:
        gates[0].leave.clear()
        reading = asyncio.create_task(desk.look_up())
        await gates[0].entered.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await desk.ctx.drain()
        begun, ended = await desk.events()
    assert (begun.kind, ended.kind) == ("tool_intent", "tool_result")
    assert (ended.body["tool"], ended.body["status"]) == ("lookup_order", "cancelled")


@pytest.mark.parametrize("tool", ["lookup_order", "reschedule_delivery"])
async def test_a_bug_in_a_shop_becomes_a_sentence(database: Database, tool: str) -> None:
    gates: list[Gate] = []
    async with open_desk(database, wrap=gate_into(gates)) as desk:
        gates[0].breaks = KeyError("+15550107788")
        outcome = await (desk.look_up() if tool == "lookup_order" else move_after_yes(desk))
        if tool == "lookup_order":
            status, phrase = "failed", "read_failed"
        else:  # nobody knows how far it got; our own database would show it
            status = "unknown" if desk.crm else "failed"
            phrase = f"write_{status}"
        assert outcome.result == {"status": status, "reason": "server_error", "say": say(phrase, "en")}


@pytest.mark.parametrize(("error", "status"), [("connection_refused", "failed"), ("crash_after_effect", "unknown")])
async def test_a_transfer_that_breaks_is_said(database: Database, error: str, status: str) -> None:
    async with open_desk(database, Fault("transfer_to_human", error, times=1)) as desk:  # type: ignore[arg-type]
        outcome = await desk.run("transfer_to_human", {})
        assert (outcome.status, outcome.result["say"]) == (status, say("transfer_to_human_failed", "en"))
        assert (await desk.run("transfer_to_human", {})).status == "done"


async def test_a_locked_database_fails_the_write_and_says_so(database: Database, database_url: str) -> None:
    impatient = Database.open(database_url, lock_wait_s=0.3)
    async with open_desk(database, effects_database=impatient) as desk:
        async with database.session() as holder:
            lock = "SELECT 1" if database.is_sqlite else "LOCK TABLE tool_effect IN EXCLUSIVE MODE"
            await holder.execute(text(lock))
            outcome = await move_after_yes(desk)
        assert outcome.result == {
            "status": "failed",
            "reason": "database_unavailable",
            "say": say("write_failed", "en"),
        }
        assert await desk.changes() == {}
        assert (await desk.move("1033", TUESDAY)).status == "done"
    await impatient.close()


async def test_a_read_does_not_wait_for_a_locked_journal(database: Database, database_url: str) -> None:
    impatient = Database.open(database_url, lock_wait_s=0.3)
    async with open_desk(database, effects_database=impatient) as desk, database.session() as holder:
        lock = "SELECT 1" if database.is_sqlite else "LOCK TABLE call_event IN EXCLUSIVE MODE"
        await holder.execute(text(lock))
        outcome = await desk.look_up()
        assert (outcome.status, await desk.events()) == ("done", [])
    await impatient.close()


@pytest.mark.parametrize("shop_kind", ["sqlite"], indirect=True)
async def test_a_database_file_that_is_gone_fails_everything_and_says_so(database: Database) -> None:
    assert database.address.path
    path, away = database.address.path, database.address.path.with_suffix(".away")
    async with open_desk(database) as desk:
        path.rename(away)
        outcomes = [await desk.look_up(), await move_after_yes(desk)]
        away.rename(path)
        assert [(outcome.status, outcome.reason) for outcome in outcomes] == [("failed", "database_unavailable")] * 2
        assert await desk.changes() == {}
        assert (await desk.move("1033", TUESDAY)).status == "done"


async def test_a_call_that_was_taken_over_writes_nothing_more(database: Database) -> None:
    async with open_desk(database) as desk:
        await start_resume(database, "CA1")
        assert (await move_after_yes(desk)).status == "failed"
        assert await desk.changes() == {}
        assert await Journal.read(database, "CA1") == []
