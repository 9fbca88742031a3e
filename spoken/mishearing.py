"""Numbers that recognition easily turns into each other: a repeated digit counted wrong, "to" taken for a two."""

from __future__ import annotations

from itertools import groupby

_SHORTEST = 3
_MOST_EXTRA = 2
# English "to" and "for" after a number: "move one zero three three to Tuesday".
_WORDS_LIKE_DIGITS = ("2", "4")


def is_misheard(heard: str, meant: str) -> bool:
    """Whether digits that were heard may well be `meant`, and are not.

    Recognisers write "one zero three three" as 103, 1033 or 10333; no other digit may differ.
    """
    if heard == meant or len(meant) < _SHORTEST or not (heard.isdecimal() and meant.isdecimal()):
        return False
    if _repeats_alike(heard, meant):
        return True
    if not heard.endswith(_WORDS_LIKE_DIGITS) or len(heard) <= len(meant):
        return False
    return heard[:-1] == meant or _repeats_alike(heard[:-1], meant)


def _repeats_alike(heard: str, meant: str) -> bool:
    return abs(len(heard) - len(meant)) <= _MOST_EXTRA and _without_repeats(heard) == _without_repeats(meant)


def _without_repeats(digits: str) -> str:
    return "".join(digit for digit, _ in groupby(digits))
