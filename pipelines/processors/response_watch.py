"""Notices when the model answers, and when its answer is empty."""

from __future__ import annotations

from collections.abc import Callable

from pipecat.frames.frames import (
    Frame,
    FunctionCallsStartedFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSSpeakFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.activity import Activity
from pipelines.listener import Listener, Problem


class ResponseWatch(FrameProcessor):
    """Stands behind the model; emits nothing of its own.

    An answer with neither words nor tool calls would be silence: the listener is told. An interruption
    ends the answer without a verdict.
    """

    def __init__(self, listener: Listener, activity: Activity, problem: Callable[[], Problem | None]) -> None:
        """Reports to `listener` and keeps the model's part of `activity` current.

        Args:
            listener: Told of answers that fall short.
            activity: The record to keep.
            problem: Gives what the model's service found wrong with the answer that just ended.
        """
        super().__init__(enable_direct_mode=True)
        self._problem = problem
        self._listener = listener
        self._activity = activity
        self._has_tools = False
        self.spoken_text = ""
        """The words of the answer that is running, or of the last one."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on."""
        await super().process_frame(frame, direction)
        match frame:
            case LLMFullResponseStartFrame():
                self._activity.model_running = True
                self._activity.model_owed = False
                self._has_tools = False
                self.spoken_text = ""
                await self._listener.model_started()
            case LLMTextFrame():
                self.spoken_text += frame.text
            case FunctionCallsStartedFrame():
                self._has_tools = True
            case TTSSpeakFrame() if self._activity.speech_owed:
                self._activity.speech_owed -= 1
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseEndFrame) and self._activity.model_running:
            self._activity.model_running = False
            problem = self._problem()
            if problem is None and not self._has_tools and not self.spoken_text.strip():
                problem = "empty"
            if problem is not None and problem != "failed":  # that is reported as the stage's failure
                await self._listener.model_fell_short(problem)
