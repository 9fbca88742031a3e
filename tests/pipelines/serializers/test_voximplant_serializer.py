"""Voximplant's wire: start before sound, counters in samples, clear by generation, marks from what was played."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
from typing import Any

import numpy as np
import pytest
from mutated_voximplant import mutated
from pipecat.frames.frames import (
    EndFrame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
)

from pipelines.serializers.voximplant import VoximplantFrameSerializer
from pipelines.serializers.voximplant_wire import WireError

pytestmark = pytest.mark.unit

ULAW = base64.b64encode(b"\xff" * 160).decode()
TONE = (np.sin(np.arange(320) / 3) * 8000).astype("<i2").tobytes()


class Setup:
    audio_in_sample_rate = 8_000


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def start(encoding: object = "ULAW", **more: Any) -> dict[str, Any]:
    return {"event": "start", "sequenceNumber": 0, "start": {"mediaFormat": {"encoding": encoding}, **more}}


async def wire(encoding: str = "ULAW", clock: Clock | None = None, **options: Any) -> VoximplantFrameSerializer:
    made = VoximplantFrameSerializer(start(encoding), clock=clock or Clock(), **options)
    await made.setup(Setup())  # type: ignore[arg-type]
    return made


def media(chunk: object = 1, payload: object = ULAW) -> str:
    return json.dumps({"event": "media", "sequenceNumber": 9, "media": {"chunk": chunk, "payload": payload}})


async def sent(serializer: VoximplantFrameSerializer, frame: Any) -> dict[str, Any] | None:
    text = await serializer.serialize(frame)
    return json.loads(text) if text else None


def sound(pcm16: bytes = TONE) -> OutputAudioRawFrame:
    return OutputAudioRawFrame(pcm16, 8000, 1)


@pytest.mark.parametrize("encoding", ["ULAW", "ulaw", "audio/x-mulaw", "PCMU", "ALAW", "Alaw", "PCM16_8KHZ"])
async def test_sound_goes_out_in_the_encoding_that_came_spelled_as_it_came(encoding: str) -> None:
    serializer = await wire(encoding)
    (first,) = map(json.loads, serializer.opening())
    assert first["start"]["mediaFormat"] == {"encoding": encoding, "sampleRate": 8000}
    message = await sent(serializer, sound())
    assert message is not None
    payload = message["media"]["payload"]
    assert len(base64.b64decode(payload)) == (640 if encoding.startswith("PCM16") else 320)
    heard = await serializer.deserialize(media(payload=payload))
    assert isinstance(heard, InputAudioRawFrame)
    far = np.abs(np.frombuffer(heard.audio, "<i2").astype(int) - np.frombuffer(TONE, "<i2"))
    assert far.max() <= 300  # coarse as telephone coding is


async def test_numbers_count_messages_chunks_and_samples() -> None:
    serializer = await wire()
    assert json.loads(serializer.opening()[0])["sequenceNumber"] == 0
    messages = [await sent(serializer, sound()) for _ in range(3)]
    assert [message["sequenceNumber"] for message in messages if message] == [1, 2, 3]
    assert [(m["media"]["chunk"], m["media"]["timestamp"]) for m in messages if m] == [(0, 0), (1, 320), (2, 640)]
    stop = await sent(serializer, EndFrame())
    assert stop is not None
    assert stop["stop"]["mediaInfo"] == {"bytesSent": 960, "duration": 120}
    assert await sent(serializer, sound()) is None
    assert await sent(serializer, EndFrame()) is None


async def test_a_resumed_process_ends_the_stream_that_the_dead_one_left_open() -> None:
    serializer = await wire(is_resumed=True)
    assert [json.loads(message)["event"] for message in serializer.opening()] == ["stop", "start"]


@pytest.mark.parametrize(
    "first",
    [
        start("OPUS"),
        start(7),
        start(None),
        {"event": "media"},
        {"event": "start", "start": {"mediaFormat": {"encoding": "ULAW", "sampleRate": 16000}}},
    ],
)
def test_a_stream_of_another_form_is_refused(first: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        VoximplantFrameSerializer(first)


BAD = [
    "null", "[]", "{", "", "42", '"media"', "[" * 100_000, b"\xff\xfe",
    json.dumps({"event": "media", "media": None}),
    json.dumps({"event": "media", "customEvent": "dtmf", "media": {"payload": ULAW}}),
    media(payload=None), media(payload="not base64!"), media(payload=ULAW[:-1]), media(chunk="x"), media(chunk=-1),
    media(chunk=2**64), media(chunk=True), media(chunk=2**63),
    json.dumps({"customEvent": "dtmf", "digit": "AB"}), json.dumps({"customEvent": "dtmf", "digit": ["5"]}),
    json.dumps({"customEvent": "nonsense"}), json.dumps({"customEvent": 5}),
    json.dumps(start()),
]  # fmt: skip


@pytest.mark.parametrize("message", BAD, ids=range(len(BAD)))
async def test_a_malformed_message_is_counted_and_the_next_one_is_heard(message: str | bytes) -> None:
    serializer = await wire()
    assert await serializer.deserialize(media(1)) is not None
    assert await serializer.deserialize(message) is None
    assert serializer.dropped_messages == 1
    assert isinstance(await serializer.deserialize(media(2)), InputAudioRawFrame)


async def test_nothing_that_a_peer_sends_raises() -> None:
    serializer = await wire()
    for message in itertools.islice(mutated(seed=random.Random(1).randrange(1000)), 3000):
        await serializer.deserialize(message)
    await serializer.deserialize(json.dumps({"event": "stop", "stop": {}}))
    await serializer.deserialize(json.dumps(start()))
    assert isinstance(await serializer.deserialize(media(1)), InputAudioRawFrame)


async def test_repeated_and_late_chunks_are_not_heard_twice_and_lost_ones_are_counted() -> None:
    serializer = await wire()
    heard = [await serializer.deserialize(media(chunk)) is not None for chunk in (1, 2, 2, 5, 4, 6, "7")]
    assert heard == [True, True, False, True, False, True, True]
    assert serializer.lost_chunks == 2


async def test_a_stray_stop_does_not_make_the_call_deaf() -> None:
    serializer = await wire()
    await serializer.deserialize(media(1))
    await serializer.deserialize(json.dumps({"event": "stop", "stop": {"tag": "caller"}}))
    assert isinstance(await serializer.deserialize(media(2)), InputAudioRawFrame)


async def test_a_leap_of_the_count_is_believed_once_it_goes_on() -> None:
    serializer = await wire()
    heard = [await serializer.deserialize(media(chunk)) is not None for chunk in (1, 90_000, 90_001, 90_002)]
    assert heard == [True, False, True, True]


async def test_keys_are_read() -> None:
    frame = await (await wire()).deserialize(json.dumps({"customEvent": "dtmf", "digit": "#"}))
    assert isinstance(frame, InputDTMFFrame)
    assert frame.button.value == "#"


def ended(generation: int = 0) -> str:
    return json.dumps({"customEvent": "playback_ended", "generation": generation})


async def reached(serializer: VoximplantFrameSerializer) -> bool:
    waiting = asyncio.ensure_future(serializer.wait_for_mark("bye", 60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    is_reached = waiting.done() and waiting.result()
    waiting.cancel()
    return is_reached


async def test_a_mark_is_reached_when_the_scenario_says_that_playback_has_ended() -> None:
    clock = Clock()
    serializer = await wire(clock=clock)
    mark = serializer.mark("bye")
    await serializer.serialize(sound(TONE * 50))
    await serializer.serialize(mark)
    assert not await reached(serializer)
    await serializer.deserialize(ended())  # of a pause before this sound: it cannot have been played yet
    assert not await reached(serializer)
    clock.now_s += 3.0
    await serializer.deserialize(ended())
    assert await reached(serializer)


async def test_the_end_of_cleared_sound_is_not_taken_for_the_end_of_what_came_after() -> None:
    clock = Clock()
    serializer = await wire(clock=clock)
    await serializer.serialize(sound(TONE * 50))
    clear = await sent(serializer, InterruptionFrame())
    assert clear == {"customEvent": "clear_media_buffer", "generation": 1}
    await serializer.serialize(sound())
    await serializer.serialize(serializer.mark("bye"))
    clock.now_s += 1.5
    await serializer.deserialize(ended(0))
    assert not await reached(serializer)
    await serializer.deserialize(ended(1))
    assert await reached(serializer)


async def test_a_mark_with_nothing_before_it_is_reached_at_once() -> None:
    serializer = await wire()
    await serializer.serialize(serializer.mark("bye"))
    assert await reached(serializer)


async def test_a_scenario_that_never_tells_is_not_waited_for_long() -> None:
    clock = Clock()
    serializer = await wire(clock=clock)
    await serializer.serialize(sound())
    await serializer.serialize(serializer.mark("bye"))
    clock.now_s += 4.0
    assert not await serializer.wait_for_mark("bye", 60)


async def test_a_protected_goodbye_is_not_cleared() -> None:
    serializer = await wire()
    serializer.protect_playback()
    assert await sent(serializer, InterruptionFrame()) is None


def test_custom_parameters_come_as_an_object_or_as_text() -> None:
    from pipelines.serializers.voximplant_wire import Start, read

    for given in ({"call_id": "VX1"}, '{"call_id": "VX1"}'):
        message = read(json.dumps(start(customParameters=given)))
        assert isinstance(message, Start)
        assert message.parameters == {"call_id": "VX1"}
