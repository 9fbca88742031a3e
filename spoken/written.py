"""Written text as it is to be said: figures, short forms, addresses of mail and web, in the language of a call.

Nothing else of a text changes, and what is in words already stays as it is: speaking twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from spoken.languages import Language
from spoken.written_rules import RULES


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text and how it is said; equal where nothing has to change.

    Attributes:
        written: the piece, as in the text.
        said: its words.
    """

    written: str
    said: str


def speak(text: str, language: Language) -> str:
    """Say a sentence: "до сплати 1 250 грн" → "до сплати одна тисяча двісті п'ятдесят гривень".

    Args:
        text: one or more whole sentences; a number cut in two would be said as two.
        language: whose words.
    """
    return "".join(span.said for span in spans(text, language))


@lru_cache(maxsize=256)  # the same sentence is said, and then measured when it is heard
def spans(text: str, language: Language) -> Sequence[Span]:
    """Split a sentence into pieces that are said as written and pieces that are not; `written` joins to the text."""
    found: list[tuple[int, int, str]] = []
    for rule in RULES[language]:
        for match in rule.pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end, _ in found):
                continue
            said = rule.say(match, language)
            if said is not None:
                found.append((start, end, said))
    pieces: list[Span] = []
    at = 0
    for start, end, said in sorted(found):
        if start > at:
            pieces.append(Span(text[at:start], text[at:start]))
        pieces.append(Span(text[start:end], said))
        at = end
    if at < len(text):
        pieces.append(Span(text[at:], text[at:]))
    return tuple(pieces)
