import asyncio
from typing import Any

import pytest
from far_agent import ACCOUNT, CONNECT, PUBLIC, TOKEN, FarAgent
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from emulators.twilio import CallerLine, Carrier, CarrierCall

pytestmark = pytest.mark.wire

CALLER, CALLED, VOICE = "+15550107788", "+380441112233", "/twilio/voice"


class Loopback(TwilioHttpClient):
    """The official client's transport, pointed at the carrier."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def request(self, method: str, uri: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, uri.replace("https://api.twilio.com", self.base), *args, **kwargs)


def client(carrier: Carrier, user: str = ACCOUNT, password: str = TOKEN) -> Client:
    return Client(user, password, account_sid=ACCOUNT, http_client=Loopback(carrier.rest_url))


async def refused(work: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as error:
        await asyncio.to_thread(work)
    return error.value.status, error.value.code


async def in_progress(carrier: Carrier, **options: Any) -> tuple[CallerLine, CarrierCall]:
    line = CallerLine()
    return line, await carrier.place_call(CALLER, CALLED, VOICE, line, **options)


async def test_call_is_read_and_hung_up(carrier: Carrier, agent: FarAgent) -> None:
    line, call = await in_progress(carrier)
    await line.wait_stream()
    rest = client(carrier).calls(call.sid)
    before = await asyncio.to_thread(rest.fetch)
    assert (before.status, before.direction, before.to) == ("in-progress", "inbound", CALLED)
    assert before.start_time is not None
    after = await asyncio.to_thread(lambda: rest.update(status="completed"))
    assert after.status == "completed"
    assert await call.wait_ended(5)
    assert (call.ended_by, call.end_reason) == ("callee", "rest_completed")
    assert agent.legs[0].messages[-1]["event"] == "stop"


async def test_update_moves_a_live_call_to_other_twiml(carrier: Carrier, agent: FarAgent) -> None:
    line, call = await in_progress(carrier)
    await line.wait_stream()
    dial = "<Response><Dial>+380440000000</Dial></Response>"
    await asyncio.to_thread(lambda: client(carrier).calls(call.sid).update(twiml=dial))
    assert await call.wait_ended(5)
    assert call.transfers == ["+380440000000"]
    assert agent.legs[0].messages[-1]["event"] == "stop"


async def test_update_moves_a_live_call_to_another_url(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/other"] = "<Response><Say>Elsewhere</Say></Response>"
    line, call = await in_progress(carrier)
    await line.wait_stream()
    await asyncio.to_thread(lambda: client(carrier).calls(call.sid).update(url=PUBLIC + "/twilio/other"))
    assert await call.wait_ended(5)
    assert call.says == ["Elsewhere"]
    assert agent.hits_of("/twilio/other")[0].is_signed


async def test_errors_have_the_carriers_codes(carrier: Carrier, agent: FarAgent) -> None:
    line, call = await in_progress(carrier)
    await line.silence(0.05)
    rest = client(carrier)
    wrong = client(carrier, password="wrong")
    assert await refused(wrong.calls(call.sid).fetch) == (401, 20003)
    assert await refused(rest.calls("CA" + "0" * 32).fetch) == (404, 20404)
    assert await refused(lambda: rest.calls(call.sid).update(twiml="<Nope/>")) == (400, 12100)
    assert await refused(lambda: rest.calls.create(to="", from_=CALLED, url=PUBLIC)) == (400, 21201)
    assert await refused(lambda: rest.calls.create(to=CALLER, from_="", url=PUBLIC)) == (400, 21213)
    assert await refused(lambda: rest.calls.create(to=CALLER, from_=CALLED)) == (400, 21205)
    assert await refused(lambda: rest.calls.create(to="nobody", from_=CALLED, url=PUBLIC)) == (400, 21211)
    await line.hang_up()
    assert await refused(lambda: rest.calls(call.sid).update(status="completed")) == (400, 21220)
    assert await refused(lambda: rest.calls(call.sid).update(twiml="<Response/>")) == (400, 21220)


async def test_api_key_works_for_rest(agent: FarAgent) -> None:
    key = ("SK" + "1b" * 16, "key-secret")
    async with Carrier(ACCOUNT, TOKEN, PUBLIC, connect_to=agent.url, api_key=key) as carrier:
        line, call = await in_progress(carrier)
        fetched = await asyncio.to_thread(client(carrier, *key).calls(call.sid).fetch)
        assert fetched.sid == call.sid
        await line.hang_up()


async def test_outbound_call_rings_is_answered_and_reports_its_progress(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/outbound"] = CONNECT
    created = await asyncio.to_thread(
        lambda: client(carrier).calls.create(
            to=CALLER,
            from_=CALLED,
            url=PUBLIC + "/twilio/outbound",
            timeout=20,
            time_limit=600,
            status_callback=PUBLIC + "/twilio/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=PUBLIC + "/twilio/amd",
        )
    )
    ring = await carrier.wait_outbound()
    assert (ring.call.sid, ring.call.status) == (created.sid, "ringing")
    line = CallerLine()
    call = await ring.answer(line, answered_by="machine_start")
    await line.wait_stream()
    await line.hang_up()

    assert call.direction == "outbound-api"
    (hit,) = agent.hits_of("/twilio/outbound")
    assert (hit.is_signed, hit.form["CallStatus"], hit.form["Direction"]) == (True, "in-progress", "outbound-api")
    (amd,) = agent.hits_of("/twilio/amd")
    assert (amd.form["AnsweredBy"], amd.form["CallSid"]) == ("machine_start", call.sid)
    told = sorted(agent.hits_of("/twilio/status"), key=lambda hit: int(hit.form["SequenceNumber"]))
    statuses = [hit.form["CallStatus"] for hit in told]
    assert statuses == ["initiated", "ringing", "in-progress", "completed"]
    assert all(hit.is_signed for hit in told)


@pytest.mark.parametrize("status", ["busy", "no-answer", "canceled"])
async def test_outbound_call_that_nobody_takes(carrier: Carrier, agent: FarAgent, status) -> None:
    rest = client(carrier)
    created = await asyncio.to_thread(
        lambda: rest.calls.create(
            to=CALLER, from_=CALLED, twiml="<Response/>", timeout=1, status_callback=PUBLIC + "/twilio/status"
        )
    )
    ring = await carrier.wait_outbound()
    if status == "busy":
        ring.refuse()
    elif status == "canceled":
        await asyncio.to_thread(lambda: rest.calls(created.sid).update(status="canceled"))
    assert await ring.call.wait_ended(5)
    assert (await asyncio.to_thread(rest.calls(created.sid).fetch)).status == status
    assert [hit.form["CallStatus"] for hit in agent.hits_of("/twilio/status")] == [status]


def order(carrier: Carrier, **fields: Any) -> Any:
    target = {"to": CALLER, "from_": CALLED, "url": PUBLIC + "/twilio/outbound"}
    return lambda: client(carrier).calls.create(**(target | fields))


async def test_outbound_orders_are_checked_as_the_carrier_does(carrier: Carrier) -> None:
    wrong = ({"timeout": 0}, {"timeout": 601}, {"time_limit": 0}, {"machine_detection": "Maybe"}, {"async_amd": "yes"})
    for fields in wrong:
        assert await refused(order(carrier, **fields)) == (400, 21200)
    assert await refused(order(carrier, url="voice")) == (400, 21205)
    carrier.refuse_numbers[CALLER] = (400, 21215, "not permitted")
    assert await refused(order(carrier)) == (400, 21215)
    assert carrier.calls == {}


VERDICTS = [("Enable", "machine", "machine_start"), ("DetectMessageEnd", "machine", "machine_end_beep")]


@pytest.mark.parametrize(("mode", "who", "verdict"), [*VERDICTS, ("Enable", "unknown", "unknown")])
async def test_the_verdict_follows_the_mode_and_comes_when_it_is_due(
    carrier: Carrier, agent: FarAgent, mode: str, who: str, verdict: str
) -> None:
    agent.answers["/twilio/outbound"] = CONNECT
    amd = {"machine_detection": mode, "async_amd": "true", "async_amd_status_callback": PUBLIC + "/twilio/amd"}
    await asyncio.to_thread(order(carrier, **amd))
    ring, line = await carrier.wait_outbound(), CallerLine()
    await ring.answer(line, who, holds_verdict=True)
    await line.wait_stream()
    assert agent.hits_of("/twilio/amd") == []
    ring.tell_verdict()
    await line.silence(0.2)
    await line.hang_up()
    (hit,) = agent.hits_of("/twilio/amd")
    assert (hit.is_signed, hit.form["AnsweredBy"]) == (True, verdict)
