"""The kinds of phrases by which callers answer a read-back."""

import re
from dataclasses import dataclass

# Where a clause begins: at the text's start or after a mark.
START = r"(?:(?<=^)|(?<=[,.!;] ))"


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """One language's phrases, taken out of the text in this order, so that "not correct" holds no "correct".

    The patterns see normal words parted by single spaces, and "#" in the place of a date.

    Attributes:
        confused: asks, or has not heard: never an answer.
        unopposed: agrees by denying a refusal ("no objection").
        neutral: says neither, though its words look as if ("no problem", "don't forget").
        hedged: leaves the answer open or ties it to a condition.
        held: asks to wait.
        no: refuses.
        another: wants something else, without naming it.
        but: adds a reservation.
        yes: agrees explicitly.
        negation: any negation left over makes the rest unclear.
        harmless: words that may stand beside a yes.
    """

    confused: re.Pattern[str]
    unopposed: re.Pattern[str]
    neutral: re.Pattern[str]
    hedged: re.Pattern[str]
    held: re.Pattern[str]
    no: re.Pattern[str]
    another: re.Pattern[str]
    but: re.Pattern[str]
    yes: re.Pattern[str]
    negation: re.Pattern[str]
    harmless: frozenset[str]
