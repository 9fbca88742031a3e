"""Dates said by weekday, or by their distance from today."""

from collections.abc import Sequence
from dataclasses import replace

from spoken.date_expression import DateExpression
from spoken.lexicon import Lexicon, Week
from spoken.lexicons import LEXICONS
from spoken.numerals import read_numeral
from spoken.tokens import Token

# First word of a phrase → how many words its phrases have.
_PHRASE_LENGTHS: dict[str, set[int]] = {}
for _phrase in (phrase for lexicon in LEXICONS.values() for phrase in lexicon.relative):
    _PHRASE_LENGTHS.setdefault(_phrase.split()[0], set()).add(len(_phrase.split()))
AHEAD = frozenset({"in", "через"})
STARTS = AHEAD | {"за"}
_AGO = frozenset({"ago", "тому", "назад"})
ONE = frozenset({"a", "one"})
_ON = frozenset({"on", "у", "в", "во", "на", ","})


def read_relative(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read "tomorrow", "the day after tomorrow", "in three days", "a week from today", "через тиждень"."""
    lengths = _PHRASE_LENGTHS.get(tokens[index].text, ())
    for length in lengths:
        shift = lexicon.relative.get(" ".join(token.text for token in tokens[index : index + length]))
        if shift is not None:
            return DateExpression(index, index + length, shift=shift)
    # Ukrainian "за три дні" is in three days, "за три дні до" is three before; Russian "за три дня" is within three.
    is_uk_lead = tokens[index].text == "за" and lexicon is LEXICONS["uk"]
    has_lead = tokens[index].text in AHEAD or is_uk_lead
    span = _read_span(tokens, index + has_lead, lexicon)
    if span is None:
        return None
    days, end, is_bare = span
    following = [token.text for token in tokens[end : end + 2]]
    if is_uk_lead and following[:1] == ["до"]:
        return None
    if has_lead:
        # "через день" says "tomorrow" to some and "the day after" to others.
        if is_bare and days == 1:
            return None
        return DateExpression(index, end + (following[:1] == ["time"]), shift=days)
    if following[:1] and following[0] in _AGO:
        return DateExpression(index, end + 1, shift=-days)
    if following[:1] == ["from"] and following[1:] in (["now"], ["today"], ["tomorrow"]):
        return DateExpression(index, end + 2, shift=days + (following[1] == "tomorrow"))
    return None


def _read_span(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> tuple[int, int, bool] | None:
    """Read a length of time in days: its days, the index after it, whether no number was said."""
    if index >= len(tokens):
        return None
    if tokens[index].text in lexicon.units:
        unit = lexicon.units[tokens[index].text]
        return None if tokens[index].text.isascii() else (unit, index + 1, True)
    # Most numbers count no days: look before reading one.
    if not any(token.text in lexicon.units for token in tokens[index + 1 : index + 6]):
        return None
    count, at = 1, index + 1
    if tokens[index].text not in ONE:
        numeral = read_numeral(tokens, index, lexicon)
        if numeral is None or len(numeral.digits) > 2:
            return None
        count, at = int(numeral.digits), numeral.end
    unit_word = tokens[at].text if at < len(tokens) else ""
    if unit_word not in lexicon.units:
        return None
    return count * lexicon.units[unit_word], at + 1, False


def read_weekday(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read "Tuesday", "next Tuesday", "Tuesday next week", "next week on Tuesday" and the like."""
    week_later = _read_week_later(tokens, index, lexicon)
    if week_later is not None:
        return week_later
    week: Week | None = None
    at = index
    if tokens[at].text in lexicon.week_modifiers:
        at += 1
        # "this coming Friday", "в эту ближайшую пятницу"
        if at < len(tokens) and tokens[at].text in lexicon.week_modifiers:
            at += 1
        week = lexicon.week_modifiers[tokens[at - 1].text]
        if at < len(tokens) and tokens[at].text in lexicon.week_words:
            at += 1
            while at < len(tokens) and tokens[at].text in _ON:
                at += 1
    if at >= len(tokens):
        return None
    word = tokens[at].text
    is_short = word in lexicon.short_weekdays
    weekday = lexicon.weekdays.get(word, lexicon.short_weekdays.get(word))
    if weekday is None:
        return None
    expression = DateExpression(index, at + 1, weekday=weekday, week=week, is_short=is_short)
    return expression if week is not None else _with_week_after(expression, tokens, lexicon)


def _read_week_later(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read "a week on Tuesday": a week after the next one."""
    texts = [token.text for token in tokens[index : index + 4]]
    if len(texts) < 4 or texts[0] not in ONE or texts[1] != "week" or texts[2] not in ("on", "from"):
        return None
    weekday = lexicon.weekdays.get(texts[3])
    return None if weekday is None else DateExpression(index, index + 4, weekday=weekday, later_days=7)


def _with_week_after(expression: DateExpression, tokens: Sequence[Token], lexicon: Lexicon) -> DateExpression:
    at = expression.end
    following = [token.text for token in tokens[at : at + 2]]
    # "Friday week", "the Friday after next"
    for phrase in (["week"], ["after", "next"]):
        if following[: len(phrase)] == phrase:
            return replace(expression, end=at + len(phrase), later_days=7)
    while at < len(tokens) and tokens[at].text in _ON | {"of"}:
        at += 1
    if at + 1 < len(tokens) and tokens[at + 1].text in lexicon.week_words:
        week = lexicon.week_modifiers.get(tokens[at].text)
        if week is not None:
            return replace(expression, end=at + 2, week=week)
    return expression
