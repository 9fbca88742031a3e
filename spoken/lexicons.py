"""Word tables by the language of the call.

Callers in Ukraine mix Ukrainian and Russian in one sentence, so each of the two also understands the other's
words. Ukrainian "second" is Russian "other" and is left out there.
"""

from collections.abc import Mapping

from spoken import en, ru, uk
from spoken.languages import Language
from spoken.lexicon import Lexicon

_OTHER = frozenset({"друге", "другого", "другому", "другим", "другий", "друга", "другої", "другу", "другій"})

LEXICONS: Mapping[Language, Lexicon] = {
    "uk": uk.LEXICON.with_words_of(ru.LEXICON),
    "ru": ru.LEXICON.with_words_of(uk.LEXICON, without=_OTHER),
    "en": en.LEXICON,
}
