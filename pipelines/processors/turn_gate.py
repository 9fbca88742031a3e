"""The caller's turn reaches the conversation before it reaches the model."""

from __future__ import annotations

from pipecat.frames.frames import Frame, InterruptionFrame, LLMContextFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.activity import Activity
from pipelines.context import Restored, message_text
from pipelines.listener import Listener
from pipelines.turn_times import TurnTimes


class TurnGate(FrameProcessor):
    """Reports new user messages of a context on its way to the model, then lets it go on.

    Consumes a context that the listener answers itself, and emits nothing of its own. A yes must be judged, and the
    state be current, before any tool call of the answer runs: that is why it stands here and not in an event
    handler. An interruption ends what was owed to the caller: a new turn of theirs asks the model anew. That is noted
    before the model sees it, whose answer ends by it and would pass for an empty one.
    """

    def __init__(self, listener: Listener, activity: Activity, times: TurnTimes | None = None) -> None:
        """Reports to `listener`, and tells `times` when the model is asked."""
        super().__init__()
        self._listener = listener
        self._activity = activity
        self._times = times or TurnTimes()
        self._seen: set[int] = set()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Passes every frame on; a context frame after its new user messages were reported."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame) and direction is FrameDirection.DOWNSTREAM:
            self._activity.interrupt()
        if isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            self._times.model_asked()
            self._activity.model_owed = True
            is_answered = False
            for message in frame.context.get_messages():
                if not isinstance(message, dict) or message.get("role") != "user" or isinstance(message, Restored):
                    continue
                if id(message) in self._seen:
                    continue
                # The context keeps the message alive, so that its identity stays unique.
                self._seen.add(id(message))
                if text := message_text(message):
                    is_answered = not await self._listener.user_said(text)
            if is_answered:
                self._activity.model_owed = False
                return
        await self.push_frame(frame, direction)
