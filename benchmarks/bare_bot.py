"""The least that holds a conversation: what the rig itself costs, and how many callers it can carry.

No voice detector, no turn model, no interruptions: a final transcript goes to the model, its first sentence to the
voice and the sound to the caller, all in one event loop. `python -m benchmarks.latency --system bare` measures it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
from urllib.parse import urlsplit

import aiohttp
import uvloop
from aiohttp import web

from emulators.ulaw import decode

_SENTENCE_ENDS = ".!?"
_VOICE = "EXAVITQu4vr4xnSDxMaL"


class Call:
    """One call, from its `start` to its end."""

    def __init__(self, caller: web.WebSocketResponse, session: aiohttp.ClientSession, stream_sid: str) -> None:
        self._caller = caller
        self._session = session
        self._stream_sid = stream_sid

    async def run(self, stt: aiohttp.ClientWebSocketResponse, tts: aiohttp.ClientWebSocketResponse) -> None:
        """Converses until cancelled."""
        await asyncio.gather(self._speak(tts), self._answer(stt, tts))

    async def _answer(self, stt: aiohttp.ClientWebSocketResponse, tts: aiohttp.ClientWebSocketResponse) -> None:
        await self._say(tts, 0, "")
        number = 1
        async for message in stt:
            body = json.loads(message.data)
            text = body["channel"]["alternatives"][0]["transcript"] if body["type"] == "Results" else ""
            if text and body["is_final"]:
                await self._say(tts, number, text)
                number += 1

    async def _say(self, tts: aiohttp.ClientWebSocketResponse, number: int, heard: str) -> None:
        body = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": heard}] * bool(heard)}
        body["messages"] = body["messages"] or [{"role": "system", "content": "Greet the caller."}]
        url = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
        key = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
        sentence = ""
        async with self._session.post(url, json=body, headers=key) as answer:
            async for line in answer.content:
                if not line.startswith(b"data: {"):
                    continue
                choices = json.loads(line[6:])["choices"]
                sentence += choices[0]["delta"].get("content", "") if choices else ""
                if sentence and sentence[-1] in _SENTENCE_ENDS:
                    await tts.send_json({"context_id": str(number), "text": sentence})
                    sentence = ""

    async def _speak(self, tts: aiohttp.ClientWebSocketResponse) -> None:
        async for message in tts:
            sound = base64.b64decode(json.loads(message.data).get("audio") or "")
            for at in range(0, len(sound), 160):
                payload = base64.b64encode(sound[at : at + 160]).decode()
                media = {"event": "media", "streamSid": self._stream_sid, "media": {"payload": payload}}
                await self._caller.send_str(json.dumps(media))


async def media(request: web.Request) -> web.WebSocketResponse:
    """A caller's stream."""
    session: aiohttp.ClientSession = request.app["session"]
    caller = web.WebSocketResponse()
    await caller.prepare(request)
    await caller.receive()
    start = json.loads((await caller.receive()).data)
    listen = f"{os.environ['DEEPGRAM_BASE_URL']}/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000"
    speak = (
        f"{os.environ['ELEVENLABS_BASE_URL']}/v1/text-to-speech/{_VOICE}/multi-stream-input"
        "?model_id=eleven_flash_v2_5&output_format=ulaw_8000&inactivity_timeout=180"
    )
    async with (
        session.ws_connect(listen, headers={"Authorization": "Token k"}) as stt,
        session.ws_connect(speak, headers={"xi-api-key": "k"}) as tts,
    ):
        talking = asyncio.create_task(Call(caller, session, start["streamSid"]).run(stt, tts))
        async for message in caller:
            body = json.loads(message.data)
            if body["event"] == "media":
                ulaw = base64.b64decode(body["media"]["payload"])
                await stt.send_bytes(decode(ulaw).astype("<i2").tobytes())
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
    return caller


async def voice(_: web.Request) -> web.Response:
    """Connects every caller to the stream."""
    host = urlsplit(os.environ["PUBLIC_BASE_URL"]).netloc
    body = f'<Response><Connect><Stream url="wss://{host}/ws"/></Connect></Response>'
    return web.Response(text=body, content_type="application/xml")


async def serve() -> None:
    """Serves until the process ends."""
    app = web.Application()
    app["session"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    app.router.add_post("/twilio/voice", voice)
    app.router.add_post("/twilio/status", voice)
    app.router.add_get("/healthz", lambda _: _healthy())
    app.router.add_get("/ws", media)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    await asyncio.get_running_loop().create_future()


async def _healthy() -> web.Response:
    return web.json_response({"status": "ok"})


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    uvloop.run(serve())
