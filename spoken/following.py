"""Which language a call goes on in: a choice over what the caller has said so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from spoken.languages import Language, detect
from spoken.lexicons import LEXICONS
from spoken.patterns import normal_words, phrases
from spoken.tokens import tokenize

# One foreign word is a quotation; a sentence of this many words, or two turns in a row, is a choice of language.
SENTENCE_WORDS = 3

_ASKS: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(
        r"(?:говоріть|розмовляйте|говори|поговоримо|поговорімо|можна|можете|давайте|будь ласка|краще|хочу"
        r"|перейдімо|перейдемо|спілкуватися|спілкуймося)(?: \S+){0,3} (?:українською|українській|по-українськи"
        r"|українську|державною)",
        r"по - українськи",
        r"(?:говорите|давайте|можно|можете|лучше|перейдем|перейти)(?: \S+){0,3} (?:по - украински|на украинском"
        r"|украинский)",
        r"(?:speak|in|switch to|talk)(?: \S+){0,2} ukrainian",
        r"українською(?: мовою)? (?:будь ласка|можна)",
    ),
    "ru": phrases(
        r"(?:говорите|поговорим|давайте|можно|можете|лучше|хочу|перейдем|перейти|общаться)(?: \S+){0,3}"
        r" (?:по - русски|на русском|русский)",
        r"(?:говоріть|давайте|можна|можете|краще|перейдемо)(?: \S+){0,3} (?:російською|по - російськи|російську)",
        r"(?:speak|in|switch to|talk)(?: \S+){0,2} russian",
        r"(?:по - русски|на русском)(?: языке)? (?:пожалуйста|можно)",
    ),
    "en": phrases(
        r"(?:speak|in|switch to|talk|use)(?: \S+){0,2} english",
        r"english(?: ,)? please",
        r"(?:говоріть|давайте|можна|можете|краще|перейдемо)(?: \S+){0,3} (?:англійською|англійську)",
        r"(?:говорите|давайте|можно|можете|лучше|перейдем)(?: \S+){0,3} (?:по - английски|на английском|английский)",
    ),
}
_NOT_ASKED = re.compile(
    r"(?<!\S)(?:не|don't|do not|dont|not|never|cannot|can't|погано|плохо)(?: \S+){0,3} (?:українською|російською"
    r"|англійською|русски|украински|английски|english|russian|ukrainian)(?!\S)"
)


@dataclass(frozen=True, slots=True)
class Following:
    """The call's language, and the other one that the turn before was in, if it was.

    Attributes:
        language: in which the call goes on.
        heard: the language of the last turn that told one.
    """

    language: Language
    heard: Language | None = None

    def after(self, text: str) -> Following:
        """The choice once the caller has said `text`.

        A request to speak a language counts at once. Otherwise a turn counts if it is a sentence in another
        language, or the second turn in a row in it. Numbers, names and words that callers use across languages
        tell nothing, and the turn before keeps its weight over them. Speech that mixes Ukrainian with Russian is
        Ukrainian as long as any Ukrainian is in it, and never turns a Ukrainian call into a Russian one.
        """
        asked = asks_for(text)
        if asked is not None:
            return Following(asked, asked)
        detected = detect(text)
        if detected is None:
            return self
        if detected == self.language:
            return replace(self, heard=detected)
        if self.language == "uk" and detected == "ru" and _has_ukrainian(text):
            return self
        if self.heard == detected or _telling_words(text, detected) >= SENTENCE_WORDS:
            return Following(detected, detected)
        return replace(self, heard=detected)


def follow(utterances: Iterable[str], start: Language) -> Following:
    """The choice after all utterances of a caller, in a call that began in `start`."""
    choice = Following(start)
    for text in utterances:
        choice = choice.after(text)
    return choice


def asks_for(text: str) -> Language | None:
    """The language that a caller asks to be spoken to in; None without such a request."""
    words = normal_words(text)
    if _NOT_ASKED.search(words):
        return None
    asked = [language for language, pattern in _ASKS.items() if pattern.search(words)]
    return asked[0] if len(asked) == 1 else None


def _has_ukrainian(text: str) -> bool:
    return any(detect(token.text) == "uk" for token in tokenize(text) if token.kind == "word")


def _telling_words(text: str, language: Language) -> int:
    """How many words are no numbers: "one zero three three" is dictated in the language of a school, not of a call."""
    numbers = LEXICONS[language].numbers
    return sum(1 for token in tokenize(text) if token.kind == "word" and token.text not in numbers)
