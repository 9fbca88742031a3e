"""Ways out of a call that the product takes with the caller, whatever the model does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot import phrases
from bot.talk import exits
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes
from bot.talk.voice import Voice


class WaysOut:
    """Follows the caller out.

    Args:
        notes: The call's.
        voice: Warns.
        leaving: Ends the call.
        forbid_calls: Writes down, and notes, that the caller is not to be called again; whether that is durable.
    """

    def __init__(
        self, notes: Notes, voice: Voice, leaving: Leaving, forbid_calls: Callable[[], Awaitable[bool]]
    ) -> None:
        self._notes = notes
        self._voice = voice
        self._leaving = leaving
        self._forbid_calls = forbid_calls

    async def take_over(self) -> bool:
        """Whether the turn is answered by us: the first insult, the next one, or the wish for no more calls."""
        language = self._notes.language
        if self._leaving.has_begun:
            return False
        match exits.at_once(self._notes.state.turns()):
            case "warn":
                await self._voice.say(phrases.ABUSE_WARNING[language])
            case "abuse":
                self._leaving.begin(self._leaving.end("agent", phrases.ABUSE_GOODBYE[language]))
            case "opt_out":
                self._leaving.begin(self._opt_out())
            case None:
                return False
        return True

    def follow_caller(self) -> None:
        """Does what the caller asked for twice and the model, which has answered both times, did not."""
        if self._leaving.is_due or self._voice.spoke_last:
            return
        language = self._notes.language
        match exits.unmet(self._notes.state.turns()):
            case "human" if self._leaving.has_colleagues:
                self._leaving.begin(self._leaving.transfer(phrases.TRANSFER, returns=True))
            case "goodbye" | "wrong_number":
                self._leaving.begin(self._leaving.end("agent", phrases.GOODBYE[language]))

    async def _opt_out(self) -> None:
        """Has the caller's number written down as not to be called; says so only if it is."""
        if await self._forbid_calls():
            await self._leaving.end("agent", phrases.OPTED_OUT[self._notes.language])
        else:
            await self._leaving.give_up(phrases.TRANSFER, phrases.NOT_OPTED_OUT)

    async def bring_to_person(self) -> None:
        """The caller cannot prove who they are: a colleague takes the call, or rings them back."""
        if self._leaving.has_colleagues:
            self._leaving.begin(self._leaving.transfer(phrases.CODE_TRANSFER, returns=True))
        else:
            await self._voice.say(phrases.CODE_CALLBACK[self._notes.language])
