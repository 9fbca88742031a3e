"""Times of day as callers say them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import time

from spoken.languages import Language
from spoken.lexicon import words
from spoken.lexicons import LEXICONS
from spoken.numerals import read_numeral
from spoken.ordinals import Form, say_ordinal
from spoken.tokens import Token, is_glued, normalize, tokenize

_HOUR_FORMS: tuple[Form, ...] = ("f", "f_accusative", "f_genitive", "f_dative", "f_instrumental", "genitive")
_HOURS: Mapping[str, int] = {
    normalize(word): hour
    for hour in range(1, 21)
    for form in _HOUR_FORMS
    for language in (("uk", "ru") if form == "genitive" else ("uk",))
    for word in [say_ordinal(hour, "uk" if language == "uk" else "ru", form)]
}
_TENS = words("двадцять двадцать twenty")
_OF_THE_HOUR = words("годин година годині годину години час часа часов часам часу часом часами o'clock")
_MINUTES = words(
    "хвилин хвилини хвилина хвилину минут минуты минута минуту минуте минутам минутой минутами minutes minute"
)
_HALF_TO = words("пів половина половину половине пол")
_EVENING = words("вечора вечера дня pm p evening afternoon")
_MORNING = words("ранку утра ночі ночи am a morning")
_NOON: Mapping[str, time] = {
    **dict.fromkeys(words("noon опівдні полдень полдня опівдня"), time(12)),
    **dict.fromkeys(words("midnight опівночі полночь"), time(0)),
}
# "через годину", "через пять минут", "in half an hour".
_FROM_NOW = re.compile(
    r"(?<!\S)(?:через|за)(?: \S+){0,3} (?:пів)?(?:годин\w*|хвилин\w*|час|часа|часов|минут\w*)(?!\S)"
    r"|(?<!\S)(?:in|within)(?: \S+){0,3} (?:hours?|minutes?)(?!\S)"
    r"|(?<!\S)(?:через|за) (?:півгодини|полчаса)(?!\S)"
)
# What may stand before a time that is meant exactly, and goes with it; "до третьої" and "after three" mean other times.
_AT = words("at о об в у во на")
_BOUNDS = words("до к ко з із зі с со від от після после before after by from until till to of past with")
_ZERO = words("нуль ноль ноля нолю нолем oh o zero")


def read_times(text: str, language: Language) -> list[time]:
    """Find the times of day that a text names, in order: "о пів на третю" → 2:30, "quarter to four PM" → 15:45.

    Without "PM", "вечора" and the like a time is by the 24-hour clock, as said. A bare number is no time: it needs
    minutes, a word for hours or half a day, or to be an hour's ordinal.
    """
    tokens = tokenize(text)
    found: list[time] = []
    index = 0
    while index < len(tokens):
        read = _read(tokens, index, language)
        if read is None:
            index += 1
            continue
        moment, index = read
        found.append(moment)
    return found


def names_time(text: str, language: Language, moment: time) -> bool:
    """Whether a text may name this time: "в три" and "at three" may be 15:00, "in an hour" any.

    Args:
        text: a transcript or a sentence of the agent.
        language: the language of its words.
        moment: seconds left out.
    """
    hour, minute = moment.hour % 12, moment.minute
    if any((named.hour % 12, named.minute) == (hour, minute) for named in read_times(text, language)):
        return True
    tokens = tokenize(text)
    if _FROM_NOW.search(" ".join(token.text for token in tokens)):
        return True
    return any(
        int(run[0]) < 24 and int(run[0]) % 12 == hour and (int(run[1]) if len(run) == 2 else 0) == minute
        for run in _short_runs(tokens, language)
    )


def without_time(text: str, language: Language, moment: time) -> str:
    """A text without its mentions of this time: "yes, at three PM" is a plain yes to 15:00, and "yes, at four" is none.

    Args:
        text: a transcript.
        language: the language of its words.
        moment: seconds left out; "at three" means 15:00 as well, and "three in the morning" does not.
    """
    tokens = tokenize(text)
    kept, at, index = [], 0, 0
    while index < len(tokens):
        end = _end_of(tokens, index, language, moment)
        if end is None:
            read = _read(tokens, index, language)
            index = read[1] if read else index + 1
            continue
        first = index - 1 if index and tokens[index - 1].text in _AT else index
        kept.append(text[at : tokens[first].start])
        at, index = tokens[end - 1].end, end
    return "".join([*kept, text[at:]])


def _end_of(tokens: Sequence[Token], index: int, language: Language, moment: time) -> int | None:
    """The index after a time that begins here and is this one."""
    before = tokens[index - 1].text if index else ""
    read = _read(tokens, index, language)
    if before in _BOUNDS:
        return None
    if read is not None:
        named, end = read
        is_morning = any(token.text in _MORNING for token in tokens[index:end])
    else:
        numeral = read_numeral(tokens, index, LEXICONS[language]) if before in _AT else None
        if numeral is None or len(numeral.digits) > 2 or not 1 <= int(numeral.digits) <= 23:
            return None
        named, end, is_morning = time(int(numeral.digits)), numeral.end, False
    is_later = named.hour < 12 and not is_morning and (named.hour + 12, named.minute) == (moment.hour, moment.minute)
    return end if is_later or (named.hour, named.minute) == (moment.hour, moment.minute) else None


def _short_runs(tokens: Sequence[Token], language: Language) -> Iterator[list[str]]:
    """Numbers of one or two digits, at most two in a row: three are dictated."""
    run: list[str] = []
    index = 0
    while index < len(tokens):
        numeral = read_numeral(tokens, index, LEXICONS[language])
        if numeral is not None:
            run.append(numeral.digits)
            index = numeral.end
            continue
        if (
            run
            and tokens[index].text in ":.-"
            and index + 1 < len(tokens)
            and is_glued(tokens[index], tokens[index + 1])
        ):
            index += 1  # "15:30"
            continue
        if len(run) in (1, 2) and all(len(digits) <= 2 for digits in run):
            yield run
        run = []
        index += 1
    if len(run) in (1, 2) and all(len(digits) <= 2 for digits in run):
        yield run


def _read(tokens: Sequence[Token], index: int, language: Language) -> tuple[time, int] | None:
    token = tokens[index]
    if token.text in _NOON:
        return _NOON[token.text], index + 1
    if token.kind == "digits" and index + 2 < len(tokens) and tokens[index + 1].text == ":":
        if tokens[index + 2].kind != "digits" or len(tokens[index + 2].text) != 2:
            return None
        return _half_of_day(tokens, index + 3, int(token.text), int(tokens[index + 2].text))
    return (
        _quarter(tokens, index, language)
        or _minutes_of_hour(tokens, index, language)
        or _spoken(tokens, index, language)
    )


def _quarter(tokens: Sequence[Token], index: int, language: Language) -> tuple[time, int] | None:
    texts = [token.text for token in tokens[index : index + 3]] + [""] * 3
    at, minute = index, -1
    # "Полтретьего", "півтретьої": one word
    if texts[0][:3] in {"пол", "пів"} and texts[0][3:] in _HOURS:
        return _half_of_day(tokens, index + 1, (_HOURS[texts[0][3:]] - 1) or 12, 30)
    if texts[0] in _HALF_TO:
        at, minute = index + 1 + (texts[1] == "на"), 30
    elif texts[0] in {"чверть", "четверть"} and (index == 0 or tokens[index - 1].text not in {"за", "без"}):
        at, minute = index + 1 + (texts[1] == "на"), 15
    elif texts[:2] in (["за", "чверть"], ["без", "четверти"]):
        at, minute = index + 2, 45
    elif texts[:2] in (["half", "past"], ["quarter", "past"], ["quarter", "to"]):
        hour = _hour(tokens, index + 2, language)
        if hour is None:
            return None
        minutes = {"half": 30, "quarter": 15 if texts[1] == "past" else 45}[texts[0]]
        value = hour[0] if texts[1] == "past" else (hour[0] - 1) % 24 or 12
        return _half_of_day(tokens, hour[1], value, minutes)
    elif texts[0] == "half" and language == "en":
        # "Half two" is half past; "half two hundred" and "half two boxes" are no time.
        hour = _hour(tokens, index + 1, language)
        following = tokens[hour[1]].text if hour is not None and hour[1] < len(tokens) else ""
        if hour is None or not 1 <= hour[0] <= 12 or following in LEXICONS["en"].quantities - {"pm", "am"}:
            return None
        return _half_of_day(tokens, hour[1], hour[0], 30)
    if minute < 0 or at >= len(tokens):
        return None
    hour = _hour(tokens, at, language)
    if hour is None:
        return None if tokens[at].text != "час" else _half_of_day(tokens, at + 1, 12, minute)
    # All of these name the hour to come.
    return _half_of_day(tokens, hour[1], (hour[0] - 1) or 12, minute)


def _minutes_of_hour(tokens: Sequence[Token], index: int, language: Language) -> tuple[time, int] | None:
    """Read "за п'ять хвилин третя", "без пяти три", "десять минут третьего", "ten past two"."""
    is_before = tokens[index].text in {"за", "без"} and language != "en"
    at = index + is_before
    numeral = read_numeral(tokens, at, LEXICONS[language]) if at < len(tokens) else None
    if numeral is None or len(numeral.digits) > 2 or not 1 <= int(numeral.digits) <= 59:
        return None
    minute, at = int(numeral.digits), numeral.end
    has_word = at < len(tokens) and tokens[at].text in _MINUTES
    at += has_word
    link = tokens[at].text if at < len(tokens) else ""
    before = tokens[index - 1].text if index else ""
    if language == "en":
        if link not in {"past", "to"} or before in {"from", "between"} or not (has_word or minute % 5 == 0):
            return None
        is_before, at = link == "to", at + 1
    elif not is_before and link == "на":
        at += 1
    elif not is_before and not has_word:
        return None
    is_hour = at < len(tokens) and (language == "en" or (tokens[at].text in _HOURS or (is_before and language == "ru")))
    hour = _hour(tokens, at, language) if is_hour else None
    if hour is None and is_hour and tokens[at].text == "час":
        hour = (1, at + 1)
    if hour is None or not 1 <= hour[0] <= 12:
        return None
    # All of these but "past" name the hour to come.
    value = hour[0] if language == "en" and not is_before else (hour[0] - 1) or 12
    return _half_of_day(tokens, hour[1], value, 60 - minute if is_before else minute)


def _hour(tokens: Sequence[Token], index: int, language: Language) -> tuple[int, int] | None:
    if index >= len(tokens):
        return None
    word = tokens[index].text
    if language != "en":
        if word in _TENS and index + 1 < len(tokens) and _HOURS.get(tokens[index + 1].text, 9) < 4:
            return 20 + _HOURS[tokens[index + 1].text], index + 2
        if word in _HOURS:
            return _HOURS[word], index + 1
    numeral = read_numeral(tokens, index, LEXICONS[language])
    if numeral is None or len(numeral.digits) > 2 or int(numeral.digits) > 24:
        return None
    return int(numeral.digits), numeral.end


def _spoken(tokens: Sequence[Token], index: int, language: Language) -> tuple[time, int] | None:
    hour = _hour(tokens, index, language)
    is_one = hour is None and language == "ru" and tokens[index].text in {"час", "часа", "часу", "часом"}
    if is_one:
        hour = (1, index + 1)
    if hour is None:
        return None
    value, at = hour
    is_ordinal = tokens[index].text in _HOURS or (at - index == 2 and tokens[at - 1].text in _HOURS)
    has_word = at < len(tokens) and tokens[at].text in _OF_THE_HOUR
    at += has_word
    minutes = _minutes(tokens, at, language)
    if minutes is not None:
        following = tokens[minutes[1]].text if minutes[1] < len(tokens) else ""
        if following in LEXICONS[language].numbers and not (is_ordinal or has_word):
            return None  # "one oh four two" is dictated digits
        return _half_of_day(tokens, minutes[1], value, minutes[0])
    half = at + 2 * ([token.text for token in tokens[at : at + 2]] == ["in", "the"])
    is_half = half < len(tokens) and tokens[half].text in _EVENING | _MORNING and tokens[half].text != "a"
    is_half = is_half or [token.text for token in tokens[at : at + 3]] in (["a", ".", "m"], ["p", ".", "m"])
    if not (is_ordinal or has_word or is_half or is_one):
        return None
    return _half_of_day(tokens, at, value, 0)


def _minutes(tokens: Sequence[Token], index: int, language: Language) -> tuple[int, int] | None:
    if index >= len(tokens):
        return None
    at = index
    is_zero = tokens[at].text in _ZERO
    if is_zero:
        at += 1
    numeral = read_numeral(tokens, at, LEXICONS[language]) if at < len(tokens) else None
    if numeral is None or len(numeral.digits) > 2 or int(numeral.digits) > 59 or numeral.is_written:
        return None
    value = int(numeral.digits)
    has_word = numeral.end < len(tokens) and tokens[numeral.end].text in _MINUTES
    if is_zero == (value >= 10) and not has_word:
        return None
    return value, numeral.end + has_word


def _half_of_day(tokens: Sequence[Token], index: int, hour: int, minute: int) -> tuple[time, int] | None:
    if hour > 24 or minute > 59:
        return None
    texts = [token.text for token in tokens[index : index + 3]]
    index += 2 * (texts[:2] == ["in", "the"])
    if texts in (["a", ".", "m"], ["p", ".", "m"]):
        index, word = index + 2, f"{texts[0]}m"
    else:
        word = tokens[index].text if index < len(tokens) else ""
    if word in _EVENING and hour < 12:
        return time(hour + 12, minute), index + 1
    if word in _MORNING - {"a"} and hour == 12:
        return time(0, minute), index + 1
    used = word in _EVENING | (_MORNING - {"a"})
    return time(hour % 24, minute), index + used
