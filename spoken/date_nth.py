"""Dates said as one of a month's weekdays: "the first Monday of April", "остання п'ятниця березня"."""

from collections.abc import Sequence

from spoken.date_expression import DateExpression
from spoken.lexicon import Lexicon, words
from spoken.tokens import Token

LAST = -1
_MOST = 5
_LAST = words(
    "last останній останнього останньому остання останню останньої последний последнего последнему последняя последнюю"
    " последней последнее"
)
_LINKS = words("of in the у в во")
_MONTH = words("month місяця місяці месяца месяце")


def starts(lexicon: Lexicon) -> frozenset[str]:
    """Every word that may begin one."""
    return _LAST | {word for word, value in lexicon.last_ordinals.items() if value <= _MOST}


def read_nth_weekday(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read one that begins at `index`; without a month's name ("of this month") it is vague."""
    word = tokens[index].text
    nth = LAST if word in _LAST else lexicon.last_ordinals.get(word, _MOST + 1)
    weekday = lexicon.weekdays.get(tokens[index + 1].text) if index + 1 < len(tokens) else None
    if nth > _MOST or weekday is None:
        return None
    at = index + 2
    while at < len(tokens) and tokens[at].text in _LINKS:
        at += 1
    month = lexicon.months.get(tokens[at].text) if at < len(tokens) else None
    if month is not None:
        return DateExpression(index, at + 1, month=month, weekday=weekday, nth=nth)
    for end in (at + 1, at + 2):
        if end <= len(tokens) and tokens[end - 1].text in _MONTH:
            return DateExpression(index, end, weekday=weekday, nth=nth, is_vague=True)
    return None
