import asyncio

import pytest
from far_agent import FarAgent, Leg, listen, tone

from emulators.errors import AgentTimeoutError, CallEndedError, LineNotConnectedError
from emulators.twilio import CallerLine, Carrier
from emulators.twilio.measure import measure_call

pytestmark = pytest.mark.wire

CALLER, CALLED, VOICE = "+15550107788", "+380441112233", "/twilio/voice"
SPEECH = tone(0.4, hz=220).tobytes()


def loud(message: dict) -> bool:
    """Whether a media message carries the caller's tone rather than the line's hiss."""
    import base64

    import numpy as np

    from emulators.ulaw import decode

    samples = decode(base64.b64decode(message["media"]["payload"]))
    return float(np.sqrt(np.mean(samples.astype(float) ** 2))) > 1500


async def reply_to_each_turn(leg: Leg) -> None:
    """Greet; then answer 0.3 s after each end of speech; stop at once when spoken over."""
    await leg.play(tone(0.4))
    seen, silent, heard = 0, 0, False
    while not leg.of("stop"):
        await leg.until(lambda: len(leg.of("media")) > seen or bool(leg.of("stop")))  # noqa: B023
        for message in leg.of("media")[seen:]:
            seen += 1
            if loud(message):
                if not heard:
                    await leg.send("clear")
                heard, silent = True, 0
            elif heard:
                silent += 1
                if silent == 15:
                    heard = False
                    await leg.play(tone(0.5))


async def test_scripted_caller_is_ten_lines_and_its_tape_tells_the_delays(carrier: Carrier, agent: FarAgent) -> None:
    agent.behaviour = reply_to_each_turn
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_agent_done(quiet_s=0.3)
    await line.say(SPEECH, label="one")
    onset = await line.wait_agent_starts()
    await line.until(onset + 0.2)
    await line.say(SPEECH, label="two")
    await line.wait_agent_done(quiet_s=0.4)
    await line.hang_up()

    measures = measure_call(call)
    one, two = measures.turns
    assert [turn.label for turn in call.turns] == ["one", "two"]
    assert 0 <= measures.greeting_ms < 300
    assert 300 <= one.ttfab_ms < 600  # 15 silent frames, and up to a frame until they left
    assert one.stop_ms is None
    assert 0 < two.stop_ms < 300
    assert 300 <= two.ttfab_ms < 600
    kinds = [event.kind for event in call.timeline.events]
    assert kinds.count("agent_started") == 3
    assert kinds.count("caller_turn_started") == kinds.count("caller_turn_ended") == 2


async def test_turn_with_a_pause_inside_is_one_turn(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine()
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.say(SPEECH, label="one zero")
    await line.silence(0.3)
    turn = await line.say(SPEECH, label="zero seven", same_turn=True)
    await line.hang_up()
    assert line.turns == [turn]
    assert turn.label == "one zero zero seven"
    assert turn.end_s - turn.start_s == pytest.approx(1.1, abs=0.1)


async def test_what_is_said_leaves_bit_for_bit_in_order(carrier: Carrier, agent: FarAgent) -> None:
    import base64

    from emulators.ulaw import encode

    line = CallerLine(noise_dbfs=None)
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_stream()
    first, second = tone(0.25), tone(0.13, hz=500)
    await asyncio.gather(line.say(first.tobytes()), line.say(second.tobytes()))
    await line.silence(0.1)
    await line.hang_up()
    sent = b"".join(base64.b64decode(m["media"]["payload"]) for m in agent.legs[0].of("media"))
    assert encode(first) + encode(second) in sent


async def test_listeners_hear_of_events_when_they_happen(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine()
    heard: list[tuple[str, float]] = []
    line.on("caller_turn_started", lambda event: heard.append((event.kind, line.now_s - event.at_s)))
    line.on("dtmf", lambda event: heard.append((event.kind, line.now_s - event.at_s)))
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.say(SPEECH)
    await line.press("5")
    await line.hang_up()
    assert [kind for kind, _ in heard] == ["caller_turn_started", "dtmf"]
    assert all(delay_s < 0.1 for _, delay_s in heard)


async def test_echo_of_the_agent_goes_on_the_wire_but_not_on_the_tape(carrier: Carrier, agent: FarAgent) -> None:
    async def behave(leg: Leg) -> None:
        await leg.play(tone(0.5, amplitude=20000))
        await listen(leg)

    agent.behaviour = behave
    line = CallerLine(noise_dbfs=None, echo_db=6)
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_agent_done(quiet_s=0.3)
    await line.hang_up()
    assert any(loud(message) for message in agent.legs[0].of("media"))
    assert not call.recording[:, 0].any()


async def test_silent_agent_is_an_error_that_says_so(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine()
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    with pytest.raises(AgentTimeoutError):
        await line.wait_agent_starts(timeout_s=0.1)
    assert not line.agent_speaking


async def test_caller_is_told_that_the_call_ended_under_it(carrier: Carrier, agent: FarAgent) -> None:
    async def behave(leg: Leg) -> None:
        await leg.until(lambda: len(leg.of("media")) >= 5)
        await leg.socket.close()

    agent.behaviour = behave
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    with pytest.raises(CallEndedError):
        await line.say(tone(3.0).tobytes())
    with pytest.raises(CallEndedError):
        await line.wait_agent_done()
    assert await line.wait_ended(5)
    assert call.ended_by == "carrier"


async def test_line_without_a_call_refuses(carrier: Carrier) -> None:
    with pytest.raises(LineNotConnectedError):
        await CallerLine().say(SPEECH)
