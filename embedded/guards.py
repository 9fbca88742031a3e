"""What a recogniser makes up when nobody speaks: loops and stock phrases, told from real words."""

from __future__ import annotations

import re
from collections import Counter

# Credits and sign-offs of the videos on which Whisper was trained; nobody says them to an order desk.
_CREDITS = re.compile(
    r"субтитр|редактор субтитров|корректор [а-яё]\.|dimatorzok|продолжение следует|"
    r"(?:дякую|дякуємо|спасибо|благодар\w+) за (?:перегляд|просмотр)|"
    r"підпис\w+ на (?:наш |мій )?канал|подпис\w+ на (?:наш |мой )?канал|"
    r"thank(?:s| you)(?: so much| very much)? for (?:watching|viewing)|subscribe to (?:my|our|the)|"
    r"subtitles by|captions? by|amara\.org|transcription by",
    re.IGNORECASE,
)
# What is also made up from noise, but which people do say: dropped only if the sound was hardly speech.
_WEAK_PHRASES = frozenset(
    {"thank you", "thanks", "you", "bye", "bye bye", "okay", "ok", "oh", "uh", "so", "hmm", "the", "i"}
    | {"дякую", "дякую вам", "спасибі", "так", "ага", "і"}
    | {"спасибо", "спасибо за внимание", "да", "угу", "и", "у"}
)
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_MAX_REPEATS = 4


def words_of(text: str) -> list[str]:
    """Lower-case words of a text, digits included, punctuation gone."""
    return _WORD.findall(text.lower())


def is_credit(text: str) -> bool:
    """Whether the text is a video's credit or sign-off."""
    return _CREDITS.search(text) is not None


def is_weak_phrase(text: str) -> bool:
    """Whether the text is one of the short phrases that a recogniser also hears in noise."""
    return " ".join(words_of(text)) in _WEAK_PHRASES


def is_loop(text: str) -> bool:
    """Whether the text repeats itself as no person does ("ті ті ті ті ті…").

    Dictated digits may repeat ("zero zero zero zero") and are never taken for a loop.
    """
    words = words_of(text)
    if not words or all(word.isdigit() for word in words):
        return False
    longest = max(len(word) for word in words)
    if longest > 24 and _is_periodic(max(words, key=len)):
        return True
    for size in (1, 2, 3, 4):
        groups = [tuple(words[i : i + size]) for i in range(0, len(words) - size + 1)]
        if len(groups) >= _MAX_REPEATS * size and _longest_run(words, size) > _MAX_REPEATS:
            return True
        most = Counter(groups).most_common(1)
        if most and size >= 2 and len(words) >= 16 and most[0][1] * size > 0.6 * len(words):
            return True
    return False


def _longest_run(words: list[str], size: int) -> int:
    """How often one group of `size` words follows itself without a break; number words do not count."""
    best = 1
    for start in range(size):
        run = 1
        for i in range(start + size, len(words) - size + 1, size):
            same = words[i : i + size] == words[i - size : i]
            run = run + 1 if same else 1
            best = max(best, run)
    return best


def _is_periodic(word: str) -> bool:
    return any(word[:size] * (len(word) // size) == word[: len(word) // size * size] for size in (1, 2, 3, 4))
