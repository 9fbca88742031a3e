"""A benchmark's caller and vendors on their wires."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from benchmarks.book import Book, Turn
from benchmarks.line import NoiseFrames
from benchmarks.stamps import SAMPLES, Stamp, StampReader, stamp_ulaw
from benchmarks.tags import Tag
from benchmarks.telephone import Account, CallFailedError, Telephone
from benchmarks.vendors import run_vendors
from emulators.twilio.signing import HEADER, sign
from emulators.twilio.track import FRAME_SAMPLES
from emulators.ulaw import decode, encode

pytestmark = pytest.mark.wire

ACCOUNT = Account("AC" + "0" * 32, "token", "https://benchmark.invalid")
LOUD = encode(np.full(FRAME_SAMPLES, 8000, dtype=np.int16))


class Agent:
    """Answers a call with one burst: five frames, a mark, a `clear`, two frames more; then listens until the end."""

    def __init__(self, *, takes_calls: bool = True) -> None:
        self.takes_calls = takes_calls
        self.received: list[dict] = []
        self.forms: list[dict[str, str]] = []
        self.url = ""

    async def voice(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = f"{ACCOUNT.public_url}{request.path}"
        assert request.headers[HEADER] == sign(ACCOUNT.token, url, form)
        self.forms.append(form)
        verb = '<Connect action="/twilio/ended"><Stream url="wss://benchmark.invalid/media"/></Connect>'
        body = f"<Response>{verb if self.takes_calls else '<Reject/>'}</Response>"
        return web.Response(text=body, content_type="text/xml")

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        assert request.headers[HEADER] == sign(ACCOUNT.token, "wss://benchmark.invalid/media", {})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            message = json.loads(frame.data)
            self.received.append(message)
            if message["event"] == "start":
                stream = message["streamSid"]
                media = {"event": "media", "streamSid": stream, "media": {"payload": base64.b64encode(LOUD).decode()}}
                mark = {"event": "mark", "streamSid": stream, "mark": {"name": "later"}}
                clear = {"event": "clear", "streamSid": stream}
                for out in (*[media] * 5, mark, clear, media, media):
                    await socket.send_str(json.dumps(out))
        return socket


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    made = Agent()
    app = web.Application()
    for path in ("/twilio/voice", "/twilio/ended", "/twilio/status"):
        app.router.add_post(path, made.voice)
    app.router.add_get("/media", made.media)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def test_call_is_signed_paced_and_played_out(agent: Agent) -> None:
    async with aiohttp.ClientSession() as session:
        phone = Telephone(ACCOUNT, session, agent.url, 5, NoiseFrames())
        await phone.ring("+14155550142", "+380441112233")
        assert await phone.until(lambda: phone.heard_since(0) is not None, 5.0)
        start = phone.say(np.full(400, 5000, dtype=np.int16))
        assert await phone.until(lambda: phone.now > start + 8 * FRAME_SAMPLES, 5.0)
        await phone.hang_up("+14155550142", "+380441112233")

    tape = phone.tape
    # what was cleared before it was played is gone, and a burst is played one frame after another
    burst = [played for _, played, _ in tape.arrivals]
    assert np.all(np.diff(burst[:5]) == FRAME_SAMPLES)
    assert burst[6] == burst[5] + FRAME_SAMPLES
    assert burst[5] < burst[4]
    stereo = tape.stereo()
    loud = np.flatnonzero(np.abs(stereo[:, 1]) > 600)
    assert 2 * FRAME_SAMPLES <= len(loud) <= burst[5] + 2 * FRAME_SAMPLES - burst[0]
    assert np.abs(stereo[start : start + 400, 0] - 5000).max() < 600

    events = [message["event"] for message in agent.received]
    assert events[:2] == ["connected", "start"]
    assert events[-1] == "stop"
    assert events.count("mark") == 1
    numbers = [int(message["sequenceNumber"]) for message in agent.received[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    reader = StampReader()
    media = [base64.b64decode(message["media"]["payload"]) for message in agent.received if message["event"] == "media"]
    reader.feed(decode(b"".join(media)).astype("<i2").tobytes())
    assert reader.slot == 5
    assert [form["CallStatus"] for form in agent.forms] == ["ringing", "completed", "completed"]


async def test_refused_call_is_told_and_not_played(agent: Agent) -> None:
    agent.takes_calls = False
    async with aiohttp.ClientSession() as session:
        phone = Telephone(ACCOUNT, session, agent.url, 0, NoiseFrames())
        with pytest.raises(CallFailedError, match="Reject"):
            await phone.ring("+14155550142", "+380441112233")


def announced(book: Book, *, final_s: float = 0.05) -> Turn:
    """A turn whose speech ends a second into its call, which has just been."""
    tag = Tag(7, 1)
    turn = Turn(
        tag,
        text=f"{tag.words}, where is it?",
        reply=f"{tag.words}, it comes soon. Today.",
        start_sample=0,
        end_sample=7_000,
        end_at=time.monotonic(),
        final_s=final_s,
        first_token_s=0.01,
        first_byte_s=0.01,
    )
    book.announce(turn)
    return turn


@pytest.mark.parametrize("finalizes", [True, False])
async def test_recogniser_hears_the_call_that_the_noise_names(finalizes: bool) -> None:
    noise = decode(NoiseFrames().frames[0][0][:-SAMPLES] + stamp_ulaw(Stamp(7, 49))).astype("<i2").tobytes()
    async with run_vendors() as vendors, aiohttp.ClientSession() as session:
        turn = announced(vendors.book)
        url = f"{vendors.deepgram.ws_url}/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000"
        async with session.ws_connect(url, headers={"Authorization": "Token k"}) as socket:
            await socket.send_bytes(noise)
            if finalizes:
                await socket.send_json({"type": "Finalize"})
            body = await asyncio.wait_for(socket.receive_json(), 5.0)

    assert body["channel"]["alternatives"][0]["transcript"] == turn.text
    assert (body["is_final"], body["from_finalize"]) == (True, finalizes)
    assert turn.final_at is not None
    assert turn.final_at >= turn.final_due_at


async def test_model_and_voice_serve_the_turn_that_their_text_names() -> None:
    async with run_vendors() as vendors, aiohttp.ClientSession() as session:
        turn = announced(vendors.book)
        said = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": turn.text}]}
        key = {"Authorization": "Bearer k"}
        async with session.post(f"{vendors.openai.base_url}/chat/completions", json=said, headers=key) as answer:
            lines = (await answer.text()).splitlines()
        deltas = [json.loads(line[6:])["choices"][0]["delta"] for line in lines if line.startswith("data: {")]
        url = f"{vendors.elevenlabs.ws_url}/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/multi-stream-input"
        query = "?model_id=eleven_flash_v2_5&output_format=pcm_8000"
        async with session.ws_connect(url + query, headers={"xi-api-key": "k"}) as socket:
            await socket.send_json({"context_id": "a", "text": f"{turn.tag.words}, it comes soon."})
            sound = await asyncio.wait_for(socket.receive_json(), 5.0)

    assert "".join(delta.get("content", "") for delta in deltas) == turn.reply
    assert len(base64.b64decode(sound["audio"])) > 1_000
    asked = turn.answer()
    assert asked is not None
    assert asked.request_at < asked.first_token_at <= asked.speakable_at < turn.tts_request_at < turn.tts_first_byte_at
    assert vendors.book.unknown == []
