"""The sound of one call: a clock of 20 ms ticks, what the caller sends, what the caller hears."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emulators.errors import AgentTimeoutError, CallEndedError
from emulators.noise import LineNoise, mix
from emulators.twilio.events import Timeline
from emulators.twilio.playout import Playout
from emulators.twilio.tape import Stereo, Tape
from emulators.twilio.track import FRAME_MS, FRAME_SAMPLES, RATE_HZ
from emulators.twilio.voice import VoiceTracker
from emulators.ulaw import Samples

_ECHO_DELAY = RATE_HZ * 80 // 1000

FrameSink = Callable[[int, Samples], None]


@dataclass
class _Clip:
    """Speech on its way to the wire."""

    samples: Samples
    sent: asyncio.Future[None]
    began: Callable[[int], None]
    position: int = 0


@dataclass
class _Waiter:
    is_met: Callable[[], bool]
    met: asyncio.Future[None]


class CallSound:
    """Everything audible in a call, on one monotonic clock that starts when it is answered.

    Args:
        timeline: where agent_started and agent_stopped are reported.
        noise: the line's hiss.
        echo_db: how far below the agent's voice its echo comes back on the wire; None for no echo.
    """

    def __init__(self, timeline: Timeline, noise: LineNoise, *, echo_db: float | None = None) -> None:
        self.tape = Tape()
        self.playout = Playout(self.tape.agent)
        self.agent = VoiceTracker()
        self.sink: FrameSink | None = None
        self.on_tick: Callable[[int], None] | None = None
        self.started = time.monotonic()
        self.ticks = 0
        self._timeline = timeline
        self._noise = noise
        self._echo_gain = None if echo_db is None else 10.0 ** (-abs(echo_db) / 20.0)
        self._clips: deque[_Clip] = deque()
        self._waiters: list[_Waiter] = []
        self._is_over = False

    @property
    def now(self) -> int:
        """The sample number of this moment."""
        return int((time.monotonic() - self.started) * RATE_HZ)

    @property
    def now_s(self) -> float:
        """Seconds since the call was answered."""
        return time.monotonic() - self.started

    async def run(self) -> None:
        """Tick until cancelled, on an absolute schedule.

        Frame k, which sounded from k * 20 ms to its end 20 ms later, leaves at that end: no telephone can
        send what has not been said yet.
        """
        self.started = time.monotonic()
        while True:
            delay_s = self.started + (self.ticks + 1) * FRAME_MS / 1000 - time.monotonic()
            await asyncio.sleep(max(0.0, delay_s))
            self._tick()

    def finish(self) -> Stereo:
        """Stop for good: whoever waits is told that the call ended; return the recording."""
        self._is_over = True
        end = min(self.now, self.ticks * FRAME_SAMPLES)
        for clip in self._clips:
            _fail(clip.sent)
        for waiter in self._waiters:
            _fail(waiter.met)
        self._clips.clear()
        self._waiters.clear()
        return self.tape.stereo(end)

    async def send(self, samples: Samples, began: Callable[[int], None]) -> None:
        """Put speech on the wire after what is queued; return once its last sample is sent.

        Args:
            samples: 8 kHz.
            began: told the sample number of the first sample when it is sent.
        """
        self._require_running()
        if len(samples) == 0:
            return
        clip = _Clip(samples, asyncio.get_running_loop().create_future(), began)
        self._clips.append(clip)
        try:
            await clip.sent
        except asyncio.CancelledError:
            if clip in self._clips:
                self._clips.remove(clip)
            raise

    async def when(self, is_met: Callable[[], bool], timeout_s: float | None, what: str) -> None:
        """Return at the first tick at which ``is_met()``.

        Raises:
            AgentTimeoutError: it was not met within ``timeout_s``.
            CallEndedError: the call ended first.
        """
        self._require_running()
        if is_met():
            return
        waiter = _Waiter(is_met, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter.met
        except TimeoutError as exc:
            raise AgentTimeoutError(f"{what}: expected within {timeout_s} s") from exc
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def play(self, samples: Samples) -> None:
        """Let the caller hear ``samples`` from the carrier itself; cut off when cancelled."""
        end = self.playout.play(self.now, samples) + len(samples)
        try:
            await self.when(lambda: self.ticks * FRAME_SAMPLES >= end, None, "carrier's own sound")
        except asyncio.CancelledError:
            self.playout.clear(self.now)
            raise

    def _require_running(self) -> None:
        if self._is_over:
            raise CallEndedError("the call has ended")

    def _tick(self) -> None:
        at = self.ticks * FRAME_SAMPLES
        hiss = self._noise.take(FRAME_SAMPLES)
        heard = mix(self._next_speech(at), hiss) if self._clips else hiss
        self.tape.caller.write(at, heard)
        if self.sink is not None:
            self.sink(self.ticks, self._with_echo(heard, at))
        self.ticks += 1
        self._follow_agent(at)
        if self.on_tick is not None:
            self.on_tick(at + FRAME_SAMPLES)
        for waiter in [waiter for waiter in self._waiters if waiter.is_met()]:
            if not waiter.met.done():
                waiter.met.set_result(None)

    def _next_speech(self, at: int) -> Samples:
        frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        filled = 0
        while self._clips and filled < FRAME_SAMPLES:
            clip = self._clips[0]
            if clip.position == 0:
                clip.began(at + filled)
            part = clip.samples[clip.position : clip.position + FRAME_SAMPLES - filled]
            frame[filled : filled + len(part)] = part
            filled += len(part)
            clip.position += len(part)
            if clip.position >= len(clip.samples):
                self._clips.popleft()
                if not clip.sent.done():
                    clip.sent.set_result(None)
        return frame

    def _with_echo(self, frame: Samples, at: int) -> Samples:
        if self._echo_gain is None:
            return frame
        echo = self.tape.agent.read(at - _ECHO_DELAY, at - _ECHO_DELAY + FRAME_SAMPLES)
        return mix(frame, (echo * self._echo_gain).astype("int16"))

    def _follow_agent(self, at: int) -> None:
        spell = self.agent.feed(at, self.tape.agent.read(at, at + FRAME_SAMPLES))
        if spell is None:
            return
        if spell.end is None:
            self._timeline.add(spell.start / RATE_HZ, "agent_started")
        else:
            self._timeline.add(spell.end / RATE_HZ, "agent_stopped")


def _fail(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(CallEndedError("the call has ended"))
        future.exception()  # nobody may be waiting any more: then it is not an error that nobody looked
