"""One media stream: a WebSocket to the agent, written on schedule and read strictly."""

import asyncio
import random
import time
from collections.abc import Callable

import aiohttp

from emulators.twilio import wire
from emulators.twilio.sound import CallSound
from emulators.twilio.track import FRAME_MS, RATE_HZ
from emulators.ulaw import Samples, decode, encode

_CLOSE_S = 2.0


class MediaStream:
    """Sends the caller's frames from the tick after ``start``, plays what comes back, echoes marks.

    Args:
        socket: open; this object closes it.
        ids: the SIDs of the stream.
        sound: the call's sound, which ticks.
        report: told ``(kind, detail)`` of clears and marks, and of violations.
        loss: the share of media frames that are dropped, 0 to 1.
        jitter_ms: each media frame leaves up to this much late, in order.
        delay_ms: how long a message is under way, in either direction.
        duplicates: the share of media frames that are sent twice, 0 to 1.
        seed: fixes loss, jitter and duplicates.
    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        ids: wire.StreamIds,
        sound: CallSound,
        report: Callable[[str, dict[str, str]], None],
        *,
        loss: float = 0.0,
        jitter_ms: float = 0.0,
        delay_ms: float = 0.0,
        duplicates: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.ids = ids
        self.frames_received = 0
        self.send_lateness_ms: list[float] = []
        self._socket = socket
        self._sound = sound
        self._report = report
        self._loss = loss
        self._jitter_s = jitter_ms / 1000
        self._delay_s = delay_ms / 1000
        self._duplicates = duplicates
        self._chance = random.Random(seed)
        self._arriving: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._stalled_until = 0.0
        self._sequence = wire.Sequence(ids)
        self._outgoing: asyncio.Queue[tuple[float, Callable[[], str] | str | bytes]] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None
        self._first_tick: int | None = None
        self._is_stopping = False

    async def open(self, parameters: dict[str, str]) -> None:
        """Send ``connected`` and ``start``."""
        await self._socket.send_str(self._sequence.connected())
        await self._socket.send_str(self._sequence.start(parameters))

    async def run(self) -> None:
        """Exchange audio until the agent closes the socket or the connection breaks."""
        self._sound.sink = self._send_frame
        self._sound.on_tick = self._send_due_marks
        helpers = [asyncio.create_task(self._write())]
        if self._delay_s:
            helpers.append(asyncio.create_task(self._deliver()))
        self._reader = asyncio.create_task(self._read())
        try:
            await asyncio.shield(self._reader)  # cancelled, aiohttp could not close politely any more
        finally:
            self._sound.sink = None
            self._sound.on_tick = None
            for helper in helpers:
                helper.cancel()

    async def stop(self) -> None:
        """Say ``stop`` and close; what has not been played is dropped, as its buffer is gone."""
        self._is_stopping = True
        self._sound.playout.clear(self._sound.now)
        if not self._socket.closed:
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await self._socket.send_str(self._sequence.stop())
                    await self._socket.close()
            except (TimeoutError, ConnectionError, aiohttp.ClientError):
                self.drop()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})

    def stall(self, seconds: float) -> None:
        """Hold back what comes from the agent; needs a stream with a delay."""
        self._stalled_until = time.monotonic() + seconds

    def drop(self) -> None:
        """Break the connection: no ``stop``, no closing handshake."""
        writer = self._socket._writer  # aiohttp offers no public way to cut a WebSocket without a goodbye
        if writer.transport is not None:
            writer.transport.abort()

    @property
    def close_code(self) -> int | None:
        """The code by which the socket was closed; 1006 if it broke; None while it is open."""
        return self._socket.close_code

    def send_digit(self, digit: str) -> None:
        """Queue a key press."""
        self._outgoing.put_nowait((self._now(), lambda: self._sequence.dtmf(digit)))

    async def send_raw(self, message: str | bytes) -> None:
        """Send any frame at all, in its turn."""
        self._outgoing.put_nowait((0.0, message))
        await asyncio.sleep(0)

    def _send_frame(self, tick: int, samples: Samples) -> None:
        if self._first_tick is None:
            self._first_tick = tick
        if self._loss and self._chance.random() < self._loss:
            return
        timestamp_ms = (tick - self._first_tick) * FRAME_MS
        due = self._sound.started + (tick + 1) * FRAME_MS / 1000
        if self._jitter_s:
            due += self._chance.random() * self._jitter_s
        payload = encode(samples)
        twice = bool(self._duplicates) and self._chance.random() < self._duplicates
        message: Callable[[], str] = lambda: self._sequence.media(payload, timestamp_ms)  # noqa: E731
        if twice:
            message = _said_twice(message)
        self._outgoing.put_nowait((due, message))
        if twice:
            self._outgoing.put_nowait((due, message))

    async def _deliver(self) -> None:
        """Hand on what the agent has sent when it arrives, in order."""
        while True:
            due, text = await self._arriving.get()
            while (delay_s := max(due, self._stalled_until) - time.monotonic()) > 0:
                await asyncio.sleep(delay_s)
            self._take(text)

    def _send_due_marks(self, at: int) -> None:
        for name in self._sound.playout.take_due_marks(at):
            self._echo(name)

    def _echo(self, name: str) -> None:
        self._report("mark", {"name": name})
        self._outgoing.put_nowait((self._now(), lambda: self._sequence.mark(name)))

    def _now(self) -> float:
        return time.monotonic() if self._delay_s else 0.0

    async def _write(self) -> None:
        # messages are numbered when they leave, so that the numbers rise whatever jitter does
        while True:
            due, message = await self._outgoing.get()
            delay_s = due + self._delay_s - time.monotonic()
            if due and delay_s > 0:
                await asyncio.sleep(delay_s)
            if due:
                self.send_lateness_ms.append((time.monotonic() - due - self._delay_s) * 1000)
            try:
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_str(message if isinstance(message, str) else message())
            except (ConnectionError, aiohttp.ClientError):
                return  # the reader sees the same end and tells of it

    async def _read(self) -> None:
        async for frame in self._socket:
            if self._is_stopping:
                continue
            if frame.type is aiohttp.WSMsgType.TEXT:
                if self._delay_s:
                    self._arriving.put_nowait((time.monotonic() + self._delay_s, frame.data))
                else:
                    self._take(frame.data)
            elif frame.type is aiohttp.WSMsgType.BINARY:
                self._violate(wire.Violation("binary_frame", f"expected text, got {len(frame.data)} bytes"))

    def _take(self, text: str) -> None:
        now = self._sound.now
        message = wire.read(text, self.ids.stream_sid)
        if isinstance(message, wire.MediaIn):
            self.frames_received += 1
            self._sound.playout.play(now, decode(message.ulaw))
        elif isinstance(message, wire.MarkIn):
            self._sound.playout.mark(now, message.name)
        elif isinstance(message, wire.ClearIn):
            left_ms = max(0, self._sound.playout.end - now) * 1000 // RATE_HZ
            self._report("clear", {"dropped_ms": str(left_ms)})
            for name in self._sound.playout.clear(now):
                self._echo(name)
        else:
            self._violate(message)

    def _violate(self, violation: wire.Violation) -> None:
        self._report("violation", {"code": violation.code, "detail": violation.detail})


def _said_twice(message: Callable[[], str]) -> Callable[[], str]:
    """The same text at both calls, its numbers too, as a frame that a network has doubled."""
    said: list[str] = []

    def say() -> str:
        if not said:
            said.append(message())
        return said[0]

    return say
