"""Recordings at the carrier, asked for by the official client: what they hear, what they tell, what is left of them."""

import asyncio
import io
import wave

import httpx
import numpy as np
import pytest
from far_agent import ACCOUNT, PUBLIC, TOKEN, FarAgent, Leg, tone
from test_rest_client import client, in_progress, refused

from emulators.twilio import CallerLine, Carrier, CarrierCall

pytestmark = pytest.mark.wire

CALLBACK = {
    "recording_status_callback": PUBLIC + "/twilio/recording",
    "recording_status_callback_event": ["in-progress", "completed"],
}
SPOKEN, SECRET = tone(0.4), tone(0.4, hz=1000)


async def media(carrier: Carrier, sid: str) -> np.ndarray:
    async with httpx.AsyncClient(auth=(ACCOUNT, TOKEN)) as web:
        answer = await web.get(f"{carrier.rest_url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.wav")
    assert answer.status_code == 200
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, file.getnchannels())


def has_pitch(samples: np.ndarray, hz: float) -> bool:
    """Whether a tone of this pitch is among the samples."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float))) / max(1, len(samples))
    pitches = np.fft.rfftfreq(len(samples), 1 / 8000)
    return bool(spectrum[np.abs(pitches - hz) < 10].max(initial=0) > 300)


async def quiet_call(carrier: Carrier) -> tuple[CallerLine, CarrierCall]:
    line, call = await in_progress(carrier)
    await line.wait_stream()
    return line, call


@pytest.mark.parametrize("behaviour", ["silence", "skip"])
async def test_what_is_said_during_a_pause_is_not_in_it(carrier: Carrier, agent: FarAgent, behaviour: str) -> None:
    line, call = await quiet_call(carrier)
    recordings = client(carrier).calls(call.sid).recordings
    made = await asyncio.to_thread(lambda: recordings.create(recording_channels="dual", **CALLBACK))
    assert (made.status, made.channels, made.source) == ("in-progress", 2, "StartCallRecordingAPI")
    await line.say(SPOKEN.tobytes())
    current = recordings("Twilio.CURRENT")
    paused = await asyncio.to_thread(lambda: current.update(status="paused", pause_behavior=behaviour))
    assert (paused.sid, paused.status) == (made.sid, "paused")
    await line.say(SECRET.tobytes())
    resumed = await asyncio.to_thread(lambda: current.update(status="in-progress"))
    assert resumed.status == "in-progress"
    await line.say(SPOKEN.tobytes())
    await line.hang_up()

    sound = await media(carrier, made.sid)
    heard = sound[:, 0]
    assert not has_pitch(heard, 1000)
    assert has_pitch(heard, 300)
    is_gap_kept = behaviour == "silence"
    assert (len(heard) > 8000 * 1.15) == is_gap_kept
    assert not sound[:, 1].any()  # the agent said nothing
    told = agent.hits_of("/twilio/recording")
    assert [hit.form["RecordingStatus"] for hit in told] == ["in-progress", "completed"]
    assert all(hit.is_signed and hit.form["RecordingSid"] == made.sid for hit in told)
    kept = await asyncio.to_thread(client(carrier).recordings(made.sid).fetch)
    assert (kept.status, kept.call_sid, kept.duration) == ("completed", call.sid, told[1].form["RecordingDuration"])
    assert told[1].form["RecordingUrl"] == kept.media_url


async def test_both_ends_are_kept_apart_in_two_channels_and_together_in_one(carrier: Carrier, agent: FarAgent) -> None:
    async def speak(leg: Leg) -> None:
        await leg.play(tone(0.5, hz=500))
        await leg.until(lambda: bool(leg.of("stop")))

    for channels in ("dual", "mono"):
        agent.behaviour = speak
        line, call = await in_progress(carrier)
        made = await asyncio.to_thread(client(carrier).calls(call.sid).recordings.create, recording_channels=channels)
        await line.say(SPOKEN.tobytes())
        await line.wait_agent_quiet()
        await line.hang_up()
        sound = await media(carrier, made.sid)
        pitches = [[has_pitch(column, hz) for hz in (300, 500)] for column in sound.T]
        assert pitches == ([[True, False], [False, True]] if channels == "dual" else [[True, True]])


async def test_a_recording_is_stopped_listed_and_deleted_for_good(carrier: Carrier, agent: FarAgent) -> None:
    line, call = await quiet_call(carrier)
    rest = client(carrier)
    recordings = rest.calls(call.sid).recordings
    made = await asyncio.to_thread(recordings.create)
    assert made.channels == 1
    assert await refused(recordings.create) == (400, 21220)
    assert await refused(rest.recordings(made.sid).delete) == (400, 21220)
    await line.say(SPOKEN.tobytes())
    stopped = await asyncio.to_thread(lambda: recordings("Twilio.CURRENT").update(status="stopped"))
    assert (stopped.sid, stopped.status) == (made.sid, "completed")
    assert await refused(lambda: recordings("Twilio.CURRENT").update(status="paused")) == (404, 20404)
    assert await refused(lambda: recordings(made.sid).update(status="paused")) == (400, 21220)
    await line.hang_up()
    assert [one.sid for one in await asyncio.to_thread(recordings.list)] == [made.sid]
    assert [one.sid for one in await asyncio.to_thread(lambda: rest.recordings.list(call_sid=call.sid))] == [made.sid]

    assert await asyncio.to_thread(rest.recordings(made.sid).delete)
    assert await asyncio.to_thread(recordings.list) == []
    assert await refused(rest.recordings(made.sid).fetch) == (404, 20404)
    assert await refused(rest.recordings(made.sid).delete) == (404, 20404)
    assert carrier.recordings.deleted == [made.sid]


async def test_wrong_orders_to_record_are_refused(carrier: Carrier, agent: FarAgent) -> None:
    line, call = await quiet_call(carrier)
    recordings = client(carrier).calls(call.sid).recordings
    for wrong in (
        {"recording_channels": "stereo"},
        {"recording_track": "caller"},
        {"recording_status_callback": "recording"},
        {"recording_status_callback_event": ["started"]},
    ):
        assert await refused(lambda wrong=wrong: recordings.create(**wrong)) == (400, 20001)
    await asyncio.to_thread(recordings.create)
    assert await refused(lambda: recordings("Twilio.CURRENT").update(status="halted")) == (400, 20001)
    await line.hang_up()
    assert await refused(recordings.create) == (400, 21220)
    assert await refused(client(carrier).calls("CA" + "0" * 32).recordings.create) == (404, 20404)
