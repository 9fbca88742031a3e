"""The lines that a call can come over, each as a Pipecat transport."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from pipecat.frames.frames import (
    BotSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketInputTransport,
    FastAPIWebsocketOutputTransport,
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from starlette.websockets import WebSocket

from pipelines.wire import Wire, WireSerializer

# Pieces of 40 ms; a carrier that holds more than a second is not in time anyway.
MOST_KEPT = 25
# Whoever holds the sound lets it go sooner; if they do not, the caller does not wait for them in silence.
LONGEST_HOLD_S = 1.0


class PhoneInput(FastAPIWebsocketInputTransport):
    """Passes sound on in the task that reads the socket; Pipecat's way through a queue serves filters, of which
    a telephone has none.
    """

    async def push_audio_frame(self, frame: InputAudioRawFrame) -> None:
        """Passes a frame on at once."""
        if not self._paused:
            await self.push_frame(frame)

    async def set_transport_ready(self, frame: StartFrame) -> None:
        """Nothing more is needed."""


class PhoneOutput(FastAPIWebsocketOutputTransport):
    """Says when the agent begins and ends to speak, and not five times a second that it still does; asks the wire what
    was played.
    """

    wire: Wire

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing was sent yet; see Pipecat's."""
        super().__init__(*args, **kwargs)
        self._sent: deque[OutputAudioRawFrame] = deque(maxlen=MOST_KEPT)
        self._kept: deque[OutputAudioRawFrame] = deque()
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._writing = asyncio.Lock()
        self._interruptions = 0
        self.on_sent: Callable[[bytes], None] = lambda pcm16: None
        """Told of each piece that was sent: signed 16-bit mono at the line's rate."""
        self._sounded_at = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def sounded_at(self) -> float:
        """When the last piece of sound was sent, in monotonic seconds."""
        return self._sounded_at

    @property
    def kept_s(self) -> float:
        """Seconds of sound that the caller was to hear and that are kept here."""
        return sum(self._seconds(frame) for frame in self._kept)

    async def hold(self) -> bool:
        """Makes the carrier silent at once and keeps what the caller has not heard; False if it is to be heard out.

        It lasts until `resume()`, an interruption, or `LONGEST_HOLD_S`. What must be heard out is sent meanwhile.
        """
        if not self._is_open.is_set() or not self._sent or not self._sent[-1].interruptible:
            return False
        self._is_open.clear()
        self._deadline = asyncio.get_running_loop().call_later(LONGEST_HOLD_S, self.resume)
        unplayed_s = self.wire.unplayed_s
        while self._sent and unplayed_s > 0:
            unplayed_s -= self._seconds(self._sent[-1])
            self._kept.appendleft(self._sent.pop())
        self._sent.clear()
        await self._write_frame(InterruptionFrame())
        self._next_send_time = 0
        return True

    def resume(self) -> None:
        """Goes on with what the caller has not heard."""
        if self._is_open.is_set():
            return
        self._let_go()
        if self._kept and not self._writing.locked():
            self._catching_up = self.create_task(self._catch_up(), "held sound")

    async def stop(self, frame: EndFrame) -> None:
        """Ends when all sound was sent; what is held is sent at once."""
        self._let_go()
        await self._catch_up()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """Ends at once."""
        await self._drop_kept()
        await super().cancel(frame)

    async def cleanup(self) -> None:
        """Lets everything go."""
        await self._drop_kept()
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Drops what is kept when the caller has taken the floor."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._interruptions += 1
            await self._drop_kept()
            self._sent.clear()

    def _seconds(self, frame: OutputAudioRawFrame) -> float:
        return len(frame.audio) / 2 / self.sample_rate

    def _let_go(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._is_open.set()

    async def _drop_kept(self) -> None:
        self._kept.clear()
        self._let_go()
        catching_up, self._catching_up = self._catching_up, None
        if catching_up is not None:
            await self.cancel_task(catching_up)

    async def _catch_up(self) -> None:
        async with self._writing:
            await self._send_kept()

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Sends a piece of sound behind what was kept, unless the caller takes the floor meanwhile.

        Returns when the piece is nearly played; of a held one that is when it was sent again.
        """
        before = self._interruptions
        async with self._writing:
            await self._send_kept(waits=frame.interruptible)
            if frame.interruptible and before != self._interruptions:
                return False
            is_written = await self._send(frame)
            await self._send_kept(waits=frame.interruptible)
        return is_written and not (frame.interruptible and before != self._interruptions)

    async def _send_kept(self, *, waits: bool = True) -> None:
        if waits:
            await self._is_open.wait()
        while self._kept:
            await self._send(self._kept.popleft())
            if waits:
                await self._is_open.wait()

    async def _send(self, frame: OutputAudioRawFrame) -> bool:
        """Sends a piece of sound, and what the wire has to ask behind it; returns when it is nearly played."""
        self._sent.append(frame)
        self._sounded_at = time.monotonic()
        self.on_sent(frame.audio)
        is_written = await super().write_audio_frame(frame)
        if is_written:
            mark = self.wire.note_sent(len(frame.audio) / 2 / self.sample_rate)
            if mark is not None:
                await self.send_message(mark)
        return is_written

    async def _write_frame(self, frame: Frame) -> bool:
        """Sends a frame; no order to drop sound that must be heard out."""
        if isinstance(frame, InterruptionFrame) and self._sent and not self._sent[-1].interruptible:
            return True
        return await super()._write_frame(frame)

    async def broadcast_frame(self, frame_cls: type[Frame], **kwargs: Any) -> None:
        """Sends a frame both ways, unless nobody here reads it."""
        if frame_cls is not BotSpeakingFrame:
            await super().broadcast_frame(frame_cls, **kwargs)


class PhoneTransport(FastAPIWebsocketTransport):
    """A carrier's WebSocket with as little work for each frame as can be."""

    def __init__(self, websocket: WebSocket, params: FastAPIWebsocketParams, wire: Wire) -> None:
        """Serves an accepted WebSocket; `wire` is its serializer."""
        super().__init__(websocket, params)
        self._input = PhoneInput(self, self._client, params, name=self._input_name)
        self._output = PhoneOutput(self, self._client, params, name=self._output_name)
        self._output.wire = wire


def telephone_transport(websocket: WebSocket, serializer: WireSerializer) -> BaseTransport:
    """A carrier's media stream over an accepted WebSocket."""
    return PhoneTransport(
        websocket=websocket,
        wire=serializer,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_out_10ms_chunks=4,  # 40 ms: carriers play any length, and each write costs
            audio_out_end_silence_secs=0,  # the mark tells when the last word was heard
            serializer=serializer,
        ),
    )


def browser_transport(connection: Any) -> BaseTransport:
    """A browser over WebRTC."""
    from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport

    params = TransportParams(audio_in_enabled=True, audio_out_enabled=True, audio_out_end_silence_secs=0)
    return SmallWebRTCTransport(webrtc_connection=connection, params=params)


def microphone_transport(input_device: int | None, output_device: int | None) -> BaseTransport:
    """This machine's microphone and loudspeaker; needs the extra `mic`."""
    from pipecat.transports.local.audio import LocalAudioTransport, LocalAudioTransportParams

    return LocalAudioTransport(
        LocalAudioTransportParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            input_device_index=input_device,
            output_device_index=output_device,
        )
    )


async def runner_transport(runner_args: RunnerArguments) -> BaseTransport:
    """What Pipecat's own runner and its evals connect over."""
    from pipecat.evals.transport import EvalTransportParams

    return await create_transport(
        runner_args,
        {
            "webrtc": lambda: TransportParams(audio_in_enabled=True, audio_out_enabled=True),
            "eval": lambda: EvalTransportParams(audio_in_enabled=True, audio_out_enabled=True),
        },
    )
