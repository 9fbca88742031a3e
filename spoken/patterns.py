"""Regular expressions over the words of a text in normal form, parted by single spaces."""

import re

from spoken.tokens import tokenize


def normal_words(text: str) -> str:
    """The words and marks of a text in normal form, parted by single spaces."""
    return " ".join(token.text for token in tokenize(text))


def phrases(*alternatives: str) -> re.Pattern[str]:
    """A pattern of any of the alternatives, whole words only; a space in them is one space between words."""
    return re.compile(_anywhere(*alternatives))


def phrases_or_alone(anywhere: tuple[str, ...], alone: tuple[str, ...], must: str | None = None) -> re.Pattern[str]:
    """A pattern of some phrases anywhere, and of others only where nothing else was said (see `only`)."""
    return re.compile(_anywhere(*anywhere) + "|" + _alone(alone, must))


def only(*alternatives: str, must: str | None = None) -> re.Pattern[str]:
    """A pattern of phrases that make up the whole text, one or several, marks aside; `must` be among
    them."""
    return re.compile(_alone(alternatives, must))


def _anywhere(*alternatives: str) -> str:
    return r"(?<!\S)(?:" + "|".join(alternatives) + r")(?!\S)"


def _alone(alternatives: tuple[str, ...], must: str | None) -> str:
    # Every step takes whole words, so that a long text fails fast.
    ahead = "" if must is None else rf"(?=(?:.* )?{must}(?!\S))"
    return rf"^{ahead}(?:(?:" + "|".join(alternatives) + r"|[,.!?…;-])(?: |$))+$"
