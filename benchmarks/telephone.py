"""One caller on a Twilio media stream, light enough for many in a process.

The webhook and the upgrade are signed. Frames leave at t0 + 20 ms * (k + 1), when the last of their samples has been
spoken. What comes back is placed on the tape when a telephone would play it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import numpy as np
from numpy.typing import NDArray

from benchmarks.line import Frame, Heard, NoiseFrames, Tape, as_frame
from benchmarks.stamps import SAMPLES, Stamp, stamp_ulaw
from emulators.noise import mix
from emulators.twilio import twiml, wire
from emulators.twilio.call import new_sid
from emulators.twilio.playout import Playout
from emulators.twilio.track import FRAME_MS, FRAME_SAMPLES, RATE_HZ
from emulators.twilio.web import AgentWeb
from emulators.ulaw import decode, encode

STAMP_EVERY = 10
LOUD = 600
"""A sample of the agent's at least this loud is speech."""
SPELL_GAP = RATE_HZ // 5


class CallFailedError(Exception):
    """The call could not be made, or ended before its script; the message says where."""

    code = "call_failed"


@dataclass(frozen=True)
class Account:
    """Whose calls these are, and where they go."""

    sid: str
    token: str
    public_url: str


class Telephone:
    """A call from its ringing to its end. Moments are in samples since the stream's `start`."""

    def __init__(
        self, account: Account, session: aiohttp.ClientSession, url: str, slot: int, noise: NoiseFrames
    ) -> None:
        """Rings nobody yet.

        Args:
            account: Signs requests.
            session: Shared by all calls of the process.
            url: Where the server listens.
            slot: Told to the recogniser by stamps in the noise; unique among the calls that are going on.
            noise: Shared.
        """
        self.tape = Tape()
        self.call_sid = new_sid("CA")
        self.is_over = False
        self.slot = slot
        self._account = account
        self._web = AgentWeb(session, account.token, account.public_url, lambda: url)
        self._noise = noise
        self._tick = 0
        self._playout = Playout(self.tape.agent)
        self._queue: list[Frame] = []
        self._waiter: tuple[Callable[[], bool], asyncio.Future[None]] | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ids = wire.StreamIds(account.sid, self.call_sid, new_sid("MZ"))
        self._number = 0
        self._action: str | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- the call --------------------------------------------------------------------------------

    async def ring(self, from_: str, to: str) -> None:
        """Calls; returns once the media stream is open and the clock runs.

        Raises:
            CallFailedError: the server did not take the call.
        """
        began_at = time.monotonic()
        stream = await self._ask(from_, to)
        self._action = stream.action
        try:
            self._socket = await self._web.open_stream(stream.url, "correct")
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as exc:
            raise CallFailedError(f"stream: expected an upgrade, got {exc!r}") from exc
        sequence = wire.Sequence(self._ids)
        await self._socket.send_str(sequence.connected())
        await self._socket.send_str(sequence.start(stream.parameters))
        self._number = 1
        self.tape.started_at = time.monotonic()
        self.tape.ring_s = self.tape.started_at - began_at
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._receive())]

    async def _ask(self, from_: str, to: str) -> twiml.Stream:
        form = self._form(from_, to)
        reply = await self._web.request("POST", f"{self._account.public_url}/twilio/voice", form, "correct")
        if not reply.is_ok:
            raise CallFailedError(f"webhook: expected TwiML, got status {reply.status}")
        verbs = twiml.parse(reply.body.decode(), reply.url).verbs
        for verb in verbs:
            if isinstance(verb, twiml.Stream):
                return verb
        raise CallFailedError(f"webhook: expected <Connect><Stream>, got {[type(verb).__name__ for verb in verbs]}")

    def _form(self, from_: str, to: str, status: str = "ringing") -> dict[str, str]:
        return {
            "CallSid": self.call_sid,
            "AccountSid": self._account.sid,
            "From": from_,
            "To": to,
            "CallStatus": status,
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }

    async def hang_up(self, from_: str, to: str) -> None:
        """Ends the call as the carrier does: `stop`, the closed stream, the webhooks."""
        self.is_over = True
        self.tape.holes = [(hole.at, hole.samples) for hole in self._playout.holes]
        if self._socket is not None and not self._socket.closed:
            self._number += 1
            body = {"accountSid": self._account.sid, "callSid": self.call_sid}
            message = {"event": "stop", "sequenceNumber": str(self._number), "stop": body}
            with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                await self._socket.send_str(json.dumps({**message, "streamSid": self._ids.stream_sid}))
                await self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        form = self._form(from_, to, "completed")
        if self._action:
            url = self._web.absolute(self._action, self._account.public_url)
            await self._web.request("POST", url, {**form, "StreamSid": self._ids.stream_sid}, "correct")
        status = {**form, "CallDuration": str(round(self.now / RATE_HZ))}
        await self._web.request("POST", f"{self._account.public_url}/twilio/status", status, "correct")

    # -- what a script does ----------------------------------------------------------------------

    @property
    def now(self) -> int:
        """This moment."""
        return int((time.monotonic() - self.tape.started_at) * RATE_HZ)

    @property
    def next_sample(self) -> int:
        """Where speech that is queued now will begin."""
        return (self._tick + len(self._queue)) * FRAME_SAMPLES

    def say(self, samples: NDArray[np.int16]) -> int:
        """Queues speech over the hiss; returns the sample at which it begins."""
        start = self.next_sample
        for at in range(0, len(samples), FRAME_SAMPLES):
            piece = np.zeros(FRAME_SAMPLES, dtype=np.int16)
            part = samples[at : at + FRAME_SAMPLES]
            piece[: len(part)] = part
            hiss = self._noise.samples[(self._tick + len(self._queue)) % len(self._noise)]
            self._queue.append(as_frame(encode(mix(piece, hiss))))
        return start

    def heard_since(self, sample: int) -> Heard | None:
        """The agent's first stretch of speech that began at or after a moment."""
        return next((heard for heard in self.tape.heard if heard.start >= sample), None)

    def quiet_for(self, samples: int) -> bool:
        """Whether the agent has been silent for so long, and has nothing left to play."""
        return not self.tape.heard or self.now - self.tape.heard[-1].end >= samples

    async def until(self, is_met: Callable[[], bool], timeout_s: float) -> bool:
        """Waits, tick by tick; False if the time is over first.

        Raises:
            CallFailedError: the server closed the stream.
        """
        if is_met():
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiter = (is_met, future)
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiter = None
        if self.is_over:
            raise CallFailedError("the server closed the stream")
        return True

    # -- the line --------------------------------------------------------------------------------

    async def _send(self) -> None:
        tape, noise = self.tape, self._noise
        shift = self.slot * 37
        tail = f'"streamSid":"{self._ids.stream_sid}"}}'
        assert self._socket is not None
        while not self.is_over:
            due = tape.started_at + (self._tick + 1) * FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if self._queue:
                ulaw, payload = self._queue.pop(0)
            else:
                ulaw, payload = noise.frames[(self._tick + shift) % len(noise)]
                if self._tick % STAMP_EVERY == 0:
                    ulaw = ulaw[:-SAMPLES] + stamp_ulaw(Stamp(self.slot, self._tick))
                    payload = base64.b64encode(ulaw).decode()
            tape.caller.append(ulaw)
            self._number += 1
            message = (
                f'{{"event":"media","sequenceNumber":"{self._number}","media":{{"track":"inbound",'
                f'"chunk":"{self._tick + 1}","timestamp":"{self._tick * FRAME_MS}","payload":"{payload}"}},{tail}'
            )
            tape.lateness_ms.append((time.monotonic() - due) * 1000)
            self._tick += 1
            try:
                await self._socket.send_str(message)
                for name in self._playout.take_due_marks(self._tick * FRAME_SAMPLES):
                    await self._echo(name)
            except (ConnectionError, aiohttp.ClientError):
                self._end()
                return
            self._wake()

    async def _echo(self, name: str) -> None:
        assert self._socket is not None
        self._number += 1
        message = {"event": "mark", "sequenceNumber": str(self._number), "mark": {"name": name}}
        await self._socket.send_str(json.dumps({**message, "streamSid": self._ids.stream_sid}))

    async def _receive(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                self.tape.violations.append(f"expected text, got {frame.type}")
                continue
            message = wire.read(frame.data, self._ids.stream_sid)
            now = self.now
            if isinstance(message, wire.MediaIn):
                self._play(now, message.ulaw)
            elif isinstance(message, wire.MarkIn):
                self._playout.mark(now, message.name)
            elif isinstance(message, wire.ClearIn):
                await self._clear(now)
            else:
                self.tape.violations.append(f"{message.code}: {message.detail}")
        self._end()

    def _play(self, now: int, ulaw: bytes) -> None:
        samples = decode(ulaw)
        start = self._playout.play(now, samples)
        self.tape.arrivals.append((now, start, len(samples)))
        loud = np.flatnonzero(np.abs(samples) >= LOUD)
        if not len(loud):
            return
        first, last = start + int(loud[0]), start + int(loud[-1])
        heard = self.tape.heard
        if heard and first - heard[-1].end < SPELL_GAP:
            heard[-1].end = last
        else:
            heard.append(Heard(first, last))

    async def _clear(self, now: int) -> None:
        self.tape.clears.append(now)
        heard = self.tape.heard
        while heard and heard[-1].start >= now:
            heard.pop()
        if heard:
            heard[-1].end = min(heard[-1].end, now)
        for name in self._playout.clear(now):
            await self._echo(name)

    def _end(self) -> None:
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is None:
            return
        is_met, future = self._waiter
        if not future.done() and (self.is_over or is_met()):
            future.set_result(None)


def new_account() -> Account:
    """An account of nobody's."""
    return Account(f"AC{secrets.token_hex(16)}", secrets.token_hex(16), "https://benchmark.invalid")
