"""Keys that belong to no conversation end here."""

from __future__ import annotations

from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.listener import Listener


class Keys(FrameProcessor):
    """Shows each key to the listener first.

    Consumes the `InputDTMFFrame` that the listener takes; the others go on, and become words. An interruption does not
    concern it.
    """

    def __init__(self, listener: Listener) -> None:
        """Shows keys to `listener`."""
        super().__init__(enable_direct_mode=True)
        self._listener = listener

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on, apart from keys that are taken."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputDTMFFrame) and await self._listener.key_pressed(frame.button.value):
            return
        await self.push_frame(frame, direction)
