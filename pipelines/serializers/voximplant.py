"""Voximplant's media over WebSocket as a Pipecat serializer, tolerant of bad messages and aware of what was played.

The wire has no marks and no clear. Our scenario fills the gap: it clears the buffer when told to, and relays that
playback has ended, which the platform notices after a second of silence. Each clear begins a new *generation*, so
that the end of what was cleared is not taken for the end of what came after it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from loguru import logger
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.audio.utils import alaw_to_pcm, create_stream_resampler, pcm_to_alaw, pcm_to_ulaw, ulaw_to_pcm
from pipecat.frames.frames import (
    AudioRawFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup

from pipelines.serializers.voximplant_wire import (
    BYTES_PER_SAMPLE,
    RATE_HZ,
    ChunkOrder,
    Custom,
    Media,
    MediaFormat,
    Sequence,
    Start,
    WireError,
    number,
    read,
)
from pipelines.wire import WireSerializer

TAG = "assistant"
SILENCE_S = 1.0
"""Silence after which the platform says that playback has ended."""
RELAY_LIMIT_S = 2.0
# Clocks of two machines; an end told earlier than this before the last sample can have been played is another's.
TOLERANCE_S = 0.05

Answer = Callable[[Mapping[str, Any]], None]


class VoximplantFrameSerializer(WireSerializer):
    """Reads and writes one media stream; a malformed message is dropped and counted, and the call goes on.

    Sound must come at the pace at which it is played, as Pipecat's output sends it: the platform keeps ten seconds
    and discards the rest.

    Args:
        start: The stream's `start` event, as it was received.
        is_resumed: Whether an earlier process has begun our stream already.
        clock: Monotonic seconds.

    Raises:
        WireError: `start` is not of the form that the pipeline is built for.
    """

    def __init__(
        self, start: Mapping[str, Any], *, is_resumed: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        first = read(json.dumps(start))
        if not isinstance(first, Start):
            raise WireError("first message: expected a start event")
        self._format: MediaFormat = first.format
        self._sequence = Sequence(first.format, TAG)
        self._is_resumed = is_resumed
        self._clock = clock
        self._rate_hz = RATE_HZ
        self._input_resampler = create_stream_resampler()
        self._output_resampler = create_stream_resampler()
        self._order = ChunkOrder()
        self._has_heard = False
        self._is_receiving = True
        self._is_stopped = False
        self._generation = 0
        self._end_s = 0.0
        self._all_played = True
        self._marks: dict[str, asyncio.Event] = {}
        self._armed: set[str] = set()
        self._protected = False
        self.on_answer: Answer = lambda answer: None
        """Told what the scenario answers to a request."""
        self.dropped_messages = 0

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Learns the pipeline's rate."""
        self._rate_hz = setup.audio_in_sample_rate

    def opening(self) -> list[str]:
        """What must be sent before the first sound; a stream that a dead process has left open is closed first."""
        start = self._sequence.start()
        return [Sequence(self._format, TAG).stop(), start] if self._is_resumed else [start]

    @property
    def lost_chunks(self) -> int:
        """Pieces of the caller's sound that never came."""
        return self._order.lost

    # What was played

    def mark(self, name: str) -> OutputTransportMessageFrame:
        """A frame behind which everything queued before it has been sent; `wait_for_mark` tells when it was played."""
        self._marks[name] = asyncio.Event()
        return OutputTransportMessageFrame(message={"mark": name})

    async def wait_for_mark(self, name: str, deadline_s: float) -> bool:
        """True once the scenario has said that playback ended; False when it did not, though it must have."""
        event = self._marks.get(name)
        if event is None:
            return False
        deadline = self._clock() + deadline_s
        while not event.is_set():
            known = self._end_s + SILENCE_S + RELAY_LIMIT_S if name in self._armed else deadline
            left_s = min(deadline, known) - self._clock()
            if left_s <= 0:
                return False
            try:
                # In steps, for the mark may be armed meanwhile, which brings the deadline nearer.
                await asyncio.wait_for(event.wait(), min(left_s, SILENCE_S))
            except TimeoutError:
                continue
        return True

    def protect_playback(self) -> None:
        """Makes interruptions stop clearing what the platform has buffered: the goodbye is on its way."""
        self._protected = True

    def note_sent(self, seconds: float) -> OutputTransportMessageFrame | None:
        """Nothing is asked: what was sent is counted when it is made."""
        return None

    @property
    def unplayed_s(self) -> float:
        """Seconds of sound that wait at the platform, by our own clock."""
        return max(0.0, self._end_s - self._clock())

    def _arm(self, name: str) -> None:
        if self._all_played and name in self._marks:
            self._marks[name].set()
        else:
            self._armed.add(name)

    def _played(self) -> None:
        self._all_played = True
        for name in self._armed:
            self._marks[name].set()
        self._armed.clear()

    def _playback_ended(self, fields: Mapping[str, Any]) -> None:
        is_current = number(fields.get("generation", 0)) == self._generation
        if is_current and self._clock() >= self._end_s - TOLERANCE_S:
            self._played()

    # Out

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """The frame as Voximplant or our scenario reads it."""
        match frame:
            case InterruptionFrame():
                return self._clear()
            case AudioRawFrame():
                return await self._sound(frame)
            case EndFrame() | CancelFrame() if not self._is_stopped:
                self._is_stopped = True
                return self._sequence.stop()
            case OutputTransportMessageFrame() | OutputTransportMessageUrgentFrame():
                if self.should_ignore_frame(frame):
                    return None
                if set(frame.message) == {"mark"}:
                    self._arm(frame.message["mark"])
                    return None
                return json.dumps(frame.message)
        return None

    def _clear(self) -> str | None:
        if self._protected:
            return None
        self._generation += 1
        self._end_s = self._clock()
        self._played()
        return json.dumps({"customEvent": "clear_media_buffer", "generation": self._generation})

    async def _sound(self, frame: AudioRawFrame) -> str | None:
        sound = await self._encode(frame.audio, frame.sample_rate)
        if not sound or self._is_stopped:
            return None
        seconds = len(sound) / BYTES_PER_SAMPLE[self._format.codec] / RATE_HZ
        self._end_s = max(self._clock(), self._end_s) + seconds
        self._all_played = False
        return self._sequence.media(sound)

    async def _encode(self, pcm16: bytes, rate_hz: int) -> bytes:
        match self._format.codec:
            case "ulaw":
                coded = await pcm_to_ulaw(pcm16, rate_hz, RATE_HZ, self._output_resampler)
            case "alaw":
                coded = await pcm_to_alaw(pcm16, rate_hz, RATE_HZ, self._output_resampler)
            case "pcm16":
                coded = await self._output_resampler.resample(pcm16, rate_hz, RATE_HZ)
        return bytes(coded)

    # In

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """The message as a frame, or None; never raises on what a peer sends."""
        try:
            message = read(data)
            match message:
                case Media():
                    return await self._hear(message)
                case Start():
                    self._begin(message)
                case Custom():
                    return self._take(message)
                case _:
                    # Another stream may begin. Sound that comes without one is heard: a stray stop must not make the
                    # call deaf, and the socket's end is the end.
                    self._is_receiving = False
        except WireError as exc:
            self._drop(str(exc))
        return None

    def _begin(self, start: Start) -> None:
        if self._is_receiving and self._has_heard:
            raise WireError("start event: expected after the end of the stream before it")
        if start.format.codec != self._format.codec:
            raise WireError("start event: expected the encoding of the stream before it")
        self._is_receiving, self._has_heard, self._order = True, False, ChunkOrder()

    async def _hear(self, media: Media) -> Frame | None:
        if len(media.payload) % BYTES_PER_SAMPLE[self._format.codec]:
            raise WireError("media event: expected whole samples")
        if media.chunk is not None and not self._order.accepts(media.chunk):
            raise WireError("media event: expected a chunk that has not come before")
        self._has_heard = True
        pcm16 = await self._decode(media.payload)
        return InputAudioRawFrame(pcm16, self._rate_hz, 1) if pcm16 else None

    async def _decode(self, sound: bytes) -> bytes:
        match self._format.codec:
            case "ulaw":
                pcm16 = await ulaw_to_pcm(sound, RATE_HZ, self._rate_hz, self._input_resampler)
            case "alaw":
                pcm16 = await alaw_to_pcm(sound, RATE_HZ, self._rate_hz, self._input_resampler)
            case "pcm16":
                pcm16 = await self._input_resampler.resample(sound, RATE_HZ, self._rate_hz)
        return bytes(pcm16)

    def _take(self, message: Custom) -> Frame | None:
        match message.name:
            case "playback_ended":
                self._playback_ended(message.fields)
            case "dtmf":
                return _key(message.fields.get("digit"))
            case "done" | "failed":
                self.on_answer(message.fields)
            case _:
                raise WireError("customEvent: expected playback_ended, dtmf, done or failed")
        return None

    def _drop(self, reason: str) -> None:
        self.dropped_messages += 1
        if self.dropped_messages <= 3:  # a flood of bad messages must not become a flood of log lines
            logger.warning("dropped a media message: {reason}", reason=reason)


def _key(digit: object) -> Frame:
    try:
        return InputDTMFFrame(KeypadEntry(str(digit)))
    except ValueError as exc:
        raise WireError("dtmf: expected 'digit' (0-9, * or #)") from exc
