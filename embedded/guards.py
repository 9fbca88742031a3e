"""What a recogniser makes up when nobody speaks: loops, captions and stock phrases, told from real words."""

from __future__ import annotations

import re

from embedded.whisper import Hypothesis

WEAK_SPEECH_S = 0.25
DOUBTFUL_NO_SPEECH = 0.6
WEAK_LOGPROB = -0.8
HOPELESS_LOGPROB = -1.6
# People do say "no, no, no, no, no"; nobody says it eight times, and a recogniser in doubt says it four times.
MAX_REPEATS = 7
MAX_WEAK_REPEATS = 3

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
    {"thank you", "thanks", "thank you so much", "thank you very much", "you", "bye", "bye bye"}
    | {"okay", "ok", "oh", "uh", "so", "hmm", "the", "i", "i'm"}
    | {"дякую", "дякую вам", "спасибі", "так", "ага", "і", "треба", "мені"}
    | {"спасибо", "спасибо за внимание", "да", "угу", "и", "у", "слышь", "ох"}
)
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_MIN_CAPTION_CHARS = 5
_MIN_LONG_WORD = 24


def words_of(text: str) -> list[str]:
    """Lower-case words of a text, digits included, punctuation gone."""
    return _WORD.findall(text.lower())


def is_caption(text: str) -> bool:
    """Whether the text is a video's credit, its sign-off, or a sound described in capitals ("МУЗЫКА")."""
    return _CREDITS.search(text) is not None or (text.isupper() and len(text) >= _MIN_CAPTION_CHARS)


def is_weak_phrase(text: str) -> bool:
    """Whether the text is one of the short phrases that a recogniser also hears in noise."""
    return " ".join(words_of(text)) in _WEAK_PHRASES


def is_loop(text: str, most: int = MAX_REPEATS) -> bool:
    """Whether one to four words follow themselves more than `most` times ("ті ті ті ті ті…").

    Dictated digits may repeat ("zero zero zero zero") and are never taken for a loop.
    """
    words = words_of(text)
    if all(word.isdigit() for word in words):
        return False
    longest = max(words, key=len)
    if len(longest) >= _MIN_LONG_WORD and _is_periodic(longest):
        return True
    return any(_longest_run(words, size) > most for size in (1, 2, 3, 4))


def why_not(heard: Hypothesis, speech_s: float) -> str | None:
    """Why the words are not to be believed; `None` if they are.

    Args:
        heard: What the recogniser made of a window.
        speech_s: Seconds of it in which somebody spoke, by a separate detector.

    Returns:
        `no_words`, `loop`, `caption`, `weak` (a phrase often made up) or `unsure`.
    """
    if not words_of(heard.text):
        return "no_words"
    weak = heard.avg_logprob < WEAK_LOGPROB
    doubtful = heard.no_speech_prob > DOUBTFUL_NO_SPEECH
    if is_loop(heard.text, MAX_WEAK_REPEATS if weak else MAX_REPEATS):
        return "loop"
    if is_caption(heard.text):
        return "caption"
    if is_weak_phrase(heard.text) and (doubtful or speech_s < WEAK_SPEECH_S):
        return "weak"
    if heard.avg_logprob < HOPELESS_LOGPROB or (doubtful and weak):
        return "unsure"
    return None


def _longest_run(words: list[str], size: int) -> int:
    """How often one group of `size` words follows itself without a break, at most."""
    best = 0
    for start in range(min(size, len(words))):
        run = 1
        for i in range(start + size, len(words) - size + 1, size):
            run = run + 1 if words[i : i + size] == words[i - size : i] else 1
            best = max(best, run)
    return best


def _is_periodic(word: str) -> bool:
    return any(word[size:] == word[:-size] for size in (1, 2, 3, 4))
