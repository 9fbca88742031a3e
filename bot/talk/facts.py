"""What the caller stated and agreed to, as tools' guards ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from itertools import pairwise
from typing import Any

from bot.state import ReadBack, Utterance
from bot.talk import grounds
from bot.talk.notes import Notes
from spoken import LANGUAGES
from spoken.digits import read_digits


class Facts:
    """A view on the state, and the digits that are in no state: those typed where the journal may not see them.

    It is the tools' `CallFacts`.

    Args:
        notes: The call's.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._typed: list[str] = []

    def add_typed(self, digits: str) -> None:
        """The caller typed this privately."""
        self._typed.append(digits)

    def stated_digits(self) -> Sequence[str]:
        """Every number the caller said or typed; also those dictated over neighbouring turns."""
        turns = [_digits_of(turn) for turn in self._notes.state.turns()]
        singles = [digits for turn in turns for digits in turn]
        joined = ["".join((*first, *second)) for first, second in pairwise(turns)]
        return [*singles, *(digits for digits in joined if digits), *self._typed]

    def stated_texts(self) -> Sequence[str]:
        """What the caller said, turn by turn."""
        return self._notes.state.stated()

    def knows_number(self, number: str) -> bool:
        """Whether the caller said this order number, or a tool returned it."""
        return grounds.knows_number(self._notes.state, number, self._typed)

    def knows_day(self, day: date) -> bool:
        """Whether the caller said this day, heard it, or a tool returned it."""
        return grounds.knows_day(self._notes.state, day, self._notes.today)

    def knows_time(self, moment: time) -> bool:
        """Whether the caller said this time, or heard it."""
        return grounds.knows_time(self._notes.state, moment)

    def confirmation(self, tool: str, values: Mapping[str, Any]) -> str | None:
        """The id of the caller's explicit yes to exactly this, or None."""
        given = self._notes.state.confirmation
        return given.confirmation_id if given and given.asked == ReadBack(tool, values) else None


def _digits_of(turn: Utterance) -> list[str]:
    """The numbers of a turn, in the language it was said in; in another one where that has none."""
    languages = dict.fromkeys((turn.language, *LANGUAGES))
    found = (read_digits(turn.text, language) for language in languages)
    return next((digits for digits in found if digits), [])
