"""The agent's end of a carrier's calls, for tests: webhooks and a media WebSocket on FastAPI and uvicorn."""

import asyncio
import base64
import json
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from twilio.request_validator import RequestValidator

from emulators.ulaw import encode

ACCOUNT = "AC" + "0a" * 16
TOKEN = "a-token-for-tests"
PUBLIC = "https://voice.example"
STREAM_URL = "wss://voice.example/media/twilio/t0k3n"
CONNECT = f'<Response><Connect><Stream url="{STREAM_URL}"/></Connect></Response>'


def tone(seconds: float, hz: float = 300.0, amplitude: int = 8000) -> np.ndarray:
    """Voiced samples at 8 kHz."""
    return (np.sin(np.arange(int(seconds * 8000)) * 2 * np.pi * hz / 8000) * amplitude).astype(np.int16)


@dataclass
class Hit:
    """A request to a webhook."""

    path: str
    form: dict[str, str]
    is_signed: bool
    headers: dict[str, str]


@dataclass
class Leg:
    """One media stream as the agent has it."""

    socket: WebSocket
    is_signed: bool
    messages: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)  # of media frames, monotonic seconds
    sid: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message.get("event") == event]

    async def until(self, is_met: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_met():
                self.news.clear()
                await self.news.wait()

    async def send(self, event: str, **body: Any) -> None:
        await self.socket.send_text(json.dumps({"event": event, "streamSid": self.sid, **body}))

    async def play(self, samples: np.ndarray) -> None:
        await self.send("media", media={"payload": base64.b64encode(encode(samples)).decode()})

    async def mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})


Behaviour = Callable[[Leg], Awaitable[None]]


async def listen(leg: Leg) -> None:
    """Do nothing but receive."""
    await leg.until(lambda: bool(leg.of("stop")))


class FarAgent:
    """Answers each path with TwiML or bytes from ``answers`` and runs ``behaviour`` on each stream."""

    def __init__(self) -> None:
        self.answers: dict[str, str | bytes | int] = {"/twilio/voice": CONNECT}
        self.behaviour: Behaviour = listen
        self.hits: list[Hit] = []
        self.legs: list[Leg] = []
        self.closed: list[int] = []
        self._failures: list[BaseException] = []
        self._validator = RequestValidator(TOKEN)
        app = FastAPI()
        app.add_api_route("/{path:path}", self._http, methods=["GET", "POST"])
        app.add_api_websocket_route("/{path:path}", self._stream)
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "FarAgent":
        self._socket.listen()
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        assert self._task is not None
        await self._task
        if self._failures:
            raise self._failures[0]

    def hits_of(self, path: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.path == path]

    async def _http(self, request: Request) -> Response:
        form = await request.form()
        url = PUBLIC + request.url.path + (f"?{request.url.query}" if request.url.query else "")
        signature = request.headers.get("x-twilio-signature", "")
        is_signed = self._validator.validate(url, form, signature)
        fields = {key: str(value) for key, value in form.items()}
        self.hits.append(Hit(request.url.path, fields, is_signed, dict(request.headers)))
        answer = self.answers.get(request.url.path, 204)
        if isinstance(answer, int):
            return Response(status_code=answer)
        if isinstance(answer, bytes):
            return Response(answer, media_type="audio/wav")
        return Response(answer, media_type="text/xml")

    async def _stream(self, ws: WebSocket) -> None:
        signature = ws.headers.get("x-twilio-signature", "")
        leg = Leg(ws, self._validator.validate("wss://voice.example" + ws.url.path, {}, signature))
        if not leg.is_signed:
            await ws.close(1008)
            return
        await ws.accept()
        self.legs.append(leg)
        running: asyncio.Task[None] | None = None
        try:
            while True:
                message = await ws.receive()
                if message["type"] == "websocket.disconnect":
                    self.closed.append(message["code"])
                    break
                body = json.loads(message["text"]) if _is_json(message.get("text")) else {"raw": message}
                leg.messages.append(body)
                if body.get("event") == "media":
                    leg.arrivals.append(time.monotonic())
                leg.news.set()
                if body.get("event") == "start":
                    leg.sid = body["streamSid"]
                    running = asyncio.create_task(self._behave(leg))
        finally:
            if running is not None:
                await running

    async def _behave(self, leg: Leg) -> None:
        try:
            await self.behaviour(leg)
        except (WebSocketDisconnect, RuntimeError):
            return  # the carrier has closed while the agent was sending
        except Exception as exc:  # noqa: BLE001  (raised again at the end of the test)
            self._failures.append(exc)


def _is_json(text: str | None) -> bool:
    try:
        return isinstance(json.loads(text or ""), dict)
    except ValueError:
        return False
