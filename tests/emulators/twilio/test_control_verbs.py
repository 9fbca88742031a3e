"""Gather, briefings, conferences, messages, keys both ways, and a network with a delay."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from far_agent import ACCOUNT, CONNECT, TOKEN, FarAgent, Leg, tone
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from emulators.twilio import CallerLine, Carrier, DialOutcome
from emulators.twilio.keys_heard import keys_heard
from emulators.ulaw import decode, encode

pytestmark = pytest.mark.wire

CALLER, CALLED, COLLEAGUE = "+15550107788", "+380441112233", "+380440000009"
WHISPER = (
    "<Response><Gather numDigits='1' timeout='8' action='/answer'><Say>Press one.</Say></Gather><Hangup/></Response>"
)


class Loopback(TwilioHttpClient):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *args: object, **more: object) -> object:
        return super().request(method, url.replace("https://api.twilio.com", self._url), *args, **more)


@pytest.fixture
def client(carrier: Carrier) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=Loopback(carrier.rest_url))


async def test_gathered_keys_go_to_the_action_and_a_key_cuts_the_prompt(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = (
        '<Response><Gather numDigits="4" action="/twilio/typed"><Say>Please type four digits of your order now.</Say>'
        "</Gather><Say>Nothing</Say></Response>"
    )
    agent.answers["/twilio/typed"] = "<Response><Hangup/></Response>"
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", line)
    await line.silence(0.1)
    await line.press("1033", gap_ms=40)
    assert await call.wait_ended(5)
    assert agent.hits_of("/twilio/typed")[0].form["Digits"] == "1033"
    assert "Nothing" not in call.says
    assert call.recording.shape[0] < 2 * 8000


async def test_nothing_gathered_goes_on_with_the_next_verb(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = '<Response><Gather timeout="0" action="/never"/><Say>Next</Say></Response>'
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert await call.wait_ended(5)
    assert call.says == ["Next"]
    assert agent.hits_of("/never") == []


@pytest.mark.parametrize(("keys", "is_connected"), [("1", True), ("2", False), ("", False)])
async def test_a_briefed_colleague_is_connected_only_by_their_key(
    carrier: Carrier, agent: FarAgent, keys: str, is_connected: bool
) -> None:
    carrier.dial_plan.by_number[COLLEAGUE] = DialOutcome(talk_s=0.1, keys=keys)
    agent.answers["/twilio/voice"] = (
        f'<Response><Dial action="/ended"><Number url="/whisper">{COLLEAGUE}</Number></Dial></Response>'
    )
    agent.answers["/whisper"] = WHISPER
    agent.answers["/answer"] = "<Response/>" if is_connected else "<Response><Hangup/></Response>"
    agent.answers["/ended"] = "<Response><Hangup/></Response>"
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert await call.wait_ended(10)
    (leg,) = call.legs
    (whisper,) = agent.hits_of("/whisper")
    assert whisper.is_signed
    assert (whisper.form["CallSid"], whisper.form["ParentCallSid"]) == (leg.sid, call.sid)
    assert leg.says == ["Press one."]
    assert leg.is_bridged is is_connected
    assert agent.hits_of("/ended")[0].form["DialBridged"] == str(is_connected).lower()
    assert call.violations == []


async def test_two_calls_meet_in_a_room_until_the_one_that_ends_it_leaves(carrier: Carrier, agent: FarAgent) -> None:
    room = "<Response><Dial><Conference {}>desk</Conference></Dial><Say>After</Say></Response>"
    agent.answers["/guest"] = room.format('startConferenceOnEnter="false"')
    agent.answers["/host"] = room.format('endConferenceOnExit="true"')
    guest_line, host_line = CallerLine(), CallerLine()
    guest = await carrier.place_call(CALLER, CALLED, "/guest", guest_line)
    await guest_line.silence(0.1)
    assert guest.timeline.of("conference_begun") == []
    host = await carrier.place_call(COLLEAGUE, CALLED, "/host", host_line)
    await host_line.silence(0.1)
    assert len(guest.timeline.of("conference_begun")) == len(host.timeline.of("conference_begun")) == 1
    await host_line.hang_up()
    assert await guest.wait_ended(5)
    assert guest.says == ["After"]
    assert carrier.rooms.open == {}


async def test_messages_are_kept_listed_and_refused_as_twilio_does(carrier: Carrier, client: Client) -> None:
    create = partial(asyncio.to_thread, client.messages.create)
    text = "Замовлення 1033: доставка 17.03.2026, Київ."
    made = await create(to=CALLER, from_=CALLED, body=text)
    assert (made.sid[:2], made.body, made.num_segments) == ("SM", text, "1")
    since = datetime.now(UTC) - timedelta(days=1)
    found = await asyncio.to_thread(lambda: client.messages.list(to=CALLER, date_sent_after=since))
    assert [message.sid for message in found] == [made.sid]
    assert await asyncio.to_thread(lambda: client.messages.list(to=COLLEAGUE)) == []
    for code, fields in ((21211, {"to": "12", "body": "x"}), (21602, {"to": CALLER, "body": ""})):
        with pytest.raises(TwilioRestException) as refused:
            await create(from_=CALLED, **fields)
        assert refused.value.code == code
    assert len(carrier.messages.sent) == 1


async def test_a_network_delays_both_ways_and_marks_come_back_after_what_was_played(
    carrier: Carrier, agent: FarAgent
) -> None:
    took: list[float] = []

    async def speak(leg: Leg) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        await leg.play(tone(0.2))
        await leg.mark("end")
        await leg.until(lambda: bool(leg.of("mark")))
        took.append(clock() - began)
        await leg.socket.close()

    agent.behaviour = speak
    agent.answers["/twilio/voice"] = CONNECT
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine(delay_ms=300))
    assert await call.wait_ended(10)
    assert took[0] >= 0.3 + 0.2 + 0.3 - 0.02
    assert np.abs(call.recording[:, 1]).max() > 5000
    assert call.timeline.of("agent_started")[0].at_s >= 0.3


async def test_frames_may_come_twice_with_the_same_numbers(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = CONNECT
    line = CallerLine(duplicates=1.0)
    await carrier.place_call(CALLER, CALLED, "/twilio/voice", line)
    await line.silence(0.2)
    await line.hang_up()
    media = agent.legs[0].of("media")
    assert media[0] == media[1]
    assert media[2] == media[3] != media[0]


def test_keys_are_heard_through_the_telephones_codec_and_speech_is_none() -> None:
    at = np.arange(int(0.08 * 8000)) / 8000
    pause = np.zeros(400)

    def key(low: float, high: float) -> np.ndarray:
        return 5000 * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at))

    sound = np.concatenate([key(697, 1209), pause, key(697, 1209), pause, key(941, 1477), tone(0.5)])
    assert keys_heard(decode(encode(sound.astype(np.int16)))) == "11#"
