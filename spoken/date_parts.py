"""Date expressions in a row of tokens, before a calendar gives them a day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spoken import date_absolute, date_relative
from spoken.date_expression import DateExpression
from spoken.languages import Language
from spoken.lexicon import Lexicon, words
from spoken.lexicons import LEXICONS
from spoken.tokens import Token, tokenize

# Between a weekday and its date: "Tuesday, the seventeenth", "вівторок (17 березня)", "завтра, это вторник".
_BRIDGES = words(", ( - – — the on that's which is у в во на це это тобто то есть")
_LONGEST_BRIDGE = 3
_PREPOSITIONS = words("on the у в во на")
_NOT = words("not except не крім окрім кроме")
_ANYTHING = words("anything any anytime day everything")
_UNTIL, _SINCE = words("to on на до по"), words("from з із зі с со від от between")
_OR = words("or чи або или")
_ORDER_WORDS = frozenset(word for lexicon in LEXICONS.values() for word in lexicon.order)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text whose dates have been found.

    Attributes:
        text: the original.
        tokens: all of its tokens.
        expressions: its dates, in order.
    """

    text: str
    tokens: Sequence[Token]
    expressions: Sequence[DateExpression]

    def without_dates(self) -> list[Token]:
        """The tokens, with an empty mark in the place of each that belongs to a date."""
        rest = list(self.tokens)
        for expression in self.expressions:
            for index in range(expression.start, expression.end):
                rest[index] = replace(rest[index], kind="mark", text="")
        return rest


def parse(text: str, language: Language) -> Parsed:
    """Split a text and find its dates; a weekday and a date side by side are one."""
    tokens, lexicon, starts = tokenize(text), LEXICONS[language], _STARTS[language]
    found: list[DateExpression] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        expression = None
        if token.kind in ("digits", "ordinal") or token.text in starts:
            expression = (
                date_absolute.read_absolute(tokens, index, language)
                or date_relative.read_relative(tokens, index, lexicon)
                or date_relative.read_weekday(tokens, index, lexicon)
            )
        if expression is None:
            index += 1
            continue
        found.append(expression)
        index = expression.end
    whole = _keep_whole(_join(found, tokens, language))
    return Parsed(text, tokens, _with_shared_months(whole, tokens))


def _starting_words(lexicon: Lexicon) -> frozenset[str]:
    """Every word that may begin a date: a look-up spares most words of a text the attempt."""
    tables = (lexicon.numbers, lexicon.ordinals, lexicon.months, lexicon.weekdays, lexicon.short_weekdays)
    return frozenset(
        {word for table in (*tables, lexicon.week_modifiers, lexicon.units) for word in table}
        | {phrase.split()[0] for phrase in lexicon.relative}
        | date_relative.STARTS
        | date_relative.ONE
    )


_STARTS = {language: _starting_words(lexicon) for language, lexicon in LEXICONS.items()}


def _join(found: Sequence[DateExpression], tokens: Sequence[Token], language: Language) -> list[DateExpression]:
    joined: list[DateExpression] = []
    for position, expression in enumerate(found):
        before = joined[-1] if joined else None
        if before is not None and _is_bridge(tokens[before.end : expression.start]):
            following = found[position + 1] if position + 1 < len(found) else None
            belongs_ahead = (
                expression.is_bare_weekday
                and following is not None
                and following.has_day
                and _is_bridge(tokens[expression.end : following.start])
            )
            both = before.join(expression)
            if both is not None and not belongs_ahead and not is_negated(tokens, before.start):
                joined[-1] = both
                continue
        joined.append(expression)
    return [_with_bare_day(expression, tokens, language) for expression in joined]


def is_negated(tokens: Sequence[Token], index: int) -> bool:
    """Whether the date that begins here is said not to be meant: "not on Tuesday", "anything but tomorrow"."""
    at = index - 1
    while at >= 0 and tokens[at].text in _PREPOSITIONS:
        at -= 1
    return at >= 0 and (tokens[at].text in _NOT or (tokens[at].text == "but" and _is_anything(tokens, at)))


def _is_anything(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].text in _ANYTHING


def _is_bridge(between: Sequence[Token]) -> bool:
    return len(between) <= _LONGEST_BRIDGE and all(token.text in _BRIDGES for token in between)


def _with_bare_day(expression: DateExpression, tokens: Sequence[Token], language: Language) -> DateExpression:
    """Add a day that only a weekday before it makes a date: "Tuesday the third", "вівторок, 17"."""
    if expression.weekday is None or expression.has_day:
        return expression
    index = expression.end
    while index < len(tokens) and index - expression.end < _LONGEST_BRIDGE and tokens[index].text in _BRIDGES:
        index += 1
    day = date_absolute.read_day_beside_weekday(tokens, index, language)
    return expression if day is None else replace(expression, day=day.day, end=day.end)


def _with_shared_months(expressions: Sequence[DateExpression], tokens: Sequence[Token]) -> list[DateExpression]:
    """Read "from 14 to 17 March" and "17 or 18 March": the month belongs to both days."""
    whole: list[DateExpression] = []
    for expression in expressions:
        at = expression.start - 2
        free_from = whole[-1].end if whole else 0
        if at >= free_from and expression.month is not None and tokens[at].kind == "digits":
            day, link = int(tokens[at].text), tokens[at + 1].text
            before = tokens[at - 1] if at else None
            word = before.text if before is not None and before.kind == "word" else ""
            is_free = before is None or before.kind == "word"
            is_pair = (link in _UNTIL and word in _SINCE) or (link in _OR and word not in _ORDER_WORDS and is_free)
            if is_pair and 1 <= day <= 31:
                whole.append(DateExpression(at, at + 1, day, expression.month, expression.year))
        whole.append(expression)
    return whole


def _keep_whole(expressions: Sequence[DateExpression]) -> list[DateExpression]:
    """Drop short weekday names that stand beside no date: "sat" and "sun" are also other words."""
    return [e for e in expressions if not (e.is_short and not e.has_day)]
