"""Numbers that the model has the caller type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot import phrases
from bot.line import Line
from bot.talk.facts import Facts
from bot.talk.keypad import Keypad
from bot.talk.notes import Notes
from bot.talk.voice import Voice
from tools.keypad import Entry

TYPED: Mapping[str, str] = {
    "phone_number": "The caller has typed the phone number on the order. You do not see it, but the lookup knows it: "
    "look the order up again, by its number and without a phone.",
}


class Entries:
    """Asks for an entry and passes it on: as the caller's words, or, where it is private, to the guards alone.

    Args:
        notes: The call's.
        voice: Says that nothing was typed.
        line: Takes the words, or has the model go on.
        keypad: Takes the keys.
        facts: What guards know of the caller.
    """

    def __init__(self, notes: Notes, voice: Voice, line: Line, keypad: Keypad, facts: Facts) -> None:
        self._notes = notes
        self._voice = voice
        self._line = line
        self._keypad = keypad
        self._facts = facts

    async def ask(self, entry: Entry) -> None:
        """Asks the caller to type this."""
        await self._keypad.ask(entry, partial(self._typed, entry))

    async def _typed(self, entry: Entry, digits: str | None) -> None:
        if digits is None:
            await self._voice.say(phrases.NOT_TYPED[self._notes.language])
        elif not entry.is_private:
            await self._line.take_words(digits)
        else:
            self._facts.add_typed(digits)
            self._notes.post("slot_set", {"name": f"{entry.name}_typed", "value": "yes"})
            await self._line.run_model(TYPED[entry.name])
