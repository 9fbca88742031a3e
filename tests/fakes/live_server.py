"""A real server in this process on a free port, with a carrier that signs as Twilio's own library does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import websockets
from twilio.request_validator import RequestValidator

import server
from bot.settings import Settings
from bot.supervisor import Timings

ACCOUNT = "AC" + "a" * 32
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://voice.example.com"
TESTS = Path(__file__).resolve().parents[1]
SESSION = "fakes.echo_session"


def server_settings(data_dir: Path, **changes: Any) -> Settings:
    """Settings of a server that answers Twilio and needs no embedded server."""
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "public_base_url": PUBLIC,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": AUTH_TOKEN,
        "embedded_url": "http://127.0.0.1:9/v1",
        "port": 0,
        "spare_processes": 0,
        "drain_limit_s": 20,
    }
    return Settings(_env_file=None, **(values | changes))


def new_call_id() -> str:
    """A CallSid nobody has used."""
    return "CA" + secrets.token_hex(16)


class LiveServer:
    """A running server and ways to talk to it as a carrier and as an operator."""

    def __init__(self, app: Any, running: server.CallServer, port: int, client: httpx.AsyncClient) -> None:
        self.house: server.House = app.state.house
        self.running = running
        self.port = port
        self.client = client

    async def webhook(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """A signed form POST; headers given replace those of the carrier."""
        signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + path, form)
        sent = {"X-Twilio-Signature": signature} | {name.replace("_", "-"): v for name, v in headers.items()}
        return await self.client.post(path, data=form, headers=sent)

    async def ring(self, call_id: str, **fields: str) -> httpx.Response:
        """The webhook of a call that comes in."""
        return await self.webhook("/twilio/voice", ring_form(call_id, **fields))

    async def stream_path(self, call_id: str) -> str:
        """Rings and gives the path of the stream the TwiML asks for."""
        return media_path((await self.ring(call_id)).text)

    @asynccontextmanager
    async def stream(self, path: str, call_id: str) -> AsyncIterator[websockets.ClientConnection]:
        """A media stream that has begun as Twilio begins it."""
        async with self.upgrade(path) as stream:
            for message in first_messages(call_id):
                await stream.send(message)
            for _ in range(2):  # the session sends everything back
                await stream.recv()
            yield stream

    def upgrade(self, path: str, signature: str | None = None, **options: Any) -> websockets.connect:
        """A WebSocket connection to a media path, signed unless another signature is given."""
        if signature is None:
            signature = RequestValidator(AUTH_TOKEN).compute_signature("wss://voice.example.com" + path, {})
        headers = {"X-Twilio-Signature": signature} if signature else {}
        return websockets.connect(f"ws://127.0.0.1:{self.port}{path}", additional_headers=headers, **options)

    async def raw(self, request: bytes) -> bytes:
        """Sends bytes and gives all that comes back until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    async def api(self, path: str) -> httpx.Response:
        """An authorised GET."""
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.house.key}"})

    async def call(self, call_id: str) -> dict[str, Any]:
        """A call's row."""
        answer: dict[str, Any] = (await self.api(f"/api/calls/{call_id}")).json()["call"]
        return answer

    async def call_when_over(self, call_id: str) -> dict[str, Any]:
        """A call's row once its end is recorded."""
        await asyncio.wait_for(self.house.supervisor.wait_end(call_id, 60), 60)
        return await self.call(call_id)

    async def idle(self) -> None:
        """Returns when no call is left."""
        async with asyncio.timeout(30):
            while self.house.supervisor.stats()["active"]:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def live_server(settings: Settings, timings: Timings | None = None) -> AsyncIterator[LiveServer]:
    """A server for as long as the block lasts; its call processes import from the tests."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TESTS), before]))
    app = server.create_app(settings, session=SESSION, timings=timings)
    listener = server.bind(settings)
    port = listener.getsockname()[1]
    running = server.create_server(app)
    serving = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:
        if serving.done():
            await serving
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield LiveServer(app, running, port, client)
    finally:
        running.should_exit = True
        await asyncio.wait_for(serving, 60)
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def ring_form(call_id: str, **fields: str) -> dict[str, str]:
    """The fields Twilio posts, blank ones among them."""
    form = {
        "CallSid": call_id,
        "AccountSid": ACCOUNT,
        "From": "+380501112233",
        "To": "+380441112233",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "CallerName": "",
    }
    return form | fields


def media_path(twiml: str) -> str:
    """The path of the stream in a TwiML answer."""
    found = re.search(r'url="wss://[^/"]+(/media/twilio/[^"?]+)"', twiml)
    assert found, twiml
    return found[1]


def first_messages(call_id: str, **start: Any) -> list[str]:
    """`connected` and `start` of a stream."""
    body = {
        "accountSid": ACCOUNT,
        "streamSid": "MZ" + "b" * 32,
        "callSid": call_id,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    }
    return [
        json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}),
        json.dumps({"event": "start", "sequenceNumber": "1", "start": body | start, "streamSid": "MZ" + "b" * 32}),
    ]


def children(parent: int | str = "self") -> set[int]:
    """Processes started by a process, this one if none is named, that are still there."""
    found: set[int] = set()
    for task in Path(f"/proc/{parent}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def call_processes(server: int | str = "self") -> set[int]:
    """The call processes of a server, spare ones among them: forked from its template, or started by itself."""
    own = children(server)
    templates = {pid for pid in own if b"--template-fd" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    return (own - templates).union(*(children(pid) for pid in templates))


def descriptors() -> set[str]:
    """What this process has open, apart from files under /dev and /usr."""
    shown = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            shown.add(f"{entry.name}={entry.readlink()}")
        except FileNotFoundError:
            continue
    return {name for name in shown if "socket:" in name or "pipe:" in name}
