"""Words that say which call and which turn a text belongs to, so that vendors shared by many calls can tell."""

from __future__ import annotations

import re
from typing import NamedTuple

_CONSONANTS = "bdfgklmnprst"
_VOWELS = "aeiou"
MOST = len(_CONSONANTS) * len(_VOWELS)
"""Calls at the same time, and turns of a call, that can be told apart."""

_TAG = re.compile(rf"\b([{_CONSONANTS}][{_VOWELS}])lor ([{_CONSONANTS}][{_VOWELS}])mit\b", re.IGNORECASE)


class Tag(NamedTuple):
    """A turn of a call; `slot` is free again for another call once the call is over."""

    slot: int
    turn: int

    @property
    def words(self) -> str:
        """Two invented words that no one writes differently: no digits, no names."""
        return f"{_syllable(self.slot).capitalize()}lor {_syllable(self.turn)}mit"


def _syllable(number: int) -> str:
    if not 0 <= number < MOST:
        raise ValueError(f"tag: expected a number from 0 to {MOST - 1}, got {number}")
    return _CONSONANTS[number // len(_VOWELS)] + _VOWELS[number % len(_VOWELS)]


def _number(syllable: str) -> int:
    consonant, vowel = syllable.lower()
    return _CONSONANTS.index(consonant) * len(_VOWELS) + _VOWELS.index(vowel)


def last_tag(text: str) -> Tag | None:
    """The last tag in a text; None if there is none."""
    found = _TAG.findall(text)
    return Tag(_number(found[-1][0]), _number(found[-1][1])) if found else None
