"""The model's tokens become sentences before they reach speech."""

from __future__ import annotations

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from pipelines.chunks import Chunker
from pipelines.held_back import HeldBack
from pipelines.listener import Listener
from pipelines.turn_times import TurnTimes


class Sentences(FrameProcessor):
    """Consumes `LLMTextFrame`, emits `AggregatedTextFrame`: what is left comes before the answer's end.

    A sentence that the listener does not let pass is held back, with all that follows it in the answer; the listener
    is told at the answer's end, or before the answer's tools run. An interruption forgets what was begun. It stands
    before speech, so that a service that fails leaves whole sentences to the next, and nothing false is ever sent to
    a voice or put into the context.
    """

    def __init__(self, listener: Listener, times: TurnTimes | None = None) -> None:
        """Begins with nothing; tells `times` of the model's text and of the first sentence."""
        super().__init__(enable_direct_mode=True)
        self._chunker = Chunker()
        self._listener = listener
        self._held = HeldBack(listener.may_say)
        self._times = times or TurnTimes()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes all frames but the model's text."""
        await super().process_frame(frame, direction)
        withheld = ""
        match frame:
            case LLMTextFrame():
                self._times.model_spoke()
                for piece in self._chunker.feed(frame.text):
                    await self._say(piece)
                return
            case FunctionCallsStartedFrame() if direction is FrameDirection.DOWNSTREAM:
                await self._flush()
                if withheld := self._held.end():
                    await self._listener.withheld(withheld, tools=len(frame.function_calls))
                    withheld = ""
            case LLMFullResponseEndFrame():
                await self._flush()
                withheld = self._held.end()
            case InterruptionFrame():
                self._chunker.flush()
                self._held.end()
        await self.push_frame(frame, direction)
        if withheld:
            await self._listener.withheld(withheld, tools=0)

    async def _flush(self) -> None:
        if rest := self._chunker.flush():
            await self._say(rest)

    async def _say(self, piece: str) -> None:
        for allowed in self._held.feed(piece):
            self._times.speech_asked()
            await self.push_frame(AggregatedTextFrame(allowed, TextType.SENTENCE, raw_text=allowed))
