"""How long a text takes to say, and how much of it is out after a time: estimates for silent calls."""

from __future__ import annotations

import re

from spoken import Language

# Words a minute of unhurried telephone speech; Ukrainian and Russian words are longer.
WORDS_PER_MINUTE: dict[Language, int] = {"en": 160, "uk": 125, "ru": 125}

_WORD = re.compile(r"\S+")


def duration_ms(text: str, language: Language) -> int:
    """How long the text takes to say."""
    return round(len(_WORD.findall(text)) * 60_000 / WORDS_PER_MINUTE[language])


def heard_after(text: str, language: Language, after_ms: float) -> str:
    """The words that have been said to their end `after_ms` after the first began; never half a word."""
    count = int(after_ms * WORDS_PER_MINUTE[language] / 60_000)
    words = list(_WORD.finditer(text))
    if count >= len(words):
        return text
    return text[: words[count - 1].end()] if count else ""
