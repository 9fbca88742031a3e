"""Dates said by day and month, or by day alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from spoken.date_expression import DateExpression
from spoken.languages import Language
from spoken.lexicon import Lexicon, words
from spoken.lexicons import LEXICONS
from spoken.numerals import read_numeral
from spoken.tokens import Token, is_glued

_SUBJECTS = words("i you we they he she it that this which who there one someone anyone")
_AFTER_MAY_VERB = words("i we you be have")
# "Of the month" says no month.
_ANY_MONTH = "of the month"
_MONTH_SHIFTS: Mapping[str, int] = {
    **dict.fromkeys(("last month", "минулого місяця", "минулому місяці", "прошлого месяца", "прошлом месяце"), -1),
    **dict.fromkeys(("this month", "цього місяця", "цьому місяці", "этого месяца", "этом месяце"), 0),
    **dict.fromkeys(("current month", "поточного місяця", "текущего месяца"), 0),
    **dict.fromkeys(("next month", "following month"), 1),
    **dict.fromkeys(("наступного місяця", "наступному місяці", "следующего месяца", "следующем месяце"), 1),
}
_MONTH_LEADS = words("of the in on у в во на ,")
_TO_DAY = words("on to for by until till before after from since на до з із зі с со к від от після после")
_NOT_A_DAY_AFTER = words(
    "floor street st avenue ave order time place one item attempt building apartment grade parcel"
    " package option поверх этаж раз разу раза замовлення заказ заказа дім дом під'їзд подъезд"
)
# What may follow a day said as a bare ordinal word; a noun would make it "the first order".
_AFTER_DAY = words(
    "please then at in and or instead if would is works work should for no yes maybe ok okay thanks"
    " thank morning afternoon evening not but sounds can could will that's i we it's so because before"
    " after between to until though too also right correct good fine great which будь будьте ласка"
    " пожалуйста якщо если чи или або і й и та но але тоді тогда в у о вранці утром вечером ввечері"
    " після после до можна можно підійде подойдет зручно удобно нормально добре хорошо а так да ні нет"
    " підходить подходит влаштовує устраивает годиться годится пасує це это буде будет"
    " нехай пусть на не вдень днем зранку"
)
_AT_HOUR = words("at о об в")
_EARLY_DAY = 5
_MONTHS = 12
_GENITIVE = ("ого", "его")

Form = Literal["written", "ordinal", "ordinal_word", "cardinal"]


@dataclass(frozen=True, slots=True)
class Day:
    """A number that may be a day of the month, how it was said, and the index after it."""

    day: int
    end: int
    form: Form


def read_absolute(tokens: Sequence[Token], index: int, language: Language) -> DateExpression | None:
    """Read a date that begins exactly at `index`: written, day and month, month and day, or a bare day."""
    token, lexicon = tokens[index], LEXICONS[language]
    if token.kind == "digits" and (written := _read_written(tokens, index, language, lexicon)):
        return written
    if token.text in lexicon.months:
        return _read_month_first(tokens, index, language, lexicon)
    day = _read_day(tokens, index, lexicon)
    if day is None:
        return None
    return (
        _read_day_first(tokens, index, day, lexicon)
        or _read_numbered_month(tokens, index, day, lexicon)
        or _read_bare_day(tokens, index, day, lexicon)
    )


def _read_numbered_month(tokens: Sequence[Token], index: int, day: Day, lexicon: Lexicon) -> DateExpression | None:
    """Read "сімнадцятого третього", the month by its number."""
    if day.form != "ordinal_word" or day.end >= len(tokens) or not tokens[day.end - 1].text.endswith(_GENITIVE):
        return None
    month = lexicon.ordinals.get(tokens[day.end].text, 13)
    if month > _MONTHS or not tokens[day.end].text.endswith(_GENITIVE):
        return None
    return _with_year(DateExpression(index, day.end + 1, day.day, month), tokens, lexicon)


def read_day_beside_weekday(tokens: Sequence[Token], index: int, language: Language) -> Day | None:
    """Read a day that stands right after a weekday; a bare number only at the end of its phrase."""
    if index >= len(tokens):
        return None
    day = _read_day(tokens, index, LEXICONS[language])
    if day is None or day.form == "cardinal":
        return None
    following = tokens[day.end] if day.end < len(tokens) else None
    if day.form == "written":
        return (
            day if following is None or (following.text in ".?!," and not _has_number_ahead(tokens, day.end)) else None
        )
    return None if following is not None and following.text in _NOT_A_DAY_AFTER else day


def _has_number_ahead(tokens: Sequence[Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].kind == "digits"


def _read_day(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Day | None:
    token = tokens[index]
    if token.kind in ("digits", "ordinal"):
        is_day = len(token.text) <= 2 and 1 <= int(token.text) <= 31
        if not is_day:
            return None
        return Day(int(token.text), index + 1, "ordinal" if token.kind == "ordinal" else "written")
    if token.text in lexicon.ordinals:
        return Day(lexicon.ordinals[token.text], index + 1, "ordinal_word")
    number = lexicon.numbers.get(token.text)
    if number is None:
        return None
    if number.kind == "ten" and number.value <= 30:
        at = index + 1
        if at < len(tokens) and tokens[at].text == "-":
            at += 1
        unit = lexicon.ordinals.get(tokens[at].text) if at < len(tokens) else None
        if unit is not None and unit < 10 and number.value + unit <= 31:
            return Day(number.value + unit, at + 1, "ordinal_word")
    numeral = read_numeral(tokens, index, lexicon)
    if numeral is None or len(numeral.digits) > 2 or not 1 <= int(numeral.digits) <= 31:
        return None
    return Day(int(numeral.digits), numeral.end, "cardinal")


def _read_written(tokens: Sequence[Token], index: int, language: Language, lexicon: Lexicon) -> DateExpression | None:
    """Read 2026-03-17, 17.03.2026, 17.03, and by language 3/17 or 17/03."""
    # "Order 10.12" is a number, "at 10.05" an hour.
    if index and (tokens[index - 1].text in lexicon.order or tokens[index - 1].text in _AT_HOUR):
        return None
    run = [tokens[index]]
    while (after := index + len(run)) < len(tokens) and is_glued(run[-1], tokens[after]) and len(run) < 6:
        run.append(tokens[after])
    if index and is_glued(tokens[index - 1], run[0]) and tokens[index - 1].text in ".-/:+":
        return None
    while run and run[-1].kind == "mark":
        run.pop()
    parts, marks = run[::2], {token.text for token in run[1::2]}
    if len(marks) != 1 or any(part.kind != "digits" for part in parts) or len(parts) not in (2, 3):
        return None
    (mark,), numbers, end = marks, [part.text for part in parts], index + len(run)
    if len(parts) == 3 and len(numbers[0]) == 4 and mark in "-./":
        return _checked(index, end, numbers[2], numbers[1], numbers[0])
    if mark not in "./" or len(numbers[0]) > 2 or len(numbers[1]) > 2:
        return None
    day, month = numbers[0], numbers[1]
    # English writes the month first; "17/3" cannot be so.
    if mark == "/" and language == "en" and int(day) <= 12:
        day, month = month, day
    return _checked(index, end, day, month, numbers[2] if len(parts) == 3 else None)


def _checked(start: int, end: int, day: str, month: str, year: str | None) -> DateExpression | None:
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
        return None
    if year is not None and (len(year) != 4 or year[:2] not in ("19", "20")):
        return None if len(year) != 2 else _checked(start, end, day, month, "20" + year)
    return DateExpression(start, end, int(day), int(month), None if year is None else int(year))


def _read_day_first(tokens: Sequence[Token], index: int, day: Day, lexicon: Lexicon) -> DateExpression | None:
    at = day.end
    if at < len(tokens) and tokens[at].text == "of":
        at += 1
    month = lexicon.months.get(tokens[at].text) if at < len(tokens) else None
    if month is None:
        return None
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if tokens[at].text == "may" and (day.form == "cardinal" or after in _AFTER_MAY_VERB):
        return None
    if day.form in ("written", "cardinal") and index and _is_number(tokens[index - 1], lexicon):
        following = _read_day(tokens, at + 1, lexicon) if at + 1 < len(tokens) else None
        # "1 0 3 3 March 17": the last digit belongs to the number before.
        if following is not None:
            return None
    return _with_year(DateExpression(index, at + 1, day.day, month), tokens, lexicon)


def _is_number(token: Token, lexicon: Lexicon) -> bool:
    return token.kind == "digits" or token.text in lexicon.numbers


def _read_month_first(
    tokens: Sequence[Token], index: int, language: Language, lexicon: Lexicon
) -> DateExpression | None:
    month, at = lexicon.months[tokens[index].text], index + 1
    if tokens[index].text == "may" and index and tokens[index - 1].text in _SUBJECTS:
        return None
    if (
        at < len(tokens)
        and tokens[at].text in ("the", ".")
        and (tokens[at].text == "the" or len(tokens[index].text) <= 4)
    ):
        at += 1
    day = _read_day(tokens, at, lexicon) if at < len(tokens) else None
    if day is None or (language != "en" and day.form in ("written", "cardinal")):
        return None
    if tokens[index].text == "may" and day.form == "cardinal" and day.day == 1:
        return None
    return _with_year(DateExpression(index, day.end, day.day, month), tokens, lexicon)


def _with_year(expression: DateExpression, tokens: Sequence[Token], lexicon: Lexicon) -> DateExpression:
    at = expression.end
    has_comma = at < len(tokens) and tokens[at].text == ","
    at += has_comma
    if at >= len(tokens):
        return expression
    first = read_numeral(tokens, at, lexicon)
    if first is None:
        return expression
    year, end = first.digits, first.end
    if year == "20" and end < len(tokens):
        second = read_numeral(tokens, end, lexicon)
        if second is not None and len(second.digits) == 2 and not second.is_written:
            year, end = "20" + second.digits, second.end
    if len(year) != 4 or not year.startswith("20"):
        return expression
    is_named = end < len(tokens) and tokens[end].text in {"року", "рік", "года", "год", "р", "г"}
    # After a comma a number may be an order's; only English writes the year so.
    if has_comma and not is_named and not tokens[expression.end - 1].text.isascii():
        return expression
    return DateExpression(
        expression.start,
        end + is_named,
        expression.day,
        expression.month,
        int(year),
        weekday=expression.weekday,
    )


def _read_bare_day(tokens: Sequence[Token], index: int, day: Day, lexicon: Lexicon) -> DateExpression | None:
    at = day.end
    if day.form in ("written", "cardinal") and (at == len(tokens) or tokens[at].text != "числа"):
        return None
    texts = tuple(token.text for token in tokens[at : at + 4])
    if texts[:1] == ("числа",) or (texts[:1] == ("число",) and _is_bare_day_word(tokens, index, day)):
        at, texts = at + 1, texts[1:]
        is_day = True
    else:
        is_day = _is_bare_day(tokens, index, day, lexicon)
    if is_day or day.form in ("ordinal", "ordinal_word"):
        if texts[:3] == tuple(_ANY_MONTH.split()):
            return DateExpression(index, at + 3, day.day)
        skipped = at
        while skipped < len(tokens) and tokens[skipped].text in _MONTH_LEADS:
            skipped += 1
        shift = _MONTH_SHIFTS.get(" ".join(token.text for token in tokens[skipped : skipped + 2]))
        if shift is not None:
            return DateExpression(index, skipped + 2, day.day, month_shift=shift)
    return DateExpression(index, at, day.day) if is_day else None


def _is_bare_day_word(tokens: Sequence[Token], index: int, day: Day) -> bool:
    """Whether "число" after this ordinal makes it a day: "перше число" may be a number that was dictated."""
    is_led = index > 0 and tokens[index - 1].text in _TO_DAY
    return day.form in ("ordinal", "ordinal_word") and (day.day > _EARLY_DAY or is_led)


def with_months_ahead(expressions: Sequence[DateExpression], tokens: Sequence[Token]) -> list[DateExpression]:
    """Give a bare day the month said before it: "next month on the fifth"."""
    whole: list[DateExpression] = []
    for expression in expressions:
        at = expression.start
        while at > 0 and tokens[at - 1].text in _MONTH_LEADS:
            at -= 1
        start = at - 2
        free_from = whole[-1].end if whole else 0
        shift = _MONTH_SHIFTS.get(" ".join(token.text for token in tokens[start:at])) if start >= free_from else None
        is_bare = expression.day is not None and expression.month is expression.month_shift is None
        whole.append(
            replace(expression, start=start, month_shift=shift) if shift is not None and is_bare else expression
        )
    return whole


def day_that_ends(tokens: Sequence[Token], end: int, free_from: int, lexicon: Lexicon) -> int | None:
    """Where a day of the month begins that ends here, as in "з п'ятого по десяте"; None if none does."""
    for start in range(max(free_from, end - 2), end):
        day = _read_day(tokens, start, lexicon)
        if day is not None and day.end == end and day.form != "cardinal":
            return start
    return None


def day_at(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> int | None:
    """The day of the month that begins here."""
    day = _read_day(tokens, start, lexicon)
    return None if day is None else day.day


def _is_bare_day(tokens: Sequence[Token], index: int, day: Day, lexicon: Lexicon) -> bool:
    following = tokens[day.end] if day.end < len(tokens) else None
    if day.form == "ordinal":
        return following is None or following.text not in _NOT_A_DAY_AFTER
    if day.form != "ordinal_word":
        return False
    if following is not None and following.kind == "word" and following.text not in _AFTER_DAY:
        return False
    before_it = lexicon.numbers.get(tokens[index - 1].text) if index else None
    if before_it is not None and before_it.value >= 100:
        return False  # "тисяча двадцять третє" is one number
    if before_it is not None and before_it.value >= 10 and index > 1 and tokens[index - 2].text in lexicon.order:
        return False  # and so is "order ten twenty-third"
    word = tokens[index].text
    before = [token.text for token in tokens[max(0, index - 2) : index]]
    if word.isascii():
        if before[-1:] != ["the"]:
            # "Seventeenth." or "twenty-second" answers "which day?" without an article.
            is_answer = day.day > _EARLY_DAY and (index == 0 or tokens[index - 1].kind == "mark")
            # "The seventeenth or eighteenth" names two days.
            is_choice = day.day > _EARLY_DAY and before[-1:] == ["or"] and before[0] in lexicon.ordinals
            return before[-1:] == ["on"] or is_answer or is_choice or day.end - index > 1
        is_all = index == 1 and day.day > 2 and (following is None or following.kind == "mark")  # "The fifth."
        return day.day > _EARLY_DAY or is_all or (len(before) == 2 and before[0] in _TO_DAY)
    if day.day > _EARLY_DAY or (before and before[-1] in _TO_DAY):
        return True
    return day.day > 2 and word.endswith(_GENITIVE) and (following is None or following.kind == "mark")
