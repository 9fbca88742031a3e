"""A colleague rings back whom they were asked to, when they were asked to, once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from tool_desk import DANIEL, OLENA, PRIYA, Desk, open_desk

from spoken import LANGUAGES, Language
from storage.database import Database
from tools.backends.faulty import Fault
from tools.phrases import say

pytestmark = pytest.mark.component

AT = "2026-03-12T10:30"
MOMENT = dt.datetime(2026, 3, 12, 8, 30, tzinfo=dt.UTC)


async def ask(desk: Desk, **arguments: Any) -> Any:
    return await desk.run("create_callback", arguments)


async def agree(desk: Desk, **arguments: Any) -> Any:
    """The caller hears the question and says yes; the model asks once more."""
    asked = await ask(desk, **arguments)
    assert asked.reason == "not_confirmed", asked
    desk.caller.says_yes("create_callback", asked.result["values"])
    return await ask(desk, **arguments)


async def planned(desk: Desk) -> list[tuple[str, dt.datetime, str | None]]:
    return [(one.phone, one.at, one.reason) for one in await desk.ctx.shop.find_callbacks("CA1")]


async def test_a_callback_is_written_once_after_a_yes(database: Database) -> None:
    async with open_desk(database) as desk:
        outcome = await agree(desk, at=AT, reason="invoice")
        assert outcome.result == {"status": "done", "at": "2026-03-12T10:30:00", "number": "own"}
        assert (await ask(desk, at=AT, reason="invoice")).result == outcome.result
        assert await planned(desk) == [(PRIYA, MOMENT, "invoice")]
        assert [(effect.status, effect.attempts) for effect in await desk.effects()] == [("done", 1)]


async def test_without_a_yes_nothing_is_written(database: Database) -> None:
    async with open_desk(database) as desk:
        desk.caller.says_yes("create_callback", {"at": "2026-03-12T11:30:00"})
        assert (await ask(desk, at=AT)).reason == "not_confirmed"
        assert await planned(desk) == []


@pytest.mark.parametrize("shop_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_time_that_only_the_model_knows_is_asked_for(database: Database, language: Language) -> None:
    async with open_desk(database, language=language) as desk:
        desk.caller.invented = {"10:30"}
        outcome = await ask(desk, at=AT)
        assert (outcome.status, outcome.reason) == ("refused", "not_grounded")
        assert outcome.result["say"] == say("callback_time_needed", language)
        assert await planned(desk) == []


@pytest.mark.parametrize("shop_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_question_names_the_number_the_day_and_the_time(database: Database, language: str) -> None:
    words = {
        "uk": ("номер, з якого ви телефонуєте", "дванадцяте березня", "о десятій тридцять"),
        "ru": ("номер, с которого вы звоните", "двенадцатое марта", "в десять тридцать"),
        "en": ("the number you are calling from", "twelfth of March", "ten thirty AM"),
    }
    async with open_desk(database, language=language) as desk:
        own = (await ask(desk, at=AT)).result["say"]
        assert all(part in own for part in words[language]), own
        desk.caller.stated = ["0971234567"]
        other = (await ask(desk, at=AT, phone="+380971234567")).result["say"]
        assert words[language][0] not in other
        assert not re.search(r"[0-9{}]", own + other)


# Who calls, what they stated, what the model asks for, and the number that is rung.
NUMBERS = [
    ("own", PRIYA, [], None, PRIYA),
    ("own, written in its country", PRIYA, [], "5550107788", PRIYA),
    ("stated in the caller's country", PRIYA, ["5550102211"], "5550102211", DANIEL),
    ("stated whole", PRIYA, ["380971234567"], "+380971234567", OLENA),
    ("withheld, stated in the business's country", None, ["0971234567"], "0971234567", OLENA),
    ("withheld, stated in the business's country, whole", None, ["380971234567"], "380971234567", OLENA),
    ("withheld, none", None, ["1033"], None, "number_needed"),
    ("the model's own idea", PRIYA, ["1033"], DANIEL, "number_not_stated"),
    ("a digit is missing", PRIYA, ["555010221"], DANIEL, "number_not_stated"),
]


@pytest.mark.parametrize(("caller", "stated", "phone", "rung"), [n[1:] for n in NUMBERS], ids=[n[0] for n in NUMBERS])
async def test_the_number_is_the_callers_own_or_one_they_stated(
    database: Database, caller: str | None, stated: list[str], phone: str | None, rung: str
) -> None:
    async with open_desk(database, caller_phone=caller) as desk:
        desk.caller.stated = stated
        arguments = {"at": AT} | ({"phone": phone} if phone else {})
        if rung.startswith("+"):
            assert (await agree(desk, **arguments)).status == "done"
            assert [number for number, *_ in await planned(desk)] == [rung]
        else:
            outcome = await ask(desk, **arguments)
            assert (outcome.status, outcome.reason) == ("refused", rung)
            assert await planned(desk) == []


@pytest.mark.parametrize("shop_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("at", "reason", "day"),
    [
        ("2026-03-11T09:59", "callback_past", None),
        ("2026-03-12T08:59", "callback_closed", None),
        ("2026-03-12T18:00", "callback_closed", None),
        ("2026-03-15T12:00", "callback_sunday", None),
        ("2026-03-19T12:00", "date_too_late", dt.date(2026, 3, 18)),
    ],
)
async def test_a_time_at_which_nobody_rings_is_refused_before_it_is_read_back(
    database: Database, language: str, at: str, reason: str, day: dt.date | None
) -> None:
    hours = (dt.time(9), dt.time(18)) if reason == "callback_closed" else None
    async with open_desk(database, language=language) as desk:
        outcome = await ask(desk, at=at)
        assert (outcome.status, outcome.reason) == ("refused", reason)
        assert outcome.result["say"] == say(reason, language, day=day, hours=hours)  # type: ignore[arg-type]
        assert not re.search(r"[0-9{}]", outcome.result["say"])
    async with open_desk(database, language=language) as desk:
        assert (await ask(desk, at="2026-03-11T17:59")).reason == "not_confirmed"


@pytest.mark.parametrize("shop_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("at", ["tomorrow", "2026-03-12", "2026-03-12T10:30+02:00", "2026-02-30T10:00", 10])
async def test_a_time_in_another_form_is_refused(database: Database, at: Any) -> None:
    async with open_desk(database) as desk:
        assert (await ask(desk, at=at)).reason == "invalid_arguments"


async def test_a_lost_reply_is_read_back(database: Database) -> None:
    async with open_desk(database, Fault("create_callback", "crash_after_effect")) as desk:
        outcome = await agree(desk, at=AT)
        assert (outcome.status, outcome.reason) == ("done", "verified")
        assert len(await planned(desk)) == 1


async def test_one_that_was_not_saved_is_said_and_may_be_tried_again(database: Database) -> None:
    async with open_desk(database, Fault("create_callback", "server_error", times=1)) as desk:
        outcome = await agree(desk, at=AT)
        assert outcome.result["say"] == say("create_callback_failed", "en")
        assert await planned(desk) == []
        assert (await ask(desk, at=AT)).status == "done"
        assert len(await planned(desk)) == 1


async def test_one_yes_is_one_callback_whatever_the_model_says_it_is_about(database: Database) -> None:
    async with open_desk(database) as desk:
        first = await agree(desk, at=AT, reason="an invoice")
        again = await ask(desk, at=AT, reason="the invoice of March")
        assert (first.status, again.result) == ("done", first.result)
        assert [reason for _, _, reason in await planned(desk)] == ["an invoice"]
        told = [event.body["arguments"]["reason"] for event in await desk.events() if event.kind == "tool_result"]
        assert told[-2:] == ["an invoice"] * 2  # what was done, not what was asked for again


async def test_what_failed_may_be_asked_for_in_other_words(database: Database) -> None:
    async with open_desk(database, Fault("create_callback", "server_error", times=1)) as desk:
        assert (await agree(desk, at=AT, reason="an invoice")).status == "failed"
        assert (await ask(desk, at=AT, reason="a bill")).status == "done"
        assert [reason for _, _, reason in await planned(desk)] == ["a bill"]


@pytest.mark.parametrize("shop_kind", ["crm"], indirect=True)
async def test_a_second_yes_to_what_may_still_come_is_no_second_callback(database: Database) -> None:
    async with open_desk(database) as desk:
        assert desk.crm
        desk.be_patient_for(0.5)
        desk.crm.hold.clear()
        assert (await agree(desk, at=AT, reason="an invoice")).status == "unknown"
        desk.caller.says_yes("create_callback", {"at": f"{AT}:00"})
        assert (await ask(desk, at=AT, reason="a bill")).status == "unknown"
        desk.crm.hold.set()
        desk.be_patient_for(10.0)
        desk.caller.says_yes("create_callback", {"at": f"{AT}:00"})
        assert (await ask(desk, at=AT)).status == "done"
        assert [reason for _, _, reason in await planned(desk)] == ["an invoice"]
        assert len({request.key for request in desk.crm.received if request.method == "POST"}) == 1


# Who asks, what they stated, what the model asks for, and what it is told.
CUSTOMERS = [
    ("own number", PRIYA, [], {}, {"names": ["Somebody"], "orders": 5}),
    ("own number, given by the model", PRIYA, [], {"phone": "5550107788"}, {"names": ["Somebody"], "orders": 5}),
    ("a number without orders", "+442079460018", [], {}, None),
    ("withheld", None, [], {}, None),
    ("somebody else's number, claimed by the model", PRIYA, [], {"phone": DANIEL}, None),
    ("somebody else's number, stated", PRIYA, ["5550102211"], {"phone": DANIEL}, None),
    ("number and order stated", PRIYA, ["5550102211", "1042"], {"phone": DANIEL}, {"names": ["Somebody"], "orders": 1}),
]


@pytest.mark.parametrize(
    ("caller", "stated", "arguments", "found"), [c[1:] for c in CUSTOMERS], ids=[c[0] for c in CUSTOMERS]
)
async def test_who_a_caller_is_told_they_are(
    database: Database, caller: str | None, stated: list[str], arguments: dict[str, str], found: dict[str, Any] | None
) -> None:
    async with open_desk(database, caller_phone=caller) as desk:
        desk.caller.stated = stated
        outcome = await desk.run("find_customer", arguments)
        if found is None:
            assert (outcome.status, outcome.reason) == ("refused", "not_identified")
            assert set(outcome.result) <= {"status", "reason", "say"}
        else:
            assert outcome.result == {"status": "done", **found}
