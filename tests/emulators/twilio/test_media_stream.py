import itertools
import json

import numpy as np
import pytest
from far_agent import FarAgent, Leg, listen, tone

from emulators.twilio import CallerLine, Carrier
from emulators.twilio import tape as tapes

pytestmark = pytest.mark.wire

CALLER, CALLED, VOICE = "+15550107788", "+380441112233", "/twilio/voice"


async def test_messages_have_the_documented_shapes(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers[VOICE] = agent.answers[VOICE].replace(
        "/></Connect>", '><Parameter name="from_number" value="+15550107788"/></Stream></Connect>'
    )
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_stream()
    await line.press("1#", gap_ms=40)
    await line.silence(0.1)
    await line.hang_up()

    (leg,) = agent.legs
    sid = leg.sid
    assert leg.messages[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert leg.messages[1] == {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": call.account_sid,
            "streamSid": sid,
            "callSid": call.sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"from_number": "+15550107788"},
        },
        "streamSid": sid,
    }
    media = leg.of("media")
    assert [frame["media"]["chunk"] for frame in media] == [str(n + 1) for n in range(len(media))]
    assert [frame["media"]["timestamp"] for frame in media] == [str(20 * n) for n in range(len(media))]
    assert {frame["media"]["track"] for frame in media} == {"inbound"}
    assert {len(frame["media"]["payload"]) for frame in media} == {216}  # 160 bytes in base64
    digits = [frame["dtmf"] for frame in leg.of("dtmf")]
    assert digits == [{"track": "inbound_track", "digit": digit} for digit in "1#"]
    assert leg.messages[-1]["stop"] == {"accountSid": call.account_sid, "callSid": call.sid}
    numbers = [int(message["sequenceNumber"]) for message in leg.messages[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert agent.closed == [1000]


async def test_frames_keep_an_absolute_schedule(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine()
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.silence(1.8)
    await line.hang_up()
    arrivals = agent.legs[0].arrivals
    assert len(arrivals) >= 80
    late_s = [arrival - 0.02 * number for number, arrival in enumerate(arrivals)]
    # sleeps that add up their lateness would drift by a millisecond a frame; the least late frames show it
    assert abs(min(late_s[-20:]) - min(late_s[:20])) < 0.02


async def test_line_hisses_at_its_level_while_nobody_speaks(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine(noise_dbfs=-50)
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.silence(0.3)
    await line.hang_up()
    rms = np.sqrt(np.mean(call.recording[:, 0].astype(float) ** 2))
    assert 20 * np.log10(rms / 32768) == pytest.approx(-50, abs=1)


async def test_lost_frames_are_gaps_in_the_timestamps_only(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine(loss=0.3, jitter_ms=30, seed=4)
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.silence(0.8)
    await line.hang_up()
    media = [frame["media"] for frame in agent.legs[0].of("media")]
    stamps = [int(frame["timestamp"]) for frame in media]
    assert [int(frame["chunk"]) for frame in media] == list(range(1, len(media) + 1))
    assert stamps == sorted(set(stamps))
    assert {later - earlier for earlier, later in itertools.pairwise(stamps)} > {20}


async def test_mark_returns_when_everything_before_it_was_played(carrier: Carrier, agent: FarAgent) -> None:
    async def behave(leg: Leg) -> None:
        await leg.mark("at once")
        await leg.play(tone(0.4))
        await leg.mark("said")
        await listen(leg)

    agent.behaviour = behave
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    start = await line.wait_agent_starts()
    await line.wait_agent_quiet(quiet_s=0.3)
    await line.hang_up()

    assert [mark["mark"]["name"] for mark in agent.legs[0].of("mark")] == ["at once", "said"]
    first, said = call.timeline.of("mark")
    assert first.at_s < start + 0.1
    assert said.at_s >= start + 0.4


async def test_clear_cuts_the_sound_and_returns_all_marks(carrier: Carrier, agent: FarAgent, tmp_path) -> None:
    async def behave(leg: Leg) -> None:
        await leg.play(tone(5.0))
        await leg.mark("one")
        await leg.mark("two")
        await leg.until(lambda: len(leg.of("media")) >= 15)
        await leg.send("clear")
        await leg.play(tone(0.1))
        await leg.mark("three")
        await listen(leg)

    agent.behaviour = behave
    line = CallerLine()
    path = tmp_path / "call.wav"
    call = await carrier.place_call(CALLER, CALLED, VOICE, line, tape_path=path)
    await line.wait_agent_done(quiet_s=0.3)
    await line.hang_up()

    assert [mark["mark"]["name"] for mark in agent.legs[0].of("mark")] == ["one", "two", "three"]
    (clear,) = call.timeline.of("clear")
    assert 4300 < int(clear.detail["dropped_ms"]) < 4900
    heard_s = (np.abs(call.recording[:, 1]) > 1000).sum() / 8000
    assert heard_s < 1.0
    assert np.array_equal(tapes.load(path), call.recording)


async def test_burst_of_frames_is_heard_at_speaking_pace_and_bit_for_bit(carrier: Carrier, agent: FarAgent) -> None:
    from emulators.ulaw import decode, encode

    said = tone(0.6)

    async def behave(leg: Leg) -> None:
        for start in range(0, len(said), 333):  # any length of payload is played in order
            await leg.play(said[start : start + 333])
        await listen(leg)

    agent.behaviour = behave
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_agent_done(quiet_s=0.3)
    await line.hang_up()
    heard = np.trim_zeros(call.recording[:, 1])
    assert np.array_equal(heard, np.trim_zeros(decode(encode(said))))
    assert call.sound.playout.holes == []


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", "not_json"),
        ("null", "not_an_object"),
        ('{"event":"hello"}', "unknown_event"),
        ('{"event":"media","media":{"payload":"//8="}}', "wrong_stream_sid"),
        ('{"event":"media","streamSid":"SID","media":null}', "bad_media"),
        ('{"event":"media","streamSid":"SID","media":{"payload":"?"}}', "bad_base64"),
        ('{"event":"media","streamSid":"SID","media":{"payload":"UklGRiQAAABXQVZFZm10IA=="}}', "audio_header"),
        ('{"event":"mark","streamSid":"SID","mark":{}}', "mark_without_name"),
        (b"\xff\xff", "binary_frame"),
    ],
)
async def test_wrong_frames_are_noted_and_do_no_harm(carrier: Carrier, agent: FarAgent, frame, code) -> None:
    async def behave(leg: Leg) -> None:
        if isinstance(frame, bytes):
            await leg.socket.send_bytes(frame)
        else:
            await leg.socket.send_text(frame.replace("SID", leg.sid))
        await leg.mark("still here")
        await listen(leg)

    agent.behaviour = behave
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.silence(0.15)
    await line.hang_up()
    assert [violation.code for violation in call.violations] == [code]
    assert len(agent.legs[0].of("mark")) == 1


async def test_broken_connection_leaves_the_caller_on_the_line(carrier: Carrier, agent: FarAgent) -> None:
    agent.answers[VOICE] = agent.answers[VOICE].replace("</Response>", "<Say>Sorry</Say></Response>")
    line = CallerLine()
    call = await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_stream()
    await line.silence(0.1)
    leg = agent.legs[0]
    await line.drop_stream()
    leg.messages.append({"event": "stop"})  # the agent is never told; let its side of the test finish
    leg.news.set()
    assert await line.wait_ended(5)
    assert agent.closed[0] in (1005, 1006)  # no closing handshake
    assert call.says == ["Sorry"]


async def test_raw_frames_reach_the_agent_unchanged(carrier: Carrier, agent: FarAgent) -> None:
    line = CallerLine()
    await carrier.place_call(CALLER, CALLED, VOICE, line)
    await line.wait_stream()
    await line.send_raw("null")
    await line.send_raw(b"\x00\x01")
    await line.send_raw(json.dumps({"event": "media", "media": None}))
    await line.silence(0.05)
    await line.hang_up()
    raw = [message["raw"] for message in agent.legs[0].messages if "raw" in message]
    assert [frame.get("text") or frame.get("bytes") for frame in raw] == ["null", b"\x00\x01"]
    assert {"event": "media", "media": None} in agent.legs[0].messages
