"""The caller's end of a call: speak, listen, press keys, hang up, misbehave."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from emulators.errors import AgentTimeoutError, CallEndedError, LineNotConnectedError
from emulators.noise import LineNoise
from emulators.twilio.events import CallEvent, Timeline
from emulators.twilio.sound import CallSound
from emulators.twilio.stream import MediaStream
from emulators.twilio.track import FRAME_MS, FRAME_SAMPLES, RATE_HZ
from emulators.twilio.voice import Spell, voiced_bounds

EndedBy = Literal["callee", "caller", "carrier"]

_RESIDUE_S = 1.0  # speech that goes on this long after the caller's turn was not cut short by it


@dataclass
class CallerTurn:
    """One turn of the caller: its first and last voiced moment, in seconds since the answer."""

    start_s: float
    end_s: float
    label: str = ""


class CallOfLine(Protocol):
    """What a line needs of the call that it belongs to."""

    sound: CallSound
    timeline: Timeline
    stream: MediaStream | None
    keys: asyncio.Queue[str]

    def end(self, by: EndedBy, reason: str) -> None:
        """Finish the call."""

    async def wait_ended(self, timeout_s: float | None = None) -> bool:
        """Wait for the end."""


class CallerLine:
    """A scripted caller's telephone. All times are seconds since the call was answered.

    Args:
        noise_dbfs: the level of the line's hiss; None for digital silence.
        loss: the share of frames that never leave, 0 to 1; the tape keeps them.
        jitter_ms: every frame leaves up to this much late, in order.
        echo_db: how far below the agent's voice its echo returns on the wire; None for no echo.
        delay_ms: how long every message is under way between carrier and agent, in either direction.
        duplicates: the share of frames that arrive twice, 0 to 1.
        seed: fixes noise, loss, jitter and duplicates.
    """

    def __init__(
        self,
        *,
        noise_dbfs: float | None = -50.0,
        loss: float = 0.0,
        jitter_ms: float = 0.0,
        echo_db: float | None = None,
        delay_ms: float = 0.0,
        duplicates: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.noise = LineNoise(noise_dbfs, rate_hz=RATE_HZ, seed=seed)
        self.loss = loss
        self.jitter_ms = jitter_ms
        self.echo_db = echo_db
        self.delay_ms = delay_ms
        self.duplicates = duplicates
        self.seed = seed
        self.turns: list[CallerTurn] = []
        self._call: CallOfLine | None = None
        self._listeners: list[tuple[str | None, Callable[[CallEvent], None]]] = []

    # -- the call's side -------------------------------------------------------------------------

    def connect(self, call: CallOfLine) -> None:
        """Bind this line to its one call; done by the carrier when the call is answered."""
        if self._call is not None:
            raise LineNotConnectedError("a line serves one call only")
        self._call = call
        call.timeline.listen(self._tell)

    def on(self, kind: str | None, listener: Callable[[CallEvent], None]) -> None:
        """Call ``listener`` with each event of ``kind``, or of every kind for None."""
        self._listeners.append((kind, listener))

    def _tell(self, event: CallEvent) -> None:
        for kind, listener in self._listeners:
            if kind is None or kind == event.kind:
                listener(event)

    @property
    def _live(self) -> CallOfLine:
        if self._call is None:
            raise LineNotConnectedError("the line has no answered call yet")
        return self._call

    # -- listening -------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """This moment."""
        return self._live.sound.now_s

    @property
    def agent_speaking(self) -> bool:
        """Whether the agent is heard now; gaps under 200 ms count as speech."""
        return self._live.sound.agent.current is not None

    async def wait_stream(self, *, timeout_s: float = 10.0) -> None:
        """Return once the call's media stream is open; keys and raw frames need one."""
        call = self._live
        await call.sound.when(lambda: call.stream is not None, timeout_s, "media stream")

    async def wait_agent_starts(self, *, timeout_s: float = 30.0) -> float:
        """Return when the agent began its answer to the caller's last turn, waiting for it if need be.

        Raises:
            AgentTimeoutError: it stayed silent.
            CallEndedError: the call ended first.
        """
        sound = self._live.sound
        await sound.when(lambda: self._answer() is not None, timeout_s, "agent's voice")
        answer = self._answer()
        return answer.start / RATE_HZ if answer else self.now_s

    async def wait_agent_quiet(self, *, quiet_s: float = 0.6, timeout_s: float = 60.0) -> float:
        """Return when the agent was last heard, once it has been silent for ``quiet_s``."""
        sound = self._live.sound
        await sound.when(lambda: self._is_quiet(quiet_s), timeout_s, "agent's silence")
        return sound.agent.spells[-1].last / RATE_HZ if sound.agent.spells else 0.0

    async def wait_agent_done(self, *, quiet_s: float = 0.8, timeout_s: float = 60.0) -> float:
        """Return when the agent was last heard, once it has answered the last turn and fallen silent.

        It has answered if it began to speak after the caller's last voiced moment, or spoke on for more
        than a second after it. Before the caller's first turn, any speech is an answer.

        Raises:
            AgentTimeoutError: it did not answer, or did not fall silent.
            CallEndedError: the call ended first.
        """
        sound = self._live.sound
        await sound.when(lambda: self._answer() is not None and self._is_quiet(quiet_s), timeout_s, "agent's answer")
        return sound.agent.spells[-1].last / RATE_HZ

    def _answer(self) -> Spell | None:
        since = self.turns[-1].end_s if self.turns else 0.0
        for spell in self._live.sound.agent.spells:
            if spell.start / RATE_HZ >= since or spell.last / RATE_HZ >= since + _RESIDUE_S:
                return spell
        return None

    def _is_quiet(self, quiet_s: float) -> bool:
        sound = self._live.sound
        last = sound.agent.spells[-1].last if sound.agent.spells else 0
        return sound.agent.current is None and sound.ticks * FRAME_SAMPLES - last >= quiet_s * RATE_HZ

    # -- speaking --------------------------------------------------------------------------------

    async def say(self, pcm16_8k: bytes, *, label: str = "", same_turn: bool = False) -> CallerTurn:
        """Send speech after what is queued; return once its last sample has left.

        Args:
            pcm16_8k: 16-bit little-endian mono at 8,000 Hz.
            label: kept with the turn, for instance its text.
            same_turn: it goes on with the turn before, after a pause.
        """
        call = self._live
        samples = np.frombuffer(pcm16_8k, dtype="<i2").astype(np.int16)
        first, last = voiced_bounds(samples) or (0, max(0, len(samples) - 1))
        turn = self.turns[-1] if same_turn and self.turns else CallerTurn(0.0, 0.0)

        def began(start: int) -> None:
            turn.end_s = (start + last) / RATE_HZ
            turn.label = " ".join(filter(None, (turn.label, label)))
            if turn not in self.turns:
                turn.start_s = (start + first) / RATE_HZ
                self.turns.append(turn)
            call.timeline.add((start + first) / RATE_HZ, "caller_turn_started", label=label)

        await call.sound.send(samples, began)
        call.timeline.add(turn.end_s, "caller_turn_ended", label=label)
        return turn

    async def silence(self, seconds: float) -> None:
        """Let the line hiss for ``seconds``."""
        await self.until(self.now_s + seconds)

    async def until(self, at_s: float) -> None:
        """Wait for a moment of the call; at once if it is past."""
        sound = self._live.sound
        await sound.when(lambda: sound.ticks * FRAME_MS / 1000 >= at_s, None, "moment")

    async def press(self, digits: str, gap_ms: float = 200.0) -> None:
        """Press keys one after another."""
        for number, digit in enumerate(digits):
            if number:
                await self.silence(gap_ms / 1000)
            call = self._live
            call.timeline.add(call.sound.now_s, "dtmf", digit=digit)
            if call.stream is not None:
                call.stream.send_digit(digit)
            else:
                call.keys.put_nowait(digit)

    async def hang_up(self) -> None:
        """Hang up and wait until the carrier has put everything away."""
        self._live.end("caller", "caller_hung_up")
        await self._live.wait_ended()

    async def wait_ended(self, timeout_s: float | None = None) -> bool:
        """Return whether the call has ended, waiting for it up to ``timeout_s``."""
        return await self._live.wait_ended(timeout_s)

    # -- faults ----------------------------------------------------------------------------------

    async def send_raw(self, message: str | bytes) -> None:
        """Put a frame on the media stream that no carrier would send; bytes become a binary frame."""
        await self._open_stream().send_raw(message)

    def stall(self, seconds: float) -> None:
        """Let nothing of the agent's arrive for ``seconds``; then all of it arrives at once."""
        self._open_stream().stall(seconds)

    async def drop_stream(self) -> None:
        """Break the media stream's connection without a goodbye, as a network does; the call goes on."""
        self._open_stream().drop()
        await asyncio.sleep(0)

    def _open_stream(self) -> MediaStream:
        stream = self._live.stream
        if stream is None:
            raise LineNotConnectedError("the call has no open media stream now")
        return stream


__all__ = ["AgentTimeoutError", "CallEndedError", "CallerLine", "CallerTurn"]
