"""The other end of the page, for its tests: HTTP as the page needs it, and a WebRTC peer that hums.

It shares no code with the product's server; it serves the product's own files with the product's own headers.
"""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import math
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import uvicorn
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

import web

RATE_HZ = 48_000
FRAME = 960  # samples: 20 ms


class Hum(MediaStreamTrack):
    """A 220 Hz tone: the agent's voice."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._started: float | None = None

    async def recv(self) -> AudioFrame:
        """The next 20 ms, at the time they are due."""
        loop = asyncio.get_running_loop()
        self._started = loop.time() if self._started is None else self._started
        await asyncio.sleep(max(0.0, self._started + self._sent / RATE_HZ - loop.time()))
        at = (self._sent + np.arange(FRAME)) / RATE_HZ
        samples = (np.sin(at * 2 * math.pi * 220) * 9000).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._sent, fractions.Fraction(1, RATE_HZ)
        self._sent += FRAME
        return frame


@dataclass
class FarEnd:
    """What the server does next, and what it has seen. Set fields from the test at any time."""

    key: str = "right-key"
    offer_status: int = 200
    offer_detail: str = ""
    waiting_for: dict[str, str] = field(default_factory=dict)
    about: dict[str, object] | None = None
    call: dict[str, object] = field(default_factory=dict)
    events: list[dict[str, object]] = field(default_factory=list)
    is_silent: bool = False  # answer nothing at all on /api/calls
    offers: list[dict[str, object]] = field(default_factory=list)
    polls_after: list[str | None] = field(default_factory=list)
    url: str = ""
    caller_level: int = 0  # peak of the caller's last 20 ms, of 32768
    lines_ended: int = 0
    _peers: list[RTCPeerConnection] = field(default_factory=list)
    _listening: list[asyncio.Future[None]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _loop: asyncio.AbstractEventLoop | None = None

    def reset(self) -> None:
        """Forgets one test before the next."""
        fresh = FarEnd()
        for name in ("offer_status", "offer_detail", "waiting_for", "about", "call", "events", "is_silent", "offers"):
            setattr(self, name, getattr(fresh, name))
        self.hang_up()
        self.polls_after.clear()
        self.caller_level = self.lines_ended = 0

    def say(self, kind: str, **body: object) -> None:
        """Appends one event to the call's journal."""
        seq = len(self.events) + 1
        self.events.append({"seq": seq, "kind": kind, "at": "2026-03-11T08:00:00Z", "body": body})

    def hang_up(self) -> None:
        """Closes every line from this side, as a server does after its goodbye."""
        if self._loop is None:
            return

        async def close() -> None:
            peers, self._peers = self._peers, []
            await asyncio.gather(*(peer.close() for peer in peers))

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)

    def wait_for_caller(self, *, is_loud: bool) -> None:
        """Returns once the caller's sound is loud, or silent."""
        self._wait(lambda: self.caller_level > 1000 if is_loud else self.caller_level < 10)

    def wait_for_end_of_line(self) -> None:
        """Returns once the page has closed its line."""
        self._wait(lambda: self.lines_ended > 0)

    def wait_for_polls(self, count: int) -> None:
        """Returns once the page has asked for news this often."""
        self._wait(lambda: len(self.polls_after) >= count)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(is_so, timeout=10), "it did not come about within 10 s"

    def _note(self, **changes: int) -> None:
        with self._changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self._changed.notify_all()

    def serve(self) -> Callable[[], None]:
        """Starts serving on a free port of the loopback; returns what stops it."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(self._app(), log_level="error", lifespan="off"))
        started = threading.Event()

        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            started.set()
            await server.serve(sockets=[listener])

        thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
        thread.start()
        started.wait(10)

        def stop() -> None:
            self.hang_up()
            server.should_exit = True
            thread.join(10)

        return stop

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def headers(request: Request, call_next: Callable) -> Response:
            response = await call_next(request)
            response.headers.update(web.HEADERS)
            return response

        @app.get("/")
        async def page() -> Response:
            return Response(web.PAGE.read_bytes(), media_type="text/html")

        @app.get("/readyz")
        async def readyz() -> Response:
            body = {"ready": not self.waiting_for, "waiting_for": self.waiting_for}
            return JSONResponse(body, status_code=503 if self.waiting_for else 200)

        @app.get("/api/about")
        async def about(request: Request) -> Response:
            if refusal := self._refuse(request):
                return refusal
            return JSONResponse(self.about) if self.about is not None else Response(status_code=404)

        @app.post("/api/offer")
        async def offer(request: Request) -> Response:
            if refusal := self._refuse(request):
                return refusal
            body = await request.json()
            self.offers.append(body)
            if self.offer_status != 200:
                return JSONResponse({"detail": self.offer_detail}, status_code=self.offer_status)
            return JSONResponse(await self._answer(body))

        @app.get("/api/calls/{call_id}")
        async def call(call_id: str, request: Request, after: str | None = None) -> Response:
            if self.is_silent:
                return Response(status_code=502)
            with self._changed:
                self.polls_after.append(after)
                self._changed.notify_all()
            later = [event for event in self.events if after is None or int(str(event["seq"])) > int(after)]
            return JSONResponse({"call": {"call_id": call_id, **self.call}, "events": later})

        app.mount("/static", StaticFiles(directory=web.STATIC))
        return app

    def _refuse(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return JSONResponse({"detail": "key"}, status_code=401)

    async def _answer(self, offer: dict[str, str]) -> dict[str, str]:
        peer = RTCPeerConnection()
        self._peers.append(peer)
        peer.addTrack(Hum())

        @peer.on("connectionstatechange")
        def follow() -> None:
            if peer.connectionState in {"closed", "failed"}:
                self._note(lines_ended=self.lines_ended + 1)

        @peer.on("track")
        def listen(track: MediaStreamTrack) -> None:
            self._listening.append(asyncio.ensure_future(self._listen(track)))

        await peer.setRemoteDescription(RTCSessionDescription(offer["sdp"], offer["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        description = peer.localDescription
        return {"sdp": description.sdp, "type": description.type, "pc_id": "pc-1", "call_id": "call-7f3a"}

    async def _listen(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self._note(caller_level=int(np.abs(frame.to_ndarray()).max()))
