"""Date expressions in a row of tokens, before a calendar gives them a day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spoken import date_absolute, date_nth, date_relative
from spoken.date_bounds import with_bounds
from spoken.date_expression import DateExpression
from spoken.date_negation import denies_after, is_denied_before
from spoken.languages import Language
from spoken.lexicon import Lexicon, words
from spoken.lexicons import LEXICONS
from spoken.tokens import Token, tokenize

# Between a weekday and its date: "Tuesday, the seventeenth", "вівторок (17 березня)", "завтра, это вторник".
_BRIDGES = words(", ( - – — the on that's which is у в во на це это тобто то есть")
_LONGEST_BRIDGE = 3
_UNTIL, _SINCE = words("to on through until till на до по"), words("from з із зі с со від от between")
_BETWEEN, _AND = words("between між поміж между"), words("and і й та и")
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
                date_nth.read_nth_weekday(tokens, index, lexicon)
                or date_absolute.read_absolute(tokens, index, language)
                or date_relative.read_relative(tokens, index, lexicon)
                or date_relative.read_weekday(tokens, index, lexicon)
            )
        if expression is None:
            index += 1
            continue
        found.append(expression)
        index = expression.end
    whole = _keep_whole(_join(found, tokens, language))
    shared = _with_shared_months(date_absolute.with_months_ahead(whole, tokens), tokens, lexicon)
    return Parsed(text, tokens, with_bounds(shared, tokens))


def _starting_words(lexicon: Lexicon) -> frozenset[str]:
    """Every word that may begin a date: a look-up spares most words of a text the attempt."""
    tables = (lexicon.numbers, lexicon.ordinals, lexicon.months, lexicon.weekdays, lexicon.short_weekdays)
    return frozenset(
        {word for table in (*tables, lexicon.week_modifiers, lexicon.units) for word in table}
        | {phrase.split()[0] for phrase in lexicon.relative}
        | date_relative.STARTS
        | date_relative.ONE
        | date_nth.starts(lexicon)
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
            # "On Tuesday, tomorrow doesn't work" names two days.
            is_apart = expression.shift is not None and denies_after(tokens, expression)
            if both is not None and not belongs_ahead and not is_apart and not is_denied_before(tokens, before.start):
                joined[-1] = both
                continue
        joined.append(expression)
    return [_with_bare_day(expression, tokens, language) for expression in joined]


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


def _with_shared_months(
    expressions: Sequence[DateExpression], tokens: Sequence[Token], lexicon: Lexicon
) -> list[DateExpression]:
    """Read "from 14 to 17 March" and "17 or 18 March": the month belongs to both days."""
    whole: list[DateExpression] = []
    for expression in expressions:
        if expression.month is not None and expression.nth is None:
            first = _day_before(expression, whole[-1] if whole else None, tokens, lexicon)
            if first is not None:
                whole = [e for e in whole if e.end <= first.start] + [first]
        whole.append(expression)
    return whole


def _day_before(
    expression: DateExpression, before: DateExpression | None, tokens: Sequence[Token], lexicon: Lexicon
) -> DateExpression | None:
    """The day that is linked to a date, and that has no other month than that date's."""
    link = expression.start - 1
    if link > 0 and tokens[link].text == "the":
        link -= 1
    if before is not None and before.end == link:
        start = before.start if before.day is not None and before.month is before.month_shift is None else None
    else:
        free_from = before.end if before is not None else 0
        start = date_absolute.day_that_ends(tokens, link, free_from, lexicon)
    if start is None:
        return None
    at = start - 1 if start and tokens[start - 1].text == "the" else start
    ahead = tokens[at - 1] if at else None
    word = ahead.text if ahead is not None and ahead.kind == "word" else ""
    is_free = ahead is None or ahead.kind == "word"
    is_pair = (
        (tokens[link].text in _UNTIL and word in _SINCE)
        or (tokens[link].text in _AND and word in _BETWEEN)
        or (tokens[link].text in _OR and word not in _ORDER_WORDS and is_free)
    )
    if not is_pair:
        return None
    day = before.day if before is not None and before.end == link else date_absolute.day_at(tokens, start, lexicon)
    return DateExpression(start, link, day, expression.month, expression.year)


def _keep_whole(expressions: Sequence[DateExpression]) -> list[DateExpression]:
    """Drop short weekday names that stand beside no date: "sat" and "sun" are also other words."""
    return [e for e in expressions if not (e.is_short and not e.has_day)]
