"""Calls that we place: what is refused, that each order rings once, and that whoever picks up is connected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from fakes.outbound_server import ANNA, BORYS, OURS, Phones, phones

from emulators.twilio import CallerLine
from storage.database import Database
from storage.dials import open_dial
from storage.do_not_call import opt_out
from storage.tables import Dial

pytestmark = pytest.mark.component


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones(tmp_path) as running:
        yield running


async def test_who_is_called_is_connected_and_the_call_written_down(both: Phones) -> None:
    placed = await both.order(language="ru", greeting="Здравствуйте, это напоминание.")
    assert placed.status_code == 201
    ring = await both.carrier.wait_outbound()
    assert (ring.call.sid, ring.call.to, ring.call.from_) == (placed.json()["call_id"], ANNA, OURS)
    row = await both.live.call(ring.call.sid)
    assert (row["direction"], row["from_number"], row["to_number"]) == ("outbound", ANNA, OURS)
    assert (row["language"], row["status"]) == ("ru", "started")
    line = CallerLine()
    await ring.answer(line)
    await line.wait_stream()
    await line.hang_up()
    assert (await both.live.call_when_over(ring.call.sid))["disposition"] == "abandoned"
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_the_carrier_is_asked_with_limits_and_detection(both: Phones) -> None:
    await both.order(ring_timeout_s=20, time_limit_s=7_200)
    await both.order(ring_timeout_s=20, time_limit_s=120, voicemail="Передзвоніть нам.", to=BORYS)
    first, second = [await both.carrier.wait_outbound() for _ in range(2)]
    assert (first.call.plan.ring_s, first.call.plan.time_limit_s) == (20, 1800)
    assert (second.call.plan.ring_s, second.call.plan.time_limit_s) == (20, 120)
    assert (first.detection_mode, second.detection_mode) == ("Enable", "DetectMessageEnd")


REFUSED = [
    pytest.param({"to": "+14155550100"}, 403, "number_not_allowed", id="another country"),
    pytest.param({"to": "+380900111222"}, 403, "number_not_allowed", id="a premium number"),
    pytest.param({"from_number": "+380449999999"}, 403, "from_not_ours", id="a number that is not ours"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
async def test_what_may_not_be_dialled_is_not(both: Phones, body: dict[str, Any], status: int, code: str) -> None:
    answer = await both.order(**body)
    assert (answer.status_code, answer.json()["detail"]) == (status, code)
    assert both.carrier.calls == {}
    assert both.live.house.supervisor.stats()["reserved"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"to": "380501112233"},
        {"to": "+38050"},
        {"flow": "nope"},
        {"ring_timeout_s": 2},
        {"tariff": 1},
        {"language": "de"},
    ],
)
async def test_a_wrong_order_is_told_what_was_expected(both: Phones, body: dict[str, Any]) -> None:
    answer = await both.order(**body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] == next(iter(body))
    assert both.carrier.calls == {}


async def test_strangers_place_no_calls(both: Phones) -> None:
    answer = await both.live.client.post("/api/calls", json={"to": ANNA})
    assert answer.status_code == 401
    assert both.carrier.calls == {}


async def test_without_a_list_of_countries_nothing_is_dialled(tmp_path: Path) -> None:
    async with phones(tmp_path, outbound_prefixes="") as both:
        answer = await both.order()
    assert (answer.status_code, answer.json()["detail"]) == (503, "not_configured")


async def test_one_key_rings_once_however_often_it_is_asked(both: Phones) -> None:
    answers = await asyncio.gather(*(both.order("the same") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["call_id"] for answer in answers}) == 1
    assert len(both.carrier.calls) == 1
    other = await both.order("the same", to=BORYS)
    assert (other.status_code, other.json()["detail"]) == (409, "key_reused")


async def test_a_key_is_known_after_a_restart(tmp_path: Path) -> None:
    async with phones(tmp_path) as both:
        first = await both.order("the same")
    async with phones(tmp_path) as both:
        again = await both.order("the same")
        assert (again.status_code, again.json()) == (200, first.json())
        assert both.carrier.calls == {}


async def test_caps_of_a_number_and_of_a_day(tmp_path: Path) -> None:
    async with phones(tmp_path, outbound_per_number=1, outbound_per_day=2) as both:
        codes = [(await both.order(to=to)).status_code for to in (ANNA, ANNA, BORYS, "+380501112255")]
        assert codes == [201, 429, 201, 429]
        assert (await both.order(to="+380501112255")).json()["detail"] == "day_cap"
        assert len(both.carrier.calls) == 2


async def test_nothing_rings_without_room_for_its_conversation(tmp_path: Path) -> None:
    async with phones(tmp_path, max_calls=1) as both:
        assert (await both.order()).status_code == 201
        busy = await both.order(to=BORYS)
        assert (busy.status_code, busy.json()["detail"]) == (503, "capacity")
        ring = await both.carrier.wait_outbound()
        ring.refuse("busy")
        assert await ring.call.wait_ended(10)
        assert (await both.order(to=BORYS)).status_code == 201
        assert both.live.house.supervisor.stats()["reserved"] == 1


async def test_what_the_carrier_refuses_stays_refused(both: Phones) -> None:
    both.carrier.refuse_numbers[ANNA] = (400, 21215, "not permitted")
    for _ in range(2):
        answer = await both.order("key")
        assert (answer.status_code, answer.json()["detail"]) == (502, "carrier_refused")
        assert "21215" in answer.json()["say"]
        assert ANNA not in answer.text
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_a_carrier_that_was_not_reached_may_be_asked_again(both: Phones, tmp_path: Path) -> None:
    gone = both.carrier.rest_url
    await both.carrier.close()
    assert gone
    for _ in range(2):
        answer = await both.order("key")
        assert (answer.status_code, answer.json()["detail"]) == (503, "not_sent")
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_a_lost_answer_is_unknown_and_never_dialled_again(tmp_path: Path) -> None:
    asked: list[dict[str, str]] = []

    async def break_off(request: web.Request) -> web.StreamResponse:
        asked.append({name: str(value) for name, value in (await request.post()).items()})
        assert request.transport
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", break_off)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with phones(tmp_path, twilio_api_base_url=url) as both:
        for _ in range(2):
            answer = await both.order("key")
            assert (answer.status_code, answer.json()["status"]) == (202, "unknown")
        assert len(asked) == 1
        # It rang after all: the carrier's report names the order, and binds the call to it.
        path = asked[0]["StatusCallback"].removeprefix("https://voice.example.com")
        form = {"CallSid": "CA" + "1" * 32, "AccountSid": "AC" + "a" * 32, "CallStatus": "ringing"}
        assert (await both.live.webhook(path, form | {"SequenceNumber": "1"})).status_code == 204
        known = await both.order("key")
        assert (known.status_code, known.json()["call_id"]) == (200, form["CallSid"])
    await runner.cleanup()


async def test_who_asked_not_to_be_called_is_not(both: Phones) -> None:
    await opt_out(both.live.house.database, ANNA)
    answer = await both.order()
    assert (answer.status_code, answer.json()["detail"]) == (403, "opted_out")
    assert (await both.order(to=BORYS)).status_code == 201


async def test_who_asks_for_no_more_calls_while_one_is_ordered_is_not_called(
    both: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(database: Database, **order: Any) -> Dial | str:
        await opt_out(database, ANNA)
        return await open_dial(database, **order)

    monkeypatch.setattr("bot.outbound.outbound.open_dial", too_late)
    answer = await both.order()
    assert (answer.status_code, answer.json()["detail"]) == (403, "opted_out")
    assert both.carrier.calls == {}
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_a_server_that_stops_ends_what_still_rings_and_says_so(both: Phones) -> None:
    await asyncio.gather(both.order(), both.order(to=BORYS))
    rings = {ring.call.to: ring for ring in [await both.carrier.wait_outbound() for _ in range(2)]}
    line = CallerLine()
    await rings[BORYS].answer(line)
    await line.wait_stream()

    both.live.running.ask_to_stop()
    assert await rings[ANNA].call.wait_ended(10)
    assert rings[ANNA].call.status == "canceled"
    row = await both.live.call(rings[ANNA].call.sid)
    assert (row["status"], row["disposition"]) == ("ended", "not_reached")
    assert row["summary"] in {"the server stopped", "carrier: canceled"}  # the carrier may report it before we note it
    assert rings[BORYS].call.status == "in-progress"  # who has answered is talked to
    await line.hang_up()
    assert both.live.house.supervisor.stats()["reserved"] == 0


async def test_a_ringing_call_that_the_carrier_does_not_end_is_ended_by_its_report(both: Phones) -> None:
    await both.order()
    ring = await both.carrier.wait_outbound()
    ring.call.failing_updates = 9
    both.live.running.ask_to_stop()
    async with asyncio.timeout(10):
        while ring.call.failing_updates > 6:  # asked in vain, with all retries
            await asyncio.sleep(0.01)
    ring.refuse("no-answer")
    assert await ring.call.wait_ended(10)
    async with asyncio.timeout(10):
        while both.live.house.supervisor.stats()["reserved"]:
            await asyncio.sleep(0.01)
