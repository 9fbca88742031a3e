"""What a call asks of a carrier's wire beyond frames: to be told what was played."""

from __future__ import annotations

from typing import Protocol

from pipecat.frames.frames import Frame, OutputTransportMessageFrame
from pipecat.serializers.base_serializer import FrameSerializer


class Wire(Protocol):
    """A serializer that knows what the caller has heard."""

    def mark(self, name: str) -> Frame:
        """A frame to queue behind sound: the carrier, or what stands for it, tells when all before it was played."""

    async def wait_for_mark(self, name: str, deadline_s: float) -> bool:
        """True once everything before the mark was played; False when that was not told within the deadline."""

    def protect_playback(self) -> None:
        """Makes interruptions stop clearing what the carrier has buffered: the goodbye is on its way."""

    def note_sent(self, seconds: float) -> OutputTransportMessageFrame | None:
        """Counts sound that was sent; a frame to send behind it, if the wire has something to ask then."""

    @property
    def unplayed_s(self) -> float:
        """Seconds of sound that wait at the carrier: what an interruption drops."""


class WireSerializer(FrameSerializer, Wire):
    """A carrier's serializer: Pipecat's part and ours."""
