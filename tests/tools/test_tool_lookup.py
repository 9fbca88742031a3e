"""Who may hear of which order."""

from __future__ import annotations

import datetime as dt

import pytest
from tool_desk import DANIEL, OLENA, PRIYA, open_desk

from spoken import LANGUAGES
from storage.database import Database
from tools.backends.faulty import Fault
from tools.phrases import say

pytestmark = pytest.mark.component


async def test_callers_hear_of_their_own_orders(database: Database) -> None:
    async with open_desk(database) as desk:
        outcome = await desk.look_up()
    assert outcome.status == "done"
    assert outcome.result == {
        "status": "done",
        "orders": [
            {"order_id": order_id, "status": status, "delivery_date": day, "city": "Denver"}
            for order_id, status, day in [
                ("1037", "scheduled", "2026-03-13"),
                ("1033", "scheduled", "2026-03-14"),
                ("1034", "delivered", "2026-03-06"),
                ("1035", "out_for_delivery", "2026-03-11"),
                ("1036", "cancelled", "2026-03-12"),
            ]
        ],
        "offer": ["2026-03-12", "2026-03-14", "2026-03-16", "2026-03-17"],
    }


async def test_days_are_offered_for_orders_that_can_be_moved_only(database: Database) -> None:
    async with open_desk(database) as desk:
        movable = await desk.look_up(order_id="1033")
        delivered = await desk.look_up(order_id="1034")
    assert movable.result["offer"] == ["2026-03-12", "2026-03-13", "2026-03-16", "2026-03-17"]
    assert delivered.result["offer"] == []


async def test_the_business_day_is_the_shops_not_the_machines(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.ctx.clock.advance(dt.timedelta(hours=14, minutes=30).total_seconds())  # 00:30 on Thursday in Kyiv
        outcome = await desk.look_up(order_id="1033")
    assert outcome.result["offer"][0] == "2026-03-13"


@pytest.mark.parametrize("heard", ["10333", "10332", "103"])
async def test_a_number_that_recognition_garbled_finds_the_callers_own_order(database: Database, heard: str) -> None:
    async with open_desk(database) as desk:
        outcome = await desk.look_up(order_id=heard)
        failures = desk.ctx.failed_identifications
    assert [order["order_id"] for order in outcome.result["orders"]] == ["1033"]
    assert failures == 0


async def test_nobody_elses_order_is_found_by_a_garbled_number(database: Database) -> None:
    async with open_desk(database, caller_phone=PRIYA) as desk:
        outcome = await desk.look_up(order_id="10042")
    assert (outcome.status, outcome.reason) == ("refused", "not_identified")


# Who calls, what they stated, what the model asks for, and the orders they may hear of.
CLAIMS = [
    ("own number, own order", PRIYA, [], {"order_id": "1033"}, ["1033"]),
    ("own number given by the model", PRIYA, [], {"phone": PRIYA, "order_id": "1033"}, ["1033"]),
    ("own number claimed alone", OLENA, [], {"phone": "0971234567"}, ["1024"]),
    ("someone else's order", PRIYA, [], {"order_id": "1042"}, None),
    ("an order that does not exist", PRIYA, [], {"order_id": "4711"}, None),
    ("someone else's order, number stated", PRIYA, ["1042"], {"order_id": "1042"}, None),
    ("claimed by the model, stated by nobody", PRIYA, [], {"phone": DANIEL, "order_id": "1042"}, None),
    ("phone stated, order number not", PRIYA, ["5550102211"], {"phone": DANIEL, "order_id": "1042"}, None),
    ("both stated", PRIYA, ["5550102211", "1042"], {"phone": DANIEL, "order_id": "1042"}, ["1042"]),
    ("both stated, model leaves the phone out", PRIYA, ["15550102211", "1042"], {"order_id": "1042"}, ["1042"]),
    ("both stated, model leaves the number out", PRIYA, ["1042", "5550102211"], {"phone": DANIEL}, ["1042"]),
    ("phone stated only, no number asked", PRIYA, ["5550102211"], {"phone": DANIEL}, None),
    ("number of one, phone of another", None, ["1042", "0971234567"], {"phone": OLENA, "order_id": "1042"}, None),
    ("a digit is missing", None, ["1042", "555010221"], {"phone": DANIEL, "order_id": "1042"}, None),
    ("withheld, both stated, trunk zero", None, ["0971234567", "1024"], {"phone": "0971234567"}, ["1024"]),
    ("withheld, nothing but a number", None, ["1024"], {"order_id": "1024"}, None),
]


@pytest.mark.parametrize(
    ("caller", "stated", "arguments", "heard"), [c[1:] for c in CLAIMS], ids=[c[0] for c in CLAIMS]
)
async def test_what_it_takes_to_hear_of_an_order(
    database: Database,
    caller: str | None,
    stated: list[str],
    arguments: dict[str, str],
    heard: list[str] | None,
) -> None:
    async with open_desk(database, caller_phone=caller) as desk:
        desk.caller.stated = stated
        outcome = await desk.look_up(**arguments)
    if heard is None:
        assert (outcome.status, outcome.reason) == ("refused", "not_identified")
        assert "orders" not in outcome.result
    else:
        assert [order["order_id"] for order in outcome.result["orders"]] == heard


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_strangers_order_and_no_order_sound_the_same(database: Database, language: str) -> None:
    async with open_desk(database, language=language) as desk:
        foreign = await desk.look_up(order_id="1042")
    async with open_desk(database, language=language) as desk:
        absent = await desk.look_up(order_id="4711")
    assert foreign.result == absent.result
    assert foreign.result["say"] == say("not_identified", language)  # type: ignore[arg-type]


async def test_a_withheld_caller_is_asked_for_both_numbers(database: Database) -> None:
    async with open_desk(database, caller_phone=None) as desk:
        for _ in range(4):
            outcome = await desk.look_up()
    assert outcome.result == {
        "status": "refused",
        "reason": "not_identified",
        "say": "Please tell me the phone number on the order and the order number.",
    }


async def test_a_number_without_orders_is_told_so(database: Database) -> None:
    async with open_desk(database, caller_phone="+442079460018") as desk:
        outcome = await desk.look_up()
    assert outcome.reason == "not_identified"
    assert outcome.result["say"].startswith("I see no orders under the number you are calling from.")


async def test_the_third_failed_identification_offers_a_human(database: Database) -> None:
    async with open_desk(database) as desk:
        outcomes = [
            await desk.look_up(order_id="1042"),
            await desk.move("4711", "2026-03-17"),
            await desk.look_up(phone=DANIEL),
            await desk.look_up(order_id="1024"),
        ]
    assert [outcome.result.get("offer_human") for outcome in outcomes] == [None, None, True, True]
    assert outcomes[2].result["say"].endswith("Shall I connect you to a colleague?")


async def test_the_sentence_follows_the_calls_language(database: Database) -> None:
    spoken = ["uk"]
    async with open_desk(database, language=lambda: spoken[-1]) as desk:
        first = await desk.look_up(order_id="1042")
        spoken.append("ru")
        second = await desk.look_up(order_id="1042")
    assert first.result["say"] == say("not_identified", "uk")
    assert second.result["say"] == say("not_identified", "ru")


@pytest.mark.parametrize("error", ["connection_refused", "server_error", "timeout"])
async def test_a_read_is_tried_three_times(database: Database, error: str) -> None:
    async with open_desk(database, Fault("lookup_order", error, times=2)) as desk:  # type: ignore[arg-type]
        if error == "timeout":
            desk.be_patient_for(0.5)
        outcome = await desk.look_up(order_id="1033")
        assert outcome.status == "done"
        assert desk.pauses == [0.2, 0.5]
    async with open_desk(database, Fault("lookup_order", error)) as desk:  # type: ignore[arg-type]
        if error == "timeout":
            desk.be_patient_for(0.5)
        outcome = await desk.look_up(order_id="1033")
        assert outcome.result == {"status": "failed", "reason": error, "say": say("read_failed", "en")}
        assert desk.pauses == [0.2, 0.5]
        assert await desk.effects() == []
