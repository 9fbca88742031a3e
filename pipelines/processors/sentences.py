"""The model's tokens become sentences before they reach speech."""

from __future__ import annotations

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from pipelines.chunks import Chunker
from pipelines.turn_times import TurnTimes


class Sentences(FrameProcessor):
    """Consumes `LLMTextFrame`, emits `AggregatedTextFrame`: what is left comes before the answer's end.

    An interruption forgets what was begun. It stands before speech, so that a service that fails leaves whole
    sentences to the next.
    """

    def __init__(self, times: TurnTimes | None = None) -> None:
        """Begins with nothing; tells `times` of the model's text and of the first sentence."""
        super().__init__(enable_direct_mode=True)
        self._chunker = Chunker()
        self._times = times or TurnTimes()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes all frames but the model's text."""
        await super().process_frame(frame, direction)
        match frame:
            case LLMTextFrame():
                self._times.model_spoke()
                for piece in self._chunker.feed(frame.text):
                    await self._say(piece)
                return
            case LLMFullResponseEndFrame():
                if rest := self._chunker.flush():
                    await self._say(rest)
            case InterruptionFrame():
                self._chunker.flush()
        await self.push_frame(frame, direction)

    async def _say(self, piece: str) -> None:
        self._times.speech_asked()
        await self.push_frame(AggregatedTextFrame(piece, TextType.SENTENCE, raw_text=piece))
