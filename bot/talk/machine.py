"""A machine that picked up in place of a person."""

from __future__ import annotations

from bot.line import Line
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes

# A machine that was known by its words begins to record within this time, even if the carrier never says so.
BEEP_WAIT_S = 25.0


class Machine:
    """Leaves the message once the machine listens, and hangs up.

    Args:
        notes: The call's.
        line: Is hushed while the machine does not listen yet.
        leaving: Ends the call.
        message: What is said to it; None hangs up on it.
    """

    def __init__(self, notes: Notes, line: Line, leaving: Leaving, message: str | None) -> None:
        self._notes = notes
        self._line = line
        self._leaving = leaving
        self._message = message
        self._beep_due_s: float | None = None

    async def listens(self) -> None:
        """A machine has picked up, and listens: leaves the message, if there is one, and hangs up."""
        if self._leaving.has_begun:
            return
        if self._notes.state.current_intent != "voicemail":
            self._notes.post("intent_set", {"intent": "voicemail"})
        await self._leaving.end("agent", self._message, hushes=True)

    def is_none(self) -> None:
        """A person has picked up, so the carrier says: no beep is to be waited for."""
        self._message = None

    async def wait_for_beep(self) -> bool:
        """Whether a machine was known by its words, and has yet to listen to the message."""
        if self._message is None or self._notes.state.current_intent != "voicemail":
            return False
        if self._beep_due_s is None:
            self._beep_due_s = BEEP_WAIT_S
            await self._line.hush()
        return True

    async def pass_time(self, seconds: float) -> bool:
        """Time went by; whether the beep was waited for, and nothing else matters."""
        if self._beep_due_s is None:
            return False
        self._beep_due_s -= seconds
        if self._beep_due_s <= 0:
            await self.listens()
        return True
