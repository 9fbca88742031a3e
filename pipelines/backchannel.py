"""Words that say "I am listening" and do not ask for the floor: pure."""

from __future__ import annotations

import re

# Alone, and while the agent speaks; after a question the same words are an answer. No word that refuses or stops.
_WORDS = {
    "uk": frozenset({"угу", "ага", "еге", "так", "добре", "гаразд", "ясно", "зрозуміло", "розумію", "слухаю", "авжеж"}),
    "ru": frozenset({"да", "хорошо", "понятно", "понял", "поняла", "ладно", "слушаю", "хм", "ммм", "м", "о", "а"}),
    "en": frozenset(
        {"uh", "huh", "mm", "mmhm", "mhm", "hm", "hmm", "mmm", "aha", "ah", "oh"}
        | {"yeah", "yep", "yes", "yup", "ok", "okay", "right", "sure"}
    ),
}
_ALL = frozenset[str]().union(*_WORDS.values())
_MOST_WORDS = 4


def is_backchannel(text: str) -> bool:
    """Whether a transcript, perhaps of a part of what is said, has nothing but such words."""
    words = re.findall(r"\w+", text.lower())
    return len(words) <= _MOST_WORDS and all(word in _ALL for word in words)
