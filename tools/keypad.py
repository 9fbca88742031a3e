"""What callers may be asked to type on their keypad, and how it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EntryName = Literal["order_number", "phone_number"]
"""What a model may ask for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to type.

    Attributes:
        name: What it is.
        fewest: Digits that make one; fewer are asked for again.
        most: Digits after which no end key is waited for.
        is_private: Whether neither the model nor the journal, a recording or recognition may have the digits.
        end_key: Ends the typing.
        first_s: How long the first key is waited for.
        next_s: How long each further key is waited for; then what was typed is taken.
        tries: How often it is asked for at most.
    """

    name: EntryName | Literal["yes_or_no", "code"]
    fewest: int
    most: int
    is_private: bool
    end_key: str = "#"
    first_s: float = 10.0
    next_s: float = 4.0
    tries: int = 3


ENTRIES: dict[EntryName, Entry] = {
    "order_number": Entry("order_number", fewest=3, most=12, is_private=False),
    "phone_number": Entry("phone_number", fewest=5, most=15, is_private=True),
}
# Asked by code alone, when a read-back was answered unclearly twice.
YES_OR_NO = Entry("yes_or_no", fewest=1, most=1, is_private=False, tries=1)


@dataclass
class KeypadEntry:
    """The digits of one entry as they are typed: pure, it is told the keys and the time.

    `verdict` is None while it goes on, then `entered`, `too_short` or `nothing`.
    """

    entry: Entry
    digits: str = ""
    verdict: Literal["entered", "too_short", "nothing"] | None = None
    _waited_s: float = 0.0

    def press(self, key: str) -> None:
        """One key; `*` starts anew."""
        if self.verdict is not None:
            return
        self._waited_s = 0.0
        if key == self.entry.end_key:
            self._close()
        elif key == "*":
            self.digits = ""
        elif key.isdigit():
            self.digits += key
            if len(self.digits) >= self.entry.most:
                self._close()

    def advance(self, seconds: float) -> None:
        """Time in which no key was pressed, though the caller could have pressed one."""
        if self.verdict is not None:
            return
        self._waited_s += seconds
        if self._waited_s >= (self.entry.next_s if self.digits else self.entry.first_s) - 1e-9:
            self._close()

    def _close(self) -> None:
        if not self.digits:
            self.verdict = "nothing"
        else:
            self.verdict = "entered" if len(self.digits) >= self.entry.fewest else "too_short"
