"""Orders in a CRM: what is true, and what the caller is told, whatever befalls the requests."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tool_desk import PRIYA, SHOP, Desk, crm_snapshot, open_desk

from emulators.crm import CrmRecords, CrmServer, SeededMishaps
from storage.database import Database
from tools.backends.http import HttpShop
from tools.backends.json_client import JsonClient
from tools.deadline import deadline
from tools.errors import BackendError
from tools.models import Callback, Customer
from tools.phrases import say

pytestmark = pytest.mark.wire
TUESDAY = "2026-03-17"
MOVED = {"orders.1033.delivery_date": TUESDAY}
KEY = {"Authorization": "Bearer emulated-crm"}


@pytest.fixture
def shop_kind() -> str:
    return "crm"


@pytest.fixture
async def crm() -> AsyncIterator[CrmServer]:
    async with CrmServer(CrmRecords.of(SHOP["orders"])) as server:
        yield server


async def move(desk: Desk) -> Any:
    return await desk.move("1033", TUESDAY)


def crm_of(desk: Desk) -> CrmServer:
    assert desk.crm
    return desk.crm


def posts(crm: CrmServer) -> int:
    return sum(request.method == "POST" for request in crm.received)


@pytest.mark.parametrize("mishap", ["lose_reply", "late_error", "garbled", "flood", "late_hang"])
async def test_a_change_whose_answer_is_lost_is_asked_for_again_and_done(database: Database, mishap: str) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        if mishap == "late_hang":
            desk.be_patient_for(0.5)
        desk.caller.says_yes_to("1033", TUESDAY)
        await crm.break_with(mishap, method="POST")
        outcome = await move(desk)
        assert outcome.status == "done"
        assert await desk.changes() == MOVED
        (effect,) = await desk.effects()
        assert (effect.status, effect.attempts) == ("done", 1)
        # A repeat is answered by the ledger: the CRM does not hear of it.
        asked = posts(crm)
        assert (await move(desk)).result == outcome.result
        assert (posts(crm), crm.records.changes) == (asked, 1)
        assert {request.key for request in crm.received if request.method == "POST"} == {effect.key}


@pytest.mark.parametrize(
    ("mishap", "status"),
    [
        ("unauthorised", "failed"),
        ("unavailable", "failed"),
        ("server_error", "failed"),
        ("refuse", "failed"),
        ("hang", "unknown"),  # what was sent and not answered may come yet
        ("cut", "unknown"),
    ],
)
async def test_a_change_that_did_not_happen_may_be_tried_again(database: Database, mishap: str, status: str) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        if mishap == "hang":
            desk.be_patient_for(0.5)
        desk.caller.says_yes_to("1033", TUESDAY)
        await crm.break_with(mishap, method=None if mishap == "refuse" else "POST")
        outcome = await move(desk)
        assert outcome.status == status
        assert outcome.result["say"] == say(f"write_{status}", "en")
        assert await desk.changes() == {}
        await crm.mend()
        assert (await move(desk)).status == "done"
        assert await desk.changes() == MOVED
        assert crm.records.changes == 1


async def test_a_change_that_comes_late_is_not_denied_before(database: Database) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        desk.be_patient_for(0.5)
        desk.caller.says_yes_to("1033", TUESDAY)
        crm.hold.clear()
        early = await move(desk)
        assert (early.status, early.result["say"]) == ("unknown", say("write_unknown", "en"))
        assert (await move(desk)).status == "unknown"
        crm.hold.set()
        desk.be_patient_for(10.0)
        assert (await move(desk)).status == "done"
        assert await desk.changes() == MOVED
        assert crm.records.changes == 1
        assert [effect.status for effect in await desk.effects()] == ["done"]


async def test_what_can_neither_be_done_nor_read_back_is_unknown_and_settled_later(database: Database) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        desk.caller.says_yes_to("1033", TUESDAY)
        await desk.ctx.shop.find_order("1033")

        class ThenGone:
            lost = False

            def next(self, method: str) -> Any:
                self.lost = self.lost or method == "POST"
                return ("lose_reply" if method == "POST" else "unavailable") if self.lost else None

        crm.by_chance = ThenGone()
        outcome = await move(desk)
        assert outcome.result == {
            "status": "unknown",
            "reason": "reply_lost",
            "say": say("write_unknown", "en"),
        }
        crm.by_chance = None
        assert (await move(desk)).reason == "verified"
        assert (crm.records.changes, [effect.status for effect in await desk.effects()]) == (1, ["done"])


async def test_a_limit_of_requests_is_waited_out_while_there_is_time(database: Database) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        await crm.break_with("rate_limit", times=2)
        desk.caller.says_yes_to("1033", TUESDAY)
        assert (await move(desk)).status == "done"
        assert desk.http_pauses == [1.0, 1.0]
        desk.http_pauses.clear()
        crm.retry_after_s = 30
        await crm.break_with("rate_limit", method="POST")
        desk.caller.says_yes_to("1033", "2026-03-18")
        outcome = await desk.move("1033", "2026-03-18")
        assert (outcome.status, outcome.reason, desk.http_pauses) == ("failed", "rate_limited", [])
        assert await desk.changes() == MOVED


async def test_a_limit_of_requests_fails_a_read_without_hammering(database: Database) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        crm.retry_after_s = 30
        await crm.break_with("rate_limit")
        assert (await desk.look_up()).reason == "rate_limited"
        assert (len(crm.received), desk.pauses) == (1, [])


async def test_two_tries_with_one_key_change_one_thing(crm: CrmServer) -> None:
    async with JsonClient(crm.base_url, KEY) as client:
        shop = HttpShop(client)
        order = await shop.find_order("1033")
        assert order
        for _ in range(3):
            await shop.reschedule("1033", dt.date(2026, 3, 17), expected=order.delivery, key="the-same-key")
        callback = Callback(PRIYA, dt.datetime(2026, 3, 12, 10, tzinfo=dt.UTC), "invoice", "CA1")
        for _ in range(2):
            await shop.add_callback(callback, key="another-key")
        assert await shop.find_callbacks("CA1") == [callback]
        assert await shop.find_callbacks("CA2") == []
    assert crm.records.changes == 2
    assert crm.connections == 1


@pytest.mark.parametrize("key", [None, "the-same-key"])
async def test_a_change_without_a_key_or_with_a_used_one_is_certainly_refused(crm: CrmServer, key: str | None) -> None:
    async with JsonClient(crm.base_url, KEY) as client:
        shop = HttpShop(client)
        order = await shop.find_order("1033")
        assert order
        if key:
            await shop.reschedule("1033", dt.date(2026, 3, 17), expected=order.delivery, key=key)
        with pytest.raises(BackendError) as caught:
            await shop.reschedule("1033", dt.date(2026, 3, 18), expected=order.delivery, key=key)
    assert (caught.value.code, caught.value.is_certain) == ("server_error", True)
    assert PRIYA not in str(caught.value)


async def test_a_change_that_still_runs_is_not_taken_for_a_refusal(crm: CrmServer) -> None:
    async with JsonClient(crm.base_url, KEY) as client:
        shop = HttpShop(client)
        order = await shop.find_order("1033")
        assert order
        crm.hold.clear()
        first = asyncio.create_task(
            shop.reschedule("1033", dt.date(2026, 3, 17), expected=order.delivery, key="the-same-key")
        )
        await crm.holds.wait()
        with pytest.raises(BackendError) as caught:
            await shop.reschedule("1033", dt.date(2026, 3, 17), expected=order.delivery, key="the-same-key")
        crm.hold.set()
        await first
    assert (caught.value.code, caught.value.is_certain) == ("reply_lost", False)


async def test_what_is_read_is_only_what_was_asked_for(crm: CrmServer) -> None:
    async with JsonClient(crm.base_url, KEY) as client:
        shop = HttpShop(client)
        assert await shop.find_order("4711") is None
        assert [order.order_id for order in await shop.find_orders_of(PRIYA)] == [
            "1033",
            "1034",
            "1035",
            "1036",
            "1037",
        ]
        assert await shop.find_orders_of("+442079460018") == []
        assert await shop.find_customers(PRIYA) == [Customer(PRIYA, "Somebody")]
    async with JsonClient(crm.base_url.removesuffix("/v1"), KEY) as client:
        with pytest.raises(BackendError):
            await HttpShop(client).find_orders_of(PRIYA)


async def test_a_request_ends_before_its_tool_does(crm: CrmServer) -> None:
    await crm.break_with("hang")
    async with JsonClient(crm.base_url, KEY, deadline_s=30.0) as client:
        with pytest.raises(BackendError) as caught:
            async with deadline(0.4):
                await HttpShop(client).find_order("1033")
    assert caught.value.code == "timeout"


CHANCE = {
    "lose_reply": 0.08,
    "late_error": 0.06,
    "garbled": 0.04,
    "cut": 0.06,
    "server_error": 0.06,
    "unavailable": 0.04,
    "rate_limit": 0.06,
    "unauthorised": 0.02,
}


async def test_whatever_befalls_it_a_change_happens_once_and_is_reported_as_it_is(database: Database) -> None:
    async with open_desk(database) as desk:
        crm = crm_of(desk)
        seen: Counter[str] = Counter()
        days = [dt.date(2026, 3, 12) + dt.timedelta(days=ahead) for ahead in range(13)]
        days = [day for day in days if day.isoweekday() != 7]
        for number in range(40):
            before = crm.records.orders["1033"]["delivery"]["date"]
            wanted = next(day for day in days[number % 5 :] if day.isoformat() != before).isoformat()
            desk.caller.says_yes_to("1033", wanted)
            changes = crm.records.changes
            crm.by_chance = SeededMishaps(CHANCE, seed=number)
            first = await desk.move("1033", wanted)
            is_moved = crm.records.orders["1033"]["delivery"]["date"] == wanted
            assert is_moved or first.status != "done"
            assert not is_moved or first.status != "failed"
            again = await desk.move("1033", wanted)
            crm.by_chance = None
            # Nobody hears that everything is as it was once it is not, even if the shop cannot be seen any more.
            assert again.status != "failed" or crm.records.orders["1033"]["delivery"]["date"] != wanted
            for outcome in (first, again):
                seen[outcome.status if outcome.reason is None else f"{outcome.status} {outcome.reason}"] += 1
            assert (await desk.move("1033", wanted)).status == "done"
            assert crm.records.orders["1033"]["delivery"]["date"] == wanted
            assert crm.records.changes == changes + 1
        assert seen["done"] > 60
        assert {effect.status for effect in await desk.effects()} == {"done"}
        assert crm_snapshot(crm.records)["orders.1042.delivery_date"] == "2026-03-16"
