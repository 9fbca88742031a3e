"""Twilio's wire: bad messages are dropped, marks tell what was played, goodbyes are not cleared."""

import asyncio
import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipecat.frames.frames import InputAudioRawFrame, InputDTMFFrame, InterruptionFrame

from pipelines.serializers.twilio import TwilioMediaSerializer

pytestmark = pytest.mark.unit

SID = "MZ" + "0" * 32
FRAME = base64.b64encode(b"\xff" * 160).decode()


class Setup:
    audio_in_sample_rate = 8_000


async def serializer() -> TwilioMediaSerializer:
    made = TwilioMediaSerializer(SID)
    await made.setup(Setup())  # type: ignore[arg-type]
    return made


def media(payload: object, sid: str = SID) -> str:
    return json.dumps({"event": "media", "streamSid": sid, "media": {"track": "inbound", "payload": payload}})


BAD = [
    "null",
    "[]",
    "{",
    "",
    "42",
    '"media"',
    json.dumps({"event": "media", "streamSid": SID, "media": None}),
    json.dumps({"event": "media", "streamSid": SID}),
    media(None),
    media(7),
    media("not base64!"),
    media(FRAME[:-1]),
    media(FRAME, sid="MZ" + "1" * 32),
    json.dumps({"event": "dtmf", "streamSid": SID, "dtmf": "5"}),
    json.dumps({"event": "mark", "streamSid": SID, "mark": []}),
    "[" * 100_000,
]


@pytest.mark.parametrize("message", BAD, ids=[message[:40] or "empty" for message in BAD])
async def test_a_malformed_message_is_dropped_and_the_next_one_is_heard(message: str) -> None:
    wire = await serializer()
    assert await wire.deserialize(message) is None
    assert isinstance(await wire.deserialize(media(FRAME)), InputAudioRawFrame)


@given(
    st.text()
    | st.binary()
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
)
@settings(max_examples=200, deadline=None)
def test_nothing_a_peer_sends_raises(message: str | bytes) -> None:
    async def read() -> object:
        return await (await serializer()).deserialize(message)

    assert asyncio.run(read()) is None


async def test_a_key_press_is_read() -> None:
    key = json.dumps({"event": "dtmf", "streamSid": SID, "dtmf": {"track": "inbound_track", "digit": "7"}})
    frame = await (await serializer()).deserialize(key)
    assert isinstance(frame, InputDTMFFrame)
    assert frame.button.value == "7"


async def test_a_mark_comes_back_once_the_carrier_has_played_it() -> None:
    wire = await serializer()
    sent = wire.mark("last-word").message
    assert sent == {"event": "mark", "streamSid": SID, "mark": {"name": "last-word"}}
    assert not await wire.wait_for_mark("last-word", deadline_s=0)
    await wire.deserialize(json.dumps(sent))
    assert await wire.wait_for_mark("last-word", deadline_s=0)


async def test_an_interruption_clears_the_carriers_buffer_until_the_goodbye() -> None:
    wire = await serializer()
    cleared = await wire.serialize(InterruptionFrame())
    assert json.loads(cleared or "") == {"event": "clear", "streamSid": SID}
    wire.protect_playback()
    assert await wire.serialize(InterruptionFrame()) is None
