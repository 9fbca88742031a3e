"""Speech for a conversation in text: sentences are heard at once, as far as the caller lets them be."""

from __future__ import annotations

from collections.abc import Callable

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    InterruptionFrame,
    LLMAssistantPushAggregationFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.listener import Listener
from pipelines.processors.played_speech import PlayedMark

Play = Callable[[str], str]
"""Plays a sentence to the caller and gives the part that was heard."""


class TextSpeech(FrameProcessor):
    """Stands where synthesis and output stand on a spoken line.

    Consumes the model's sentences and the product's own sentences; emits them as heard text, so that the context
    holds what the caller heard; reaches a mark once all before it was played. An interruption drops what was not.
    """

    def __init__(self, play: Play, listener: Listener) -> None:
        """Asks `play` how much of each turn is heard, and tells `listener`."""
        super().__init__()
        self._play = play
        self._listener = listener
        self._text = ""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Turns text into heard text; passes all other frames on."""
        await super().process_frame(frame, direction)
        match frame:
            case LLMFullResponseStartFrame():
                self._text = ""
                await self.push_frame(frame, direction)
            case AggregatedTextFrame():
                self._text = f"{self._text} {frame.text}"
            case LLMFullResponseEndFrame():
                await self._hear(self._text.strip())
                self._text = ""
                await self.push_frame(frame, direction)
            case TTSSpeakFrame():
                await self.push_frame(TTSStartedFrame(append_to_context=True))
                await self._hear(frame.text)
                await self.push_frame(LLMAssistantPushAggregationFrame())
            case PlayedMark():
                frame.reached.set()
            case InterruptionFrame():
                self._text = ""
                await self.push_frame(frame, direction)
            case _:
                await self.push_frame(frame, direction)

    async def _hear(self, text: str) -> None:
        if not text:
            return
        heard = self._play(text)
        await self._listener.bot_said(text, heard, interrupted=heard != text)
        if heard:
            spoken = TTSTextFrame(heard, "sentence")
            spoken.append_to_context = True
            await self.push_frame(spoken)
