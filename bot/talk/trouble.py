"""Failures of the call's services: the caller hears of them, and is let go honestly in the end."""

from __future__ import annotations

from loguru import logger

from bot import phrases
from bot.line import Line
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes
from bot.talk.voice import Voice
from pipelines.listener import Stage

MOST_FAILURES = 2
# The services' own deadlines come first; this one is for what they do not notice.
MODEL_DEADLINE_S = 12.0


class Trouble:
    """Counts failures until the agent is heard again.

    Args:
        notes: The call's.
        voice: Apologises.
        line: Tells whether an answer of the model is due.
        leaving: Ends the call.
    """

    def __init__(self, notes: Notes, voice: Voice, line: Line, leaving: Leaving) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._leaving = leaving
        self._failures = 0
        self._stuck_s = 0.0

    def bot_spoke(self) -> None:
        """The agent was heard; our own apology is no proof of health, but the model's words are."""
        if not self._voice.spoke_last:
            self._failures = 0

    async def stage_failed(self, stage: Stage, message: str) -> None:
        """A turn's work was lost: the caller hears of it, and after the second time is let go honestly."""
        logger.warning("stage failed", stage=stage, reason=message)
        if self._leaving.has_begun:
            return
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            await self._leaving.give_up(phrases.TROUBLE_TRANSFER, phrases.TROUBLE_GOODBYE)
        else:
            await self._voice.say(phrases.TROUBLE[self._notes.language])

    async def stage_lost(self, stage: Stage, message: str) -> None:
        """Without the stage there is no conversation: an apology, and a human or a goodbye."""
        logger.error("stage lost", stage=stage, reason=message)
        if not self._leaving.has_begun:
            self._leaving.begin(self._leaving.give_up(phrases.TROUBLE_TRANSFER, phrases.TROUBLE_GOODBYE))

    async def pass_time(self, seconds: float) -> None:
        """Time went by; an answer that is due for too long is a failure."""
        self._stuck_s = self._stuck_s + seconds if self._line.is_waiting_for_model() else 0.0
        if self._stuck_s >= MODEL_DEADLINE_S:
            self._stuck_s = 0.0
            await self.stage_failed("llm", "no answer within the deadline")
