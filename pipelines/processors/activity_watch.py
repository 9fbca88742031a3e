"""Keeps the record of who speaks and which tools run."""

from __future__ import annotations

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.activity import Activity


class ActivityWatch(FrameProcessor):
    """Stands behind the output, where all of these frames come by; consumes and emits nothing.

    Of an interruption `TurnGate` knows before the model does.
    """

    def __init__(self, activity: Activity) -> None:
        """Keeps `activity` current."""
        super().__init__(enable_direct_mode=True)
        self._activity = activity

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            self._follow(frame)
        await self.push_frame(frame, direction)

    def _follow(self, frame: Frame) -> None:
        activity = self._activity
        match frame:
            case BotStartedSpeakingFrame():
                activity.bot_speaking = True
            case BotStoppedSpeakingFrame():
                activity.bot_speaking = False
            case UserStartedSpeakingFrame():
                activity.user_speaking = True
            case UserStoppedSpeakingFrame():
                activity.user_speaking = False
            case FunctionCallInProgressFrame():
                activity.tools_running.add(frame.tool_call_id)
            case FunctionCallResultFrame() | FunctionCallCancelFrame():
                activity.tools_running.discard(frame.tool_call_id)
