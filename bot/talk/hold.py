"""Times in which nobody has to speak: a caller on hold, or one who has asked us to wait."""

from __future__ import annotations

from bot import phrases
from bot.line import Line
from bot.talk.company import Company
from bot.talk.leaving import Leaving
from bot.talk.notes import Notes
from bot.talk.voice import Voice

# A caller who asked us to wait is waited for so long before silence counts again.
WAIT_LIMIT_S = 120.0
HOLD_LIMIT_S = 600.0


class Hold:
    """Begins and ends them; both have a limit.

    Args:
        notes: The call's.
        voice: Tells the caller.
        line: Plays the music.
        leaving: Tells whether the call ends, when nobody is put on hold any more.
        company: Counts silence anew afterwards.
    """

    def __init__(self, notes: Notes, voice: Voice, line: Line, leaving: Leaving, company: Company) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._leaving = leaving
        self._company = company
        self._wait_left_s = 0.0
        self._hold_left_s = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the caller waits with music."""
        return self._hold_left_s > 0

    async def begin(self) -> bool:
        """Has the caller wait with music; False where that is so already, or the call ends."""
        if self._leaving.has_begun or self.is_on:
            return False
        self._hold_left_s = HOLD_LIMIT_S
        await self._voice.say(phrases.HOLD[self._notes.language])
        await self._line.hold()
        return True

    async def release(self) -> bool:
        """Goes on with a caller on hold; False if they are not on hold."""
        if self._leaving.has_begun or not self._line.is_on_hold():
            return False
        self._hold_left_s = 0.0
        self._company.heard_caller()
        await self._line.release()
        await self._voice.say(phrases.HOLD_OVER[self._notes.language])
        return True

    async def wait_for_caller(self, spoken: str) -> None:
        """The caller has asked us to wait; says that we do, unless the model has `spoken`."""
        self._wait_left_s = WAIT_LIMIT_S
        if not spoken.strip():
            await self._voice.say(phrases.WAITING[self._notes.language])

    def heard_caller(self) -> None:
        """The caller is back."""
        self._wait_left_s = 0.0

    async def pass_time(self, seconds: float) -> bool:
        """Time went by; whether silence is no silence now."""
        if self._hold_left_s:
            self._hold_left_s = max(0.0, self._hold_left_s - seconds)
            if not self._hold_left_s:
                await self.release()
        self._wait_left_s = max(0.0, self._wait_left_s - seconds)
        return self._hold_left_s > 0 or self._wait_left_s > 0
