"""Which numbers may be dialled at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

PREFIX = re.compile(r"(!?)\+([1-9][0-9]{0,14})")
PREFIX_FORM = "expected calling codes such as +380,+44,!+4490 (a leading ! forbids), separated by commas"


@dataclass(frozen=True)
class AllowedNumbers:
    """Beginnings of numbers that may be dialled, and of some among them that may not; the longest one decides.

    A country is its calling code. Codes rather than names of countries: +1 is shared by two dozen countries, and
    what costs most to call (premium and satellite numbers) is told by longer beginnings only.
    """

    prefixes: dict[str, bool]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `+380,+44,!+4490`; nothing allows nothing. Raises ValueError."""
        prefixes = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            found = PREFIX.fullmatch(part)
            if found is None:
                raise ValueError(PREFIX_FORM)
            prefixes[found[2]] = not found[1]
        return cls(prefixes)

    def allows(self, number: str) -> bool:
        """Whether an E.164 number may be dialled."""
        digits = number.removeprefix("+")
        for length in range(len(digits), 0, -1):
            if digits[:length] in self.prefixes:
                return self.prefixes[digits[:length]]
        return False
