"""Words, numbers and marks of a transcript, with their places in it."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "digits", "ordinal", "mark"]

_TOKEN = re.compile(
    r"(?P<ordinal>(?<!\d)\d{1,2}(?:st|nd|rd|th|-?(?:[оеє]?го|[оеє]?му|[шгтмо]?е|[тд]є|ье))(?![^\W_]))"
    r"|(?P<digits>\d+)"
    r"|(?P<word>(?:[^\W\d_][\u0300-\u036f]*)+(?:['’ʼ‘`ʹ′](?:[^\W\d_][\u0300-\u036f]*)+)*)"
    r"|(?P<mark>\S)",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans("’ʼ‘`ʹ′", "''''''")
_LATIN_IN_CYRILLIC = str.maketrans("aceiopxy", "асеіорху")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_STRESS = "\u0301"


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: `ordinal` is a number of one or two digits with its ending ("17th", "17-го").
        text: lower case, composed, `ё` as `е`, one apostrophe, no stress marks; the digits alone for
            `ordinal`.
        start: first character's place in the original text.
        end: the place after the last character.
    """

    kind: Kind
    text: str
    start: int
    end: int


def normalize(word: str) -> str:
    """Bring a word to the form in which all word tables of this package are written."""
    word = unicodedata.normalize("NFC", word.lower().replace(_STRESS, "")).translate(_APOSTROPHES)
    if _CYRILLIC.search(word):
        word = word.translate(_LATIN_IN_CYRILLIC)
    return word.replace("ё", "е")


def tokenize(text: str) -> list[Token]:
    """Split a text into words, numbers and single marks; white space is dropped."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        raw, kind = match.group(), match.lastgroup
        if kind == "ordinal":
            number = "".join(character for character in raw if character.isdigit())
            tokens.append(Token("ordinal", number, *match.span()))
        elif kind == "digits":
            # Other scripts' digits count as the same numbers.
            tokens.append(Token("digits", "".join(str(int(c)) for c in raw), *match.span()))
        elif kind == "word":
            tokens.append(Token("word", normalize(raw), *match.span()))
        else:
            tokens.append(Token("mark", raw, *match.span()))
    return tokens


def is_glued(left: Token, right: Token) -> bool:
    """Tell whether nothing, not even a space, stands between two neighbours."""
    return left.end == right.start
