"""The desk's sentences, one module a language. Facts enter only through the named fields in braces."""

from embedded.dialogue.phrases.english import ENGLISH
from embedded.dialogue.phrases.model import Phrases
from embedded.dialogue.phrases.russian import RUSSIAN
from embedded.dialogue.phrases.ukrainian import UKRAINIAN
from spoken import Language

__all__ = ["Phrases", "phrases"]

_BY_LANGUAGE: dict[Language, Phrases] = {"uk": UKRAINIAN, "ru": RUSSIAN, "en": ENGLISH}


def phrases(language: Language) -> Phrases:
    """The sentences of one language."""
    return _BY_LANGUAGE[language]
