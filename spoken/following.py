"""Which language a call goes on in: a choice over what the caller has said so far."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from spoken.language_requests import asks_for
from spoken.languages import LANGUAGES, Language, detect
from spoken.lexicons import LEXICONS
from spoken.tokens import tokenize

# One foreign word is a quotation; a sentence of this many words, or two turns in a row, is a choice of language.
SENTENCE_WORDS = 3
# Many who speak Russian say "шо": alone it leaves no Russian call for Ukrainian.
_COLLOQUIAL = re.compile(r"(?<!\w)(?:шо|шоб)(?!\w)", re.IGNORECASE)


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
        telling = _without_numbers(text)
        if self.language == "ru":
            telling = _COLLOQUIAL.sub("", telling)
        # Who leaves an English call with "да, пожалуйста" does not speak English; in a Ukrainian one it may be surzhyk.
        detected = detect(telling, may_mix=self.language != "en")
        if detected is None:
            return self
        if detected == self.language:
            return replace(self, heard=detected)
        if self.language == "uk" and detected == "ru" and _has_ukrainian(telling):
            return self
        if self.heard == detected or _words(telling) >= SENTENCE_WORDS:
            return Following(detected, detected)
        return replace(self, heard=detected)


def follow(utterances: Iterable[str], start: Language) -> Following:
    """The choice after all utterances of a caller, in a call that began in `start`."""
    choice = Following(start)
    for text in utterances:
        choice = choice.after(text)
    return choice


def _has_ukrainian(text: str) -> bool:
    return any(detect(token.text) == "uk" for token in tokenize(text) if token.kind == "word")


def _words(text: str) -> int:
    return sum(1 for token in tokenize(text) if token.kind == "word")


def _without_numbers(text: str) -> str:
    """Numbers tell nothing: "one zero three three" is dictated in the language of a school, not of a call."""
    tokens = tokenize(text)
    numbers = (token for token in tokens if any(token.text in LEXICONS[language].numbers for language in LANGUAGES))
    pieces, at = [], 0
    for number in numbers:
        pieces.append(text[at : number.start])
        at = number.end
    return "".join([*pieces, text[at:]])
