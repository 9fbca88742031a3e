"""The lines that a call can come over, each as a Pipecat transport."""

from __future__ import annotations

from typing import Any

from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from starlette.websockets import WebSocket


def telephone_transport(websocket: WebSocket, serializer: FrameSerializer) -> BaseTransport:
    """A carrier's media stream over an accepted WebSocket."""
    return FastAPIWebsocketTransport(
        websocket=websocket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_out_10ms_chunks=2,  # 20 ms, the carriers' own frame
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
