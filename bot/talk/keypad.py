"""Has a caller type a number, outside what the model and the journal see where it is private."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot import phrases
from bot.line import Line
from spoken import Language
from tools.keypad import Entry, KeypadEntry

Say = Callable[[str], Awaitable[None]]
# So long the last key of a private entry may still sound; and one that ended by its length is followed by the end key
# all the same, or by a key too many.
LATE_KEYS_S = 1.0
Answered = Callable[[str | None], Awaitable[None]]
"""Told the digits, or None when nothing of use was typed."""


class Keypad:
    """Asks for an entry, takes its keys, asks again, and gives up in the end.

    Args:
        line: Kept private meanwhile, where the entry is.
        say: Says a sentence of the product's own.
        language: Gives the call's.
    """

    def __init__(self, line: Line, say: Say, language: Callable[[], Language]) -> None:
        self._line = line
        self._say = say
        self._language = language
        self._taking: KeypadEntry | None = None
        self._answered: Answered | None = None
        self._tries = 0
        self._late_s = 0.0
        self._awaited_end = ""

    @property
    def is_open(self) -> bool:
        """Whether the next key belongs to an entry."""
        return self._taking is not None

    async def ask(self, entry: Entry, answered: Answered, words: str | None = None) -> None:
        """Asks for an entry; gives up at once where what is private cannot be kept so.

        Args:
            entry: What to type.
            answered: Told what came of it.
            words: The question; None for the usual one.
        """
        if entry.is_private and not await self._line.go_private():
            await answered(None)
            return
        self._tries = 1
        self._taking, self._answered = KeypadEntry(entry), answered
        await self._say(words or phrases.TYPE[entry.name][self._language()])

    async def press(self, key: str) -> bool:
        """One key; whether it belonged to an entry."""
        if self._late_s and self._awaited_end:
            if key == self._awaited_end:
                self._awaited_end = ""  # what comes behind it is meant for something else
            return True
        if self._taking is None:
            if self._late_s:  # a key of something else: what came before it has fallen silent
                self._late_s = 0.0
                await self._line.end_private()
            return False
        if not self._taking.digits and not self._line.is_quiet():
            await self._line.fall_silent()
        self._taking.press(key)
        await self._follow_up()
        return True

    async def pass_time(self, seconds: float) -> None:
        """Time went by; while the caller is being told what to do, none of it counts."""
        if self._late_s:
            self._late_s = max(0.0, self._late_s - seconds)
            if not self._late_s and not self._is_private:
                await self._line.end_private()
        if self._taking is not None and (self._taking.digits or self._line.is_quiet()):
            self._taking.advance(seconds)
            await self._follow_up()

    async def close(self) -> None:
        """The call ends, or goes on without the entry."""
        if self._is_private or self._late_s:
            self._late_s = 0.0
            await self._line.end_private()
        self._taking = None

    @property
    def _is_private(self) -> bool:
        return self._taking is not None and self._taking.entry.is_private

    async def _follow_up(self) -> None:
        taking, answered = self._taking, self._answered
        if taking is None or taking.verdict is None or answered is None:
            return
        entry = taking.entry
        if entry.is_private:
            self._late_s = LATE_KEYS_S
            self._awaited_end = entry.end_key if len(taking.digits) >= entry.most else ""
        if taking.verdict != "entered" and self._tries < entry.tries:
            self._tries += 1
            self._taking = KeypadEntry(entry)
            await self._say(phrases.TYPE_AGAIN[self._language()])
            return
        self._taking = None
        await answered(taking.digits if taking.verdict == "entered" else None)
