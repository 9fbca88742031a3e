"""What becomes of a model's answers that are of no use, or not true."""

from __future__ import annotations

from collections.abc import Mapping

from loguru import logger

from bot import audit, phrases
from bot.line import Line
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes
from bot.talk.voice import Voice
from pipelines.listener import Problem
from spoken import Language

REPROMPTS: Mapping[Problem, str] = {
    "empty": "Your last answer was empty. Answer the caller in one sentence.",
    "length": "Your last answer was cut off at the length limit. Finish it in one short sentence.",
    "refused": "Your last answer was withheld. Say in one sentence what you can do for the caller instead.",
    "bad_arguments": "The arguments of your last tool call were not valid JSON. Call it again, or ask the caller.",
}


class Answers:
    """Asks the model once more, then speaks in its place.

    Args:
        notes: The call's.
        voice: Says what the model does not.
        line: Asks the model.
        leaving: Tells whether the call ends, when nothing is asked any more.
    """

    def __init__(self, notes: Notes, voice: Voice, line: Line, leaving: Leaving) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._leaving = leaving
        self._short = 0
        self._false = 0
        self._withheld, self._tools_due = "", 0

    def heard_caller(self) -> None:
        """The caller said something: the model's shortcomings are counted anew."""
        self._short = self._false = 0

    def model_started(self) -> None:
        """A new answer begins."""
        self._withheld = ""

    def may_say(self, text: str) -> bool:
        """Whether all that the model claims to have done is done."""
        return audit.may_say(text, self._notes.state, self._notes.today)

    async def withheld(self, text: str, *, tools: int) -> None:
        """The model claimed what is not so: it is told once, then we say what is so."""
        logger.warning("claim withheld", tools=tools, pii={"text": text})
        if self._leaving.has_begun:
            return
        if tools:
            self._withheld, self._tools_due = text, tools  # they may yet make it true
            return
        self._false += 1
        if self._false == 1:
            await self._line.run_model(audit.facts(self._notes.state))
        else:
            await self._voice.say(self._true_line(phrases.GO_ON))

    async def fell_short(self, problem: Problem) -> None:
        """An answer of no use would be silence: ask once more, then say a line ourselves."""
        logger.warning("model fell short", problem=problem)
        if self._leaving.has_begun:
            return
        self._short += 1
        if self._short == 1:
            await self._line.run_model(REPROMPTS[problem])
        else:
            self._short = 0
            await self._voice.say(phrases.SAY_AGAIN[self._notes.language])

    async def settle(self, tool: str, status: str | None, spoken: str) -> str:
        """What of the answer's words the caller hears: those that waited for its tools are said once they are so.

        Args:
            tool: One that has run.
            status: What came of it.
            spoken: The words in the same answer.
        """
        if not self._withheld:
            return spoken
        # One that was not done spoils them: a count that went past nothing never comes back to it.
        self._tools_due = self._tools_due - 1 if status == "done" else -1
        if self._tools_due == 0 and tool != "transfer_to_human" and self.may_say(self._withheld):
            text, self._withheld = self._withheld, ""
            await self._voice.say(text)
            return spoken
        return ""

    def goodbye(self, spoken: str) -> str | None:
        """The last words that are still to be said by us, if any, after the model's own."""
        if self._withheld:
            return self._true_line(phrases.GOODBYE)
        return None if spoken.strip() else phrases.GOODBYE[self._notes.language]

    def _true_line(self, then: Mapping[Language, str]) -> str:
        language = self._notes.language
        return f"{audit.true_line(self._notes.state, language)} {then[language]}"
