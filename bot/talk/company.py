"""Keeps a caller company who hears nothing: while something is under way, and while they say nothing."""

from __future__ import annotations

from bot import phrases
from bot.line import Line
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes
from bot.talk.patience import Patience
from bot.talk.questions import Questions
from bot.talk.silence import SilenceStep, SilenceWatch
from bot.talk.voice import Voice


class Company:
    """Asks for patience, or whether the caller is there; lets a silent caller go in the end.

    Args:
        notes: The call's.
        voice: Asks.
        line: Tells who is silent, and why.
        leaving: Ends the call.
        questions: What waits for an answer is asked again.
        prompt_after_s: Silence after which the caller is asked whether they are there.
        filler_after_s: Silence, while something is under way, after which the caller is asked for patience.
    """

    def __init__(
        self,
        notes: Notes,
        voice: Voice,
        line: Line,
        leaving: Leaving,
        questions: Questions,
        *,
        prompt_after_s: float,
        filler_after_s: float,
    ) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._leaving = leaving
        self._questions = questions
        self._silence = SilenceWatch(prompt_after_s)
        self._patience = Patience(filler_after_s, len(phrases.ONE_MOMENT["en"]))

    def heard_caller(self) -> None:
        """The caller did something: silence is counted anew."""
        self._silence.heard_caller()

    def bot_spoke(self) -> None:
        """The agent said something: the next wait begins with the first word of patience again."""
        self._patience.answered()

    async def keep(self, seconds: float) -> None:
        """Asks the caller for patience once they have waited in silence; never with the same words twice.

        Args:
            seconds: How much time has passed since the last call.
        """
        number = self._patience.advance(seconds, is_working=self._line.is_working() and not self._leaving.has_begun)
        if number is None:
            return
        text = phrases.ONE_MOMENT[self._notes.language][number]
        self._notes.post("bot_said", {"text": text, "heard": text, "interrupted": False, "filler": True})
        await self._line.interject(text)

    async def answer_silence(self, seconds: float) -> None:
        """Asks a silent caller twice, then says goodbye."""
        step = self._silence.advance(seconds, is_quiet=self._line.is_quiet())
        if step is SilenceStep.GOODBYE:
            await self._leaving.end("silence", phrases.SILENT_GOODBYE[self._notes.language])
        elif step is not None:
            still_there = phrases.STILL_THERE[self._notes.language][0 if step is SilenceStep.FIRST_PROMPT else 1]
            await self._voice.say(self._questions.again(self._notes.state.readback) or still_there)
