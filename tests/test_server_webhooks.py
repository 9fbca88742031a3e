"""The webhooks of Twilio: who may call them and what they answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fakes.live_server import (
    AUTH_TOKEN,
    PUBLIC,
    LiveServer,
    live_server,
    media_path,
    new_call_id,
    ring_form,
    server_settings,
)
from twilio.request_validator import RequestValidator

from storage.calls import finish_call, record_call

pytestmark = pytest.mark.component

ROUTES = [
    "/twilio/voice",
    "/twilio/voice?dial=OB" + "0" * 32,
    "/twilio/status",
    "/twilio/stream-status",
    "/twilio/amd",
    "/twilio/recording",
    "/twilio/stream-ended/token",
]


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(server_settings(tmp_path)) as running:
        yield running


def verbs(twiml: str) -> list[str]:
    return [element.tag for element in ElementTree.fromstring(twiml)]


async def test_a_signed_call_gets_a_two_way_stream_and_what_follows_it(live: LiveServer) -> None:
    call_id = new_call_id()
    answer = await live.ring(call_id)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    connect, redirect = ElementTree.fromstring(answer.text)
    (stream,) = connect
    token = media_path(answer.text).rpartition("/")[2]
    ended = f"{PUBLIC}/twilio/stream-ended/{token}"
    assert (connect.tag, connect.get("action")) == ("Connect", ended)
    assert (redirect.tag, redirect.text) == ("Redirect", ended)
    assert stream.get("statusCallback") == f"{PUBLIC}/twilio/stream-status"
    parameters = {parameter.get("name"): parameter.get("value") for parameter in stream}
    assert parameters == {"from_number": "+380501112233", "to_number": "+380441112233"}
    row = await live.call(call_id)
    assert (row["status"], row["carrier"], row["language"]) == ("started", "twilio", "uk")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="unsigned"),
        pytest.param({"X-Twilio-Signature": ""}, id="empty"),
        pytest.param({"X-Twilio-Signature": "c2lnbmF0dXJl"}, id="forged"),
        pytest.param(
            {"X-Twilio-Signature": RequestValidator("f" * 32).compute_signature(PUBLIC + "/twilio/voice", {})},
            id="other account",
        ),
        pytest.param(
            {"X-Twilio-Signature": "x", "X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=NONE"},
            id="unknown algorithm",
        ),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_twilio_did_not_sign_is_refused(
    one_server: LiveServer, route: str, headers: dict[str, str]
) -> None:
    call_id = new_call_id()
    answer = await one_server.client.post(route, data=ring_form(call_id), headers=headers)
    assert answer.status_code == 403
    assert (await one_server.api(f"/api/calls/{call_id}")).status_code == 404


@pytest.mark.asyncio(loop_scope="module")
async def test_a_signature_covers_every_field(one_server: LiveServer) -> None:
    form = ring_form(new_call_id())
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC}/twilio/voice", form)
    changed = form | {"To": "+380449999999"}
    answer = await one_server.client.post("/twilio/voice", data=changed, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_repeated_fields_and_blank_ones_count(one_server: LiveServer) -> None:
    from starlette.datastructures import FormData

    pairs = [*ring_form(new_call_id()).items(), ("SipHeader", "b"), ("SipHeader", "a"), ("Blank", "")]
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC}/twilio/voice", FormData(pairs))
    body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in pairs)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await one_server.client.post("/twilio/voice", content=body, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"Forwarded": "host=evil.example;proto=http"},
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_peer_says_of_our_address_plays_no_part(one_server: LiveServer, headers: dict[str, str]) -> None:
    form = ring_form(new_call_id())
    there = RequestValidator(AUTH_TOKEN).compute_signature("https://evil.example/twilio/voice", form)
    refused = await one_server.client.post("/twilio/voice", data=form, headers=headers | {"X-Twilio-Signature": there})
    assert refused.status_code == 403
    here = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC}/twilio/voice", form)
    answer = await one_server.client.post("/twilio/voice", data=form, headers=headers | {"X-Twilio-Signature": here})
    assert answer.status_code == 200
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"CallSid": "CA1"}, id="no CallSid"),
        pytest.param({"AccountSid": "AC" + "b" * 32}, id="another account"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_signed_form_that_names_no_call_of_ours_is_refused(
    one_server: LiveServer, fields: dict[str, str]
) -> None:
    assert (await one_server.webhook("/twilio/voice", ring_form(new_call_id()) | fields)).status_code == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_a_form_too_long_is_refused_unread(one_server: LiveServer) -> None:
    assert (await one_server.webhook("/twilio/voice", {"Body": "x" * 70_000})).status_code == 413


@pytest.mark.parametrize("missing", ["twilio_auth_token", "public_base_url", "twilio_account_sid"])
async def test_without_what_signatures_need_the_webhooks_stay_closed(tmp_path: Path, missing: str) -> None:
    changes = {"twilio_account_sid": "", "twilio_auth_token": ""} if missing == "twilio_account_sid" else {missing: ""}
    async with live_server(server_settings(tmp_path, **changes)) as live:
        for route in ROUTES:
            assert (await live.webhook(route, ring_form(new_call_id()))).status_code == 403
        assert (await live.client.get("/")).status_code == 200


async def test_a_repeated_webhook_gets_the_same_answer(live: LiveServer) -> None:
    call_id = new_call_id()
    first, second = await live.ring(call_id), await live.ring(call_id)
    assert first.text == second.text
    assert live.house.supervisor.stats()["reserved"] == 1
    rows = (await live.api("/api/calls")).json()["calls"]
    assert [row["call_id"] for row in rows] == [call_id]


async def test_after_a_restart_a_call_that_is_over_is_not_begun_again(tmp_path: Path) -> None:
    call_id = new_call_id()
    async with live_server(server_settings(tmp_path)) as live:
        await live.ring(call_id)
        await live.webhook("/twilio/status", ring_form(call_id, CallStatus="completed"))
    async with live_server(server_settings(tmp_path)) as live:
        assert verbs((await live.ring(call_id)).text) == ["Hangup"]
        assert live.house.supervisor.stats()["reserved"] == 0


async def test_a_caller_who_leaves_before_the_stream_frees_the_line(live: LiveServer) -> None:
    call_id = new_call_id()
    path = await live.stream_path(call_id)
    answer = await live.webhook("/twilio/status", ring_form(call_id, CallStatus="completed"))
    assert answer.status_code == 204
    assert live.house.supervisor.stats()["reserved"] == 0
    assert live.house.supervisor.find(path.rpartition("/")[2]) is None
    assert (await live.call_when_over(call_id))["disposition"] == "abandoned"


NUMBERS = """
numbers:
  "+380440000001": {language: uk, fallback: "+380440000009"}
  "+380440000002": {language: ru}
  "+380440000003": {language: en, fallback: "+380440000009"}
"""
BUSY = [
    pytest.param("+380440000001", "uk-UA", "зайняті", ["Say", "Dial", "Say", "Hangup"], id="uk"),
    pytest.param("+380440000002", "ru-RU", "заняты", ["Say", "Hangup"], id="ru"),
    pytest.param("+380440000003", "en-US", "busy", ["Say", "Dial", "Say", "Hangup"], id="en"),
]


@pytest.mark.parametrize(("number", "locale", "word", "answer"), BUSY)
async def test_a_caller_beyond_capacity_hears_so_in_their_language(
    tmp_path: Path, number: str, locale: str, word: str, answer: list[str]
) -> None:
    (tmp_path / "numbers.yaml").write_text(NUMBERS)
    settings = server_settings(tmp_path, max_calls=1, numbers_file=tmp_path / "numbers.yaml")
    async with live_server(settings) as live:
        await live.ring(new_call_id())
        call_id = new_call_id()
        twiml = (await live.ring(call_id, To=number)).text
        assert verbs(twiml) == answer
        line = ElementTree.fromstring(twiml)[0]
        assert line.get("language") == locale
        assert word in (line.text or "")
        assert (await live.call(call_id))["disposition"] == "failed_system"
        assert (await live.ring(call_id, To=number)).text == twiml


async def test_a_call_that_another_server_has_taken_is_not_ended_by_one_that_has_no_room(live: LiveServer) -> None:
    call_id, database = new_call_id(), live.house.database
    await record_call(database, call_id=call_id, carrier="twilio", direction="inbound")
    live.house.supervisor.stop_accepting()
    assert "Connect" not in verbs((await live.ring(call_id)).text)
    assert await finish_call(database, call_id, disposition="resolved", resume_count=0)


async def test_outside_its_hours_a_number_says_that_it_is_closed(tmp_path: Path) -> None:
    (tmp_path / "numbers.yaml").write_text('default: {language: en, hours: "mon-fri 09:00-18:00"}')
    settings = server_settings(tmp_path, numbers_file=tmp_path / "numbers.yaml")
    sunday, monday = "2026-03-15T12:00:00+02:00", "2026-03-16T12:00:00+02:00"
    for moment, expected in ((sunday, ["Say", "Hangup"]), (monday, ["Connect", "Redirect"])):
        at = settings.model_copy(update={"clock_start": datetime.fromisoformat(moment)})
        async with live_server(at) as live:
            assert verbs((await live.ring(new_call_id())).text) == expected


ENDINGS = [
    pytest.param("resolved", "uk", ["Hangup"], id="resolved"),
    pytest.param("abandoned", "uk", ["Hangup"], id="abandoned"),
    pytest.param("refused", "uk", ["Hangup"], id="refused"),
    pytest.param("transferred", "uk", ["Dial", "Say", "Hangup"], id="transferred"),
    pytest.param("failed_system", "uk", ["Say", "Dial", "Say", "Hangup"], id="broken, uk"),
    pytest.param("failed_system", "ru", ["Say", "Dial", "Say", "Hangup"], id="broken, ru"),
    pytest.param(None, "en", ["Say", "Dial", "Say", "Hangup"], id="no outcome, en"),
]


@pytest.mark.parametrize(("disposition", "language", "answer"), ENDINGS)
async def test_what_follows_a_stream_depends_on_how_the_call_ended(
    tmp_path: Path, disposition: str | None, language: str, answer: list[str]
) -> None:
    async with live_server(server_settings(tmp_path, transfer_number="+380440000009")) as live:
        call_id = new_call_id()
        database = live.house.database
        await record_call(database, call_id=call_id, carrier="twilio", direction="inbound", language=language)
        if disposition is not None:
            await finish_call(database, call_id, disposition=disposition)
        twiml = (await live.webhook("/twilio/stream-ended/sometoken", ring_form(call_id))).text
        assert verbs(twiml) == answer
        said = set(re.findall(r'language="(\w\w)-', twiml))
        assert said <= {language}


async def test_without_a_human_to_turn_to_the_caller_is_asked_to_ring_again(live: LiveServer) -> None:
    call_id = new_call_id()
    await record_call(live.house.database, call_id=call_id, carrier="twilio", direction="inbound", language="en")
    twiml = (await live.webhook("/twilio/stream-ended/sometoken", ring_form(call_id))).text
    assert verbs(twiml) == ["Say", "Hangup"]
    assert "call again" in twiml


async def test_a_token_of_another_call_is_refused(live: LiveServer) -> None:
    mine, other = new_call_id(), new_call_id()
    token = (await live.stream_path(mine)).rpartition("/")[2]
    await live.ring(other)
    answer = await live.webhook(f"/twilio/stream-ended/{token}", ring_form(other))
    assert answer.status_code == 403


async def test_while_the_database_is_gone_callers_hear_an_apology_and_reach_a_human(tmp_path: Path) -> None:
    async with live_server(server_settings(tmp_path, transfer_number="+380440000009")) as live:
        (tmp_path / "voice.db").rename(tmp_path / "away.db")
        await live.house.database.close()
        call_id = new_call_id()
        answer = await live.ring(call_id)
        assert (answer.status_code, verbs(answer.text)) == (200, ["Say", "Dial", "Say", "Hangup"])
        ended = await live.webhook("/twilio/stream-ended/token", ring_form(call_id))
        assert verbs(ended.text) == ["Say", "Dial", "Say", "Hangup"]
        ready = await live.client.get("/readyz")
        assert (ready.status_code, ready.json()["waiting_for"]["database"]) == (503, "unreachable")
        (tmp_path / "away.db").rename(tmp_path / "voice.db")
        assert verbs((await live.ring(call_id)).text) == ["Connect", "Redirect"]


async def test_withheld_numbers_are_kept_as_none(live: LiveServer) -> None:
    call_id = new_call_id()
    answer = await live.ring(call_id, From="anonymous")
    assert "from_number" not in answer.text
    assert (await live.call(call_id))["from_number"] is None


async def test_on_an_outbound_call_the_person_is_the_one_we_rang(live: LiveServer) -> None:
    call_id = new_call_id()
    await live.ring(call_id, Direction="outbound-api", From="+380441112233", To="+380671234567")
    row = await live.call(call_id)
    assert (row["direction"], row["from_number"], row["to_number"]) == ("outbound", "+380671234567", "+380441112233")
