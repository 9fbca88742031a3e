import io
import wave

import pytest
from far_agent import CONNECT, STREAM_URL, FarAgent, Leg, tone

from emulators.twilio import CallerLine, Carrier, DialOutcome

pytestmark = pytest.mark.wire

CALLER, CALLED = "+15550107788", "+380441112233"


def verbs(call) -> list[str]:
    return [type(verb).__name__ for verb in call.verbs]


async def test_webhook_and_upgrade_pass_the_official_validator(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", line)
    assert call.status == "in-progress"
    await line.silence(0.1)
    await line.hang_up()

    (hit,) = agent.hits
    assert hit.is_signed
    assert agent.legs[0].is_signed
    assert (hit.form["From"], hit.form["To"], hit.form["CallStatus"]) == (CALLER, CALLED, "ringing")
    assert (hit.form["Direction"], hit.form["CallSid"]) == ("inbound", call.sid)
    assert hit.form["CallerName"] == ""
    assert hit.headers["host"] == "voice.example"
    assert (call.status, call.ended_by, call.end_reason) == ("completed", "caller", "caller_hung_up")


@pytest.mark.parametrize("signing", ["wrong", "none"])
async def test_faulty_signatures_do_not_pass_it(carrier: Carrier, agent: FarAgent, signing) -> None:
    call = await carrier.place_call(
        CALLER, CALLED, "/twilio/voice", CallerLine(), webhook_signing=signing, stream_signing=signing
    )
    assert await call.wait_ended(5)
    assert [hit.is_signed for hit in agent.hits] == [False]
    assert agent.legs == []
    (failed,) = call.timeline.of("stream_failed")
    assert failed.detail["status"] == 403


async def test_withheld_number_is_what_the_carrier_puts_for_it(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = "<Response><Hangup/></Response>"
    call = await carrier.place_call(None, CALLED, "/twilio/voice", CallerLine())
    assert await call.wait_ended(5)
    assert agent.hits[0].form["From"] == "+266696687"
    assert (call.ended_by, call.end_reason) == ("callee", "hangup_verb")


async def test_webhook_that_fails_ends_the_call_after_the_fallback(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = 403
    alone = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert (alone.status, alone.ended_by, alone.end_reason) == ("failed", "carrier", "webhook_failed")

    agent.answers["/twilio/fallback"] = "<Response><Say>Sorry</Say></Response>"
    line = CallerLine()
    saved = await carrier.place_call(
        CALLER,
        CALLED,
        "/twilio/voice",
        line,
        fallback_url="/twilio/fallback",
        status_callback="/twilio/status",
    )
    assert await saved.wait_ended(5)
    assert agent.hits_of("/twilio/fallback")[0].form["ErrorCode"] == "11200"
    assert saved.says == ["Sorry"]
    (status,) = agent.hits_of("/twilio/status")
    assert status.is_signed
    assert (status.form["CallStatus"], status.form["CallDuration"]) == ("completed", str(saved.duration_s))


async def test_rejected_call_is_never_answered(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = '<Response><Reject reason="busy"/></Response>'
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert (call.status, call.ended_by, call.answered_at) == ("busy", "callee", None)


async def test_verbs_run_in_order_and_redirects_are_followed(carrier: Carrier, agent: FarAgent) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(tone(0.4).tobytes())
    agent.answers["/hello.wav"] = sound.getvalue()
    agent.answers["/twilio/voice"] = (
        '<Response><Say language="uk-UA">Вітаю</Say><Play>/hello.wav</Play><Sing/>'
        "<Redirect>next</Redirect><Hangup/></Response>"
    )
    agent.answers["/twilio/next"] = '<Response><Pause length="0"/></Response>'
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", line)
    assert await call.wait_ended(5)

    assert verbs(call) == ["Say", "Play", "Unsupported", "Redirect", "Pause"]
    assert call.says == ["Вітаю"]
    assert [violation.code for violation in call.violations] == ["unsupported_verb"]
    assert (call.ended_by, call.end_reason) == ("carrier", "twiml_ended")
    assert all(hit.is_signed for hit in agent.hits)
    heard = call.recording[:, 1]
    assert (abs(heard) > 500).sum() >= 0.45 * 8000  # the hum of <Say> (0.3 s) and 0.2 s of the file


async def test_transfer_is_dialled_and_its_action_decides_what_follows(carrier: Carrier, agent: FarAgent) -> None:
    carrier.dial_plan.by_number["+380440000001"] = DialOutcome("busy")
    carrier.dial_plan.by_number["+380440000002"] = DialOutcome(talk_s=0.1)
    agent.answers["/twilio/voice"] = '<Response><Dial action="/twilio/dialled">+380440000001</Dial><Hangup/></Response>'
    agent.answers["/twilio/dialled"] = "<Response><Dial><Number>+380440000002</Number></Dial></Response>"
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert await call.wait_ended(5)
    assert agent.hits_of("/twilio/dialled")[0].form["DialCallStatus"] == "busy"
    assert call.transfers == ["+380440000001", "+380440000002"]
    assert (call.ended_by, call.end_reason) == ("carrier", "dial_ended")


async def test_caller_who_hangs_up_ends_a_transfer(carrier: Carrier, agent: FarAgent) -> None:
    carrier.dial_plan.default = DialOutcome(talk_s=None)
    agent.answers["/twilio/voice"] = "<Response><Dial>+380440000000</Dial></Response>"
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", line)
    await line.silence(0.1)
    await line.hang_up()
    assert (call.ended_by, verbs(call)) == ("caller", ["Dial"])


async def test_stream_closed_by_the_agent_lets_the_next_verb_run(carrier: Carrier, agent: FarAgent) -> None:
    async def close(leg: Leg) -> None:
        await leg.socket.close()

    agent.behaviour = close
    agent.answers["/twilio/voice"] = CONNECT.replace("</Response>", "<Say>Sorry</Say></Response>")
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert await call.wait_ended(5)
    assert (verbs(call), call.says) == (["Stream", "Say"], ["Sorry"])


async def test_action_of_a_closed_stream_replaces_the_rest(carrier: Carrier, agent: FarAgent) -> None:
    async def close(leg: Leg) -> None:
        await leg.socket.close()

    agent.behaviour = close
    agent.answers["/twilio/voice"] = (
        f'<Response><Connect action="/twilio/stream-ended"><Stream url="{STREAM_URL}"'
        ' statusCallback="https://voice.example/twilio/stream-status"/></Connect><Say>Never</Say></Response>'
    )
    agent.answers["/twilio/stream-ended"] = "<Response><Dial>+380440000000</Dial></Response>"
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine())
    assert await call.wait_ended(5)
    assert verbs(call) == ["Stream", "Dial"]
    (ended,) = agent.hits_of("/twilio/stream-ended")
    assert ended.is_signed
    assert ended.form["CallStatus"] == "in-progress"
    told = agent.hits_of("/twilio/stream-status")
    assert [hit.form["StreamEvent"] for hit in told] == ["stream-started", "stream-stopped"]
    assert {hit.form["StreamSid"] for hit in told} == {agent.legs[0].sid}
    assert all(hit.is_signed for hit in told)


async def test_query_of_a_stream_url_is_dropped(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers["/twilio/voice"] = CONNECT.replace("t0k3n", "t0k3n?secret=1")
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", line)
    await line.silence(0.1)
    await line.hang_up()
    assert agent.legs[0].socket.url.query == ""
    assert [violation.code for violation in call.violations] == ["stream_url_query"]


async def test_carrier_ends_a_call_at_its_time_limit(carrier: Carrier, agent: FarAgent) -> None:
    call = await carrier.place_call(CALLER, CALLED, "/twilio/voice", CallerLine(), time_limit_s=0.2)
    assert await call.wait_ended(5)
    assert (call.ended_by, call.end_reason) == ("carrier", "time_limit")
    assert [message["event"] for message in agent.legs[0].messages[-1:]] == ["stop"]
