"""What the caller hears first: a greeting, or that the call goes on after a break."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import phrases
from bot.line import Line
from bot.resumption import Resumption
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes
from bot.talk.questions import Questions
from bot.talk.voice import Voice


class Opening:
    """Has the agent speak first.

    Args:
        notes: The call's.
        voice: Greets.
        line: Says what must be heard out, or has the model go on.
        leaving: Ends the call, where that is all that was left of it.
        questions: What waited for an answer is asked again.
    """

    def __init__(self, notes: Notes, voice: Voice, line: Line, leaving: Leaving, questions: Questions) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._leaving = leaving
        self._questions = questions

    async def start(
        self, body: Mapping[str, Any], greeting: str | None, *, notice: str | None = None, is_protected: bool = False
    ) -> None:
        """Opens the call.

        Args:
            body: Of the journal's first event.
            greeting: The first sentence; None for the usual one.
            notice: Said before it: that the call is recorded.
            is_protected: Whether the caller must hear both out.
        """
        self._notes.post("call_started", body)
        await self._greet(greeting, notice, is_protected)

    async def say_resumed(self, resumed: Resumption) -> None:
        """Tells the caller of a break, the first thing after it."""
        self._notes.post("resumed", {"count": resumed.count, "due": resumed.due})
        is_back = resumed.due == "nobody_took_it"
        await self._line.announce((phrases.NOBODY_TOOK_IT if is_back else phrases.RESUMED)[self._notes.language])

    async def resume(
        self, resumed: Resumption, greeting: str | None, *, notice: str | None = None, is_protected: bool = False
    ) -> None:
        """Goes on after a break.

        Args:
            resumed: Where the call stood.
            greeting: The number's own, for a caller who has not heard it to its end.
            notice: Said before the greeting, to a caller who has heard nothing yet: that the call is recorded.
            is_protected: Whether they must hear the greeting out.
        """
        match resumed.due:
            case "greeting":
                await self._greet(greeting, notice, is_protected)
            case "caller":
                question = self._questions.again(resumed.state.readback)
                await self._voice.say(question or phrases.GO_ON[self._notes.language])
            case "answer":
                await self._line.run_model()
            case "end":
                await self._leaving.end("agent", phrases.GOODBYE[self._notes.language])
            case "transfer":
                await self._leaving.transfer(phrases.TRANSFER, returns=True)

    async def _greet(self, greeting: str | None, notice: str | None, is_protected: bool) -> None:
        words = greeting or phrases.GREETING[self._notes.language]
        if is_protected:
            await self._voice.announce(*filter(None, (notice, words)))
            return
        if notice:
            await self._voice.announce(notice)
        await self._voice.say(words)
