"""One media socket to the agent: the caller's frames on schedule, the agent's in a buffer of ten seconds."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from emulators.twilio.sound import CallSound
from emulators.twilio.track import FRAME_MS, FRAME_SAMPLES, RATE_HZ
from emulators.twilio.wire import Violation
from emulators.ulaw import Samples
from emulators.voximplant.wire import Control, Receiving, Sending, Sound

BUFFER_SAMPLES = 10 * RATE_HZ
ENDED_SAMPLES = RATE_HZ
"""Silence after which the platform says that media has ended."""
_CLOSE_S = 2.0

Handle = Callable[[str, dict[str, Any]], Awaitable[None]]


class PlatformStream:
    """Sends the caller's sound, plays the agent's, and carries the scenario's messages.

    Args:
        socket: open; this object closes it.
        sound: the call's sound, which ticks.
        report: told ``(kind, detail)`` of clears, ends of playback, and violations.
        handle: awaited with each message for the scenario.
        encoding: how μ-law is spelled.
        loss: the share of frames that never leave.
        jitter_ms: each frame leaves up to this much late, in order.
        delay_ms: how long every message is under way, in either direction.
        seed: fixes loss and jitter.
    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        sound: CallSound,
        report: Callable[[str, dict[str, str]], None],
        handle: Handle,
        *,
        encoding: str = "ULAW",
        loss: float = 0.0,
        jitter_ms: float = 0.0,
        delay_ms: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.generation = 0
        self._socket = socket
        self._sound = sound
        self._report = report
        self._handle = handle
        self._sending = Sending(encoding)
        self._receiving = Receiving(encoding)
        self._loss = loss
        self._jitter_s = jitter_ms / 1000
        self._delay_s = delay_ms / 1000
        self._arriving: asyncio.Queue[tuple[float, aiohttp.WSMessage | None]] = asyncio.Queue()
        self._chance = random.Random(seed)
        self._outgoing: asyncio.Queue[tuple[float, str | bytes]] = asyncio.Queue()
        self._first_tick: int | None = None
        self._is_sounding = False
        self._is_stopping = False
        self._reader: asyncio.Task[None] | None = None

    async def open(self, parameters: dict[str, str]) -> None:
        """Send ``start``."""
        await self._socket.send_str(self._sending.start(parameters))

    async def run(self) -> None:
        """Exchange audio until the agent closes the socket or the connection breaks."""
        self._sound.sink = self._send_frame
        self._sound.on_tick = self._notice_end
        writer = asyncio.create_task(self._write())
        self._reader = asyncio.create_task(self._read())
        try:
            await asyncio.shield(self._reader)  # cancelled, aiohttp could not close politely any more
        finally:
            self._sound.sink = None
            self._sound.on_tick = None
            writer.cancel()

    async def stop(self) -> None:
        """Say ``stop`` and close; what has not been played is dropped."""
        self._is_stopping = True
        self._sound.playout.clear(self._sound.now)
        if not self._socket.closed:
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await self._socket.send_str(self._sending.stop())
                    await self._socket.close()
            except (TimeoutError, ConnectionError, aiohttp.ClientError):
                self.drop()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})

    def drop(self) -> None:
        """Break the connection: no ``stop``, no closing handshake."""
        writer = self._socket._writer  # aiohttp offers no public way to cut a WebSocket without a goodbye
        if writer.transport is not None:
            writer.transport.abort()

    def tell(self, name: str, **fields: Any) -> None:
        """Send a message of the scenario's."""
        self._send(json.dumps({"customEvent": name, **fields}))

    def _send(self, message: str | bytes, due: float = 0.0) -> None:
        self._outgoing.put_nowait((max(due, time.monotonic()) + self._delay_s, message))

    async def answer(self, number: int) -> None:
        """Say at once that a request is done: what follows may end the socket."""
        await asyncio.sleep(self._delay_s)
        await self._socket.send_str(json.dumps({"customEvent": "done", "id": number}))

    def send_digit(self, digit: str) -> None:
        """Relay a key press."""
        self.tell("dtmf", digit=digit)

    async def send_raw(self, message: str | bytes) -> None:
        """Send any frame at all, in its turn."""
        self._send(message)
        await asyncio.sleep(0)

    def clear(self, generation: int) -> None:
        """Drop what has not been played; the platform says at once that media has ended, which means nothing."""
        now = self._sound.now
        left_ms = max(0, self._sound.playout.end - now) * 1000 // RATE_HZ
        self._report("clear", {"dropped_ms": str(left_ms)})
        self._sound.playout.clear(now)
        self.generation = generation
        self._tell_end()

    def _notice_end(self, at: int) -> None:
        if self._is_sounding and at >= self._sound.playout.end + ENDED_SAMPLES:
            self._tell_end()

    def _tell_end(self) -> None:
        self._is_sounding = False
        self._report("media_ended", {"generation": str(self.generation)})
        self.tell("playback_ended", generation=self.generation)

    def _send_frame(self, tick: int, samples: Samples) -> None:
        if self._first_tick is None:
            self._first_tick = tick
        if self._loss and self._chance.random() < self._loss:
            self._sending.skip()
            return
        due = self._sound.started + (tick + 1) * FRAME_MS / 1000
        if self._jitter_s:
            due += self._chance.random() * self._jitter_s
        timestamp = (tick - self._first_tick + 1) * FRAME_SAMPLES
        self._send(self._sending.media(samples, timestamp), due)

    async def _write(self) -> None:
        while True:
            due, message = await self._outgoing.get()
            delay_s = due - time.monotonic()
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            try:
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_str(message)
            except (ConnectionError, aiohttp.ClientError):
                return  # the reader sees the same end and tells of it

    async def _read(self) -> None:
        taking = asyncio.create_task(self._take_arrivals())
        try:
            async for frame in self._socket:
                self._arriving.put_nowait((time.monotonic() + self._delay_s, frame))
            self._arriving.put_nowait((0.0, None))
            await taking
        finally:
            taking.cancel()

    async def _take_arrivals(self) -> None:
        while True:
            due, frame = await self._arriving.get()
            if frame is None:
                return
            if (delay_s := due - time.monotonic()) > 0:
                await asyncio.sleep(delay_s)
            if not self._is_stopping:
                await self._take(frame)

    async def _take(self, frame: aiohttp.WSMessage) -> None:
        if frame.type is not aiohttp.WSMsgType.TEXT:
            self._violate(Violation("binary_frame", "expected text"))
            return
        message = self._receiving.read(frame.data)
        if isinstance(message, Sound):
            self._play(message.samples)
        elif isinstance(message, Control):
            await self._handle(message.name, message.fields)
        elif message is not None:
            self._violate(message)

    def _play(self, samples: Samples) -> None:
        now = self._sound.now
        room = BUFFER_SAMPLES - max(0, self._sound.playout.end - now)
        if len(samples) > room:
            self._violate(Violation("buffer_overflow", f"10 s are buffered: {len(samples) - room} samples discarded"))
            samples = samples[: max(0, room)]
        if len(samples):
            self._sound.playout.play(now, samples)
            self._is_sounding = True

    def _violate(self, violation: Violation) -> None:
        self._report("violation", {"code": violation.code, "detail": violation.detail})
