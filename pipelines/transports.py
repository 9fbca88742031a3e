"""The lines that a call can come over, each as a Pipecat transport."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from pipecat.frames.frames import (
    BotSpeakingFrame,
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
        self._interruptions = 0

    @property
    def kept_s(self) -> float:
        """Seconds of sound that the caller was to hear and that are kept here."""
        return sum(self._seconds(frame) for frame in self._kept)

    async def hold(self) -> bool:
        """Makes the carrier silent at once and keeps what the caller has not heard; False if it is to be heard out."""
        if not self._is_open.is_set() or not self._sent or not self._sent[-1].interruptible:
            return False
        self._is_open.clear()
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
        self._is_open.set()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Drops what is kept when the caller has taken the floor."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._interruptions += 1
            self._kept.clear()
            self._sent.clear()
            self._is_open.set()

    def _seconds(self, frame: OutputAudioRawFrame) -> float:
        return len(frame.audio) / 2 / self.sample_rate

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Sends a piece of sound behind what was kept, unless the caller takes the floor meanwhile."""
        before = self._interruptions
        if frame.interruptible:
            await self._is_open.wait()
        while self._kept and before == self._interruptions:
            await self._send(self._kept.popleft())
            if frame.interruptible:
                await self._is_open.wait()
        if before != self._interruptions and frame.interruptible:
            return False
        return await self._send(frame)

    async def _send(self, frame: OutputAudioRawFrame) -> bool:
        """Sends a piece of sound, and what the wire has to ask behind it; returns when it is nearly played."""
        self._sent.append(frame)
        is_written = await super().write_audio_frame(frame)
        if is_written:
            mark = self.wire.note_sent(len(frame.audio) / 2 / self.sample_rate)
            if mark is not None:
                await self.send_message(mark)
        return is_written

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
