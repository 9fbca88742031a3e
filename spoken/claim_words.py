"""The kinds of phrases by which an agent says that something was done, and the shape of a language's table of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Deed(StrEnum):
    """What a sentence says was done, or is so."""

    MOVED = "moved"
    SENT = "sent"
    TRANSFERRED = "transferred"
    CALLBACK = "callback"
    CANCELLED = "cancelled"
    IS_CANCELLED = "is_cancelled"
    SCHEDULED = "scheduled"
    DONE = "done"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ClaimWords:
    """One language's phrases; they see the normal words of one clause, parted by single spaces.

    Attributes:
        told: says that a deed is done.
        under_way: says that one is being done this moment: an offer, if a question for a yes follows.
        dated: says on which day something comes; counts only beside a date, and is an offer as above.
        elsewhere: words beside a claimed change that make it one that no tool does ("address", "refund").
        undone: words shortly before a phrase that deny it.
        unreal: words shortly before a phrase that put it into the future, or make it a possibility.
        condition: begins a clause that says under which condition, or reports what the caller said.
        consent: asks for a yes.
    """

    told: tuple[tuple[Deed, re.Pattern[str]], ...]
    under_way: tuple[tuple[Deed, re.Pattern[str]], ...]
    dated: re.Pattern[str]
    elsewhere: re.Pattern[str]
    undone: re.Pattern[str]
    unreal: re.Pattern[str]
    condition: re.Pattern[str]
    consent: re.Pattern[str]

    def taken_back_as_in(self, other: ClaimWords) -> ClaimWords:
        """This table with another language's words for denials, plans, conditions and questions beside its own."""

        def either(one: re.Pattern[str], two: re.Pattern[str]) -> re.Pattern[str]:
            return re.compile(f"{one.pattern}|{two.pattern}")

        return replace(
            self,
            undone=either(self.undone, other.undone),
            unreal=either(self.unreal, other.unreal),
            condition=either(self.condition, other.condition),
            consent=either(self.consent, other.consent),
        )
