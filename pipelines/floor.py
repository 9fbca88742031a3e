"""Whether the caller takes the floor when sound comes from them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_start import BaseUserTurnStartStrategy

from pipelines.backchannel import is_backchannel

# The agent is silent for so long at most before it is decided; with the way to the carrier the pause stays under 0.7 s.
HOLD_S = 0.45
# Where words come only after the end of speech, somebody who is not silent for so long when it is decided goes on.
BREATH_S = 0.12
# An agreement that began so shortly before the end of the agent's sound was meant for what the agent asked. That the
# agent has stopped may be told seconds after its last word, where a service is slow to say that no more will come.
ANSWER_S = 1.5


class Playback(Protocol):
    """The agent's sound on its way to the caller."""

    @property
    def sounded_at(self) -> float:
        """When the last of it was sent, in monotonic seconds."""

    async def hold(self) -> bool:
        """Stops it at once and keeps what was not heard; False if it must not be stopped."""

    def resume(self) -> None:
        """Goes on where it was stopped."""


class Floor(BaseUserTurnStartStrategy):
    """Begins the caller's turn; while the agent speaks, only for more than noise and short agreement.

    Sound while the agent speaks stops the agent at once. Words other than agreement, or, of a recogniser that has no
    interim results, speech that lasts, give the caller the floor; else the agent goes on within `HOLD_S`.
    """

    def __init__(
        self, playback: Playback | None, quiet_s: Callable[[], float], has_interims: Callable[[], bool]
    ) -> None:
        """Nobody speaks.

        Args:
            playback: What can be held; None where it cannot, and any speech interrupts.
            quiet_s: How long the caller has been quiet since they last made a sound, as far as is known.
            has_interims: Whether words are told while somebody speaks.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._playback = playback
        self._quiet_s = quiet_s
        self._has_interims = has_interims
        self._is_bot_speaking = False
        self._is_user_speaking = False
        self._has_turn = False
        self._began_at = 0.0
        self._agreed: TranscriptionFrame | None = None
        self._deciding: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """STOP if the turn has begun by this frame."""
        match frame:
            case BotStartedSpeakingFrame():
                self._is_bot_speaking = True
            case BotStoppedSpeakingFrame():
                self._is_bot_speaking = False
                await self._take_agreement_for_answer()
            case VADUserStartedSpeakingFrame():
                self._is_user_speaking = True
                self._began_at = time.monotonic()
                return await self._hear_sound()
            case VADUserStoppedSpeakingFrame():
                self._is_user_speaking = False
            case TranscriptionFrame() | InterimTranscriptionFrame() if frame.text.strip():
                return await self._hear_words(frame)
        return ProcessFrameResult.CONTINUE

    async def handle_user_turn_started(self) -> None:
        """Nothing is left to decide."""
        self._has_turn = True
        self._agreed = None
        await self._stop_deciding()

    async def handle_user_turn_stopped(self) -> None:
        """The next sound is decided anew."""
        self._has_turn = False

    async def cleanup(self) -> None:
        """Stops deciding."""
        await self._stop_deciding()
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def _hear_sound(self) -> ProcessFrameResult:
        if self._playback is None or not self._is_bot_speaking or self._has_turn:
            return await self._begin()
        if self._deciding is None and await self._playback.hold():
            self._deciding = self.task_manager.create_task(self._decide(self._playback), "whose floor")
        return ProcessFrameResult.CONTINUE

    async def _hear_words(self, frame: TranscriptionFrame | InterimTranscriptionFrame) -> ProcessFrameResult:
        if self._playback is None or not self._is_bot_speaking or self._has_turn or not is_backchannel(frame.text):
            return await self._begin()
        if isinstance(frame, TranscriptionFrame):
            self._agreed = frame
            await self.trigger_reset_aggregation()  # type: ignore[no-untyped-call]
        return ProcessFrameResult.CONTINUE

    async def _begin(self) -> ProcessFrameResult:
        await self.trigger_user_turn_started()
        return ProcessFrameResult.STOP

    async def _decide(self, playback: Playback) -> None:
        await asyncio.sleep(HOLD_S)
        self._deciding = None
        if not self._has_interims() and self._is_user_speaking and self._quiet_s() < BREATH_S:
            await self._begin()
        else:
            playback.resume()

    async def _stop_deciding(self) -> None:
        deciding, self._deciding = self._deciding, None
        if deciding is not None and deciding is not asyncio.current_task():
            await self.task_manager.cancel_task(deciding)

    async def _take_agreement_for_answer(self) -> None:
        agreed, self._agreed = self._agreed, None
        if agreed and self._playback and self._playback.sounded_at - self._began_at < ANSWER_S:
            await self.broadcast_frame(
                TranscriptionFrame,
                text=agreed.text,
                user_id=agreed.user_id,
                timestamp=agreed.timestamp,
                language=agreed.language,
                finalized=True,
            )
