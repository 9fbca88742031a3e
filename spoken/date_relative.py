"""Dates said by weekday, or by their distance from today."""

from collections.abc import Sequence
from dataclasses import replace

from spoken.date_expression import DateExpression
from spoken.lexicon import Lexicon, Week, words
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
_MONTHS = words("month months місяць місяці місяців месяц месяца месяцев")
# "Not tomorrow, the day after": counted from the day before it, where nothing else follows.
_DAY_AFTER = (("day", "after"), ("наступного", "дня"), ("наступний", "день"), ("следующий", "день"))
_LINKS = words(", . but the on or make it а але й і чи или но на")
_LONGEST_LINK = 4
_ENDS = words(", . ! ? ; please instead then будь пожалуйста")
_WEEKS_LATER = {"week": 7, "fortnight": 14}
_ON = frozenset({"on", "у", "в", "во", "на", ","})


def read_relative(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read "tomorrow", "the day after tomorrow", "in three days", "a week from today", "через тиждень"."""
    lengths = _PHRASE_LENGTHS.get(tokens[index].text, ())
    for length in sorted(lengths, reverse=True):
        shift = lexicon.relative.get(" ".join(token.text for token in tokens[index : index + length]))
        if shift is not None and index + length <= len(tokens):
            end = index + length
            # "Tomorrow week" is a week later.
            later = _WEEKS_LATER.get(tokens[end].text, 0) if end < len(tokens) else 0
            return DateExpression(index, end + bool(later), shift=shift + later)
    after = _read_day_after(tokens, index, lexicon) or _read_about(tokens, index, lexicon)
    if after is not None:
        return after
    # Ukrainian "за три дні" is in three days, "за три дні до" is three before; Russian "за три дня" is within three.
    is_uk_lead = tokens[index].text == "за" and lexicon is LEXICONS["uk"]
    has_lead = tokens[index].text in AHEAD or is_uk_lead
    if has_lead and (months := _read_months(tokens, index + 1, lexicon)):
        count, end = months
        return DateExpression(index, end, shift_months=count)
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
        # "Через неділю" is in a week to some, and the Sunday after next to others.
        is_vague = is_bare and tokens[end - 1].text in lexicon.weekdays
        return DateExpression(index, end + (following[:1] == ["time"]), shift=days, is_vague=is_vague)
    if following[:1] and following[0] in _AGO:
        return DateExpression(index, end + 1, shift=-days)
    if following[:1] == ["from"] and following[1:] in (["now"], ["today"], ["tomorrow"]):
        return DateExpression(index, end + 2, shift=days + (following[1] == "tomorrow"))
    return None


def _read_day_after(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read "the day after" behind "tomorrow" or another day that is one word."""
    end = index + 2
    if tuple(token.text for token in tokens[index:end]) not in _DAY_AFTER:
        return None
    end += end < len(tokens) and tokens[end].text == "that"
    if end < len(tokens) and tokens[end].text not in _ENDS:
        return None
    at = index - 1
    while at > max(0, index - 1 - _LONGEST_LINK) and tokens[at].text in _LINKS:
        at -= 1
    shift = lexicon.relative.get(tokens[at].text) if at >= 0 else None
    return None if shift is None else DateExpression(index, end, shift=shift + 1)


def _read_about(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> DateExpression | None:
    """Read "днів через п'ять" and "через днів п'ять": some five days from now, which the read-back makes sure of."""
    pair = [token.text for token in tokens[index : index + 2]]
    unit = next((word for word in pair if word != "через"), "")
    if "через" not in pair or unit not in lexicon.units or unit in lexicon.weekdays or index + 2 >= len(tokens):
        return None
    before = read_numeral(tokens, index - 1, lexicon) if index else None
    counted = _read_count(tokens, index + 2, lexicon)
    if before is not None or counted is None:
        return None
    count, end = counted
    if end < len(tokens) and tokens[end].text in lexicon.quantities:
        return None
    return DateExpression(index, end, shift=count * lexicon.units[unit])


def _read_months(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> tuple[int, int] | None:
    """Read "a month", "два місяці": how many, and the index after it."""
    if index < len(tokens) and tokens[index].text in _MONTHS:
        return None if tokens[index].text.isascii() else (1, index + 1)
    if not any(token.text in _MONTHS for token in tokens[index + 1 : index + 3]):
        return None
    count, at = _read_count(tokens, index, lexicon) or (0, index)
    return (count, at + 1) if count and at < len(tokens) and tokens[at].text in _MONTHS else None


def _read_count(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> tuple[int, int] | None:
    if tokens[index].text in ONE:
        return 1, index + 1
    numeral = read_numeral(tokens, index, lexicon)
    return None if numeral is None or len(numeral.digits) > 2 else (int(numeral.digits), numeral.end)


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
    counted = _read_count(tokens, index, lexicon)
    if counted is None:
        return None
    count, at = counted
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
            at, week = at + 1, _in_week(week)
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
    """Read "a week on Tuesday", "two weeks from Friday": weeks after the next one."""
    span = _read_span(tokens, index, lexicon)
    if span is None or span[0] % 7 or not tokens[index].text.isascii():
        return None
    texts = [token.text for token in tokens[span[1] : span[1] + 2]]
    weekday = lexicon.weekdays.get(texts[1]) if len(texts) == 2 and texts[0] in ("on", "from") else None
    return None if weekday is None else DateExpression(index, span[1] + 2, weekday=weekday, later_days=span[0])


def _in_week(week: Week) -> Week:
    """Which week "this week" is: the current one, though "this Tuesday" may be in the next."""
    return "current" if week == "this" else week


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
            return replace(expression, end=at + 2, week=_in_week(week))
    return expression
