"""Times of day that callers leave open: "as soon as possible", "any time", "in the evening"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time

from spoken.answer_words import START
from spoken.date_parts import parse
from spoken.heard_times import read_times
from spoken.languages import LANGUAGES
from spoken.lexicons import LEXICONS
from spoken.numerals import read_numeral
from spoken.patterns import normal_words, phrases
from spoken.tokens import tokenize

# "Зараз" by itself tells when; "я зараз у дорозі" tells something else.
_NOW = (
    rf"{START}(?:так |да |yes |ну |well |, |давайте |можна |можно |можете |краще |лучше |хоч |хоть |прямо "
    r"|просто |please |just |right |me |call |ring |передзвоніть |подзвоніть |зателефонуйте |наберіть |перезвоните "
    r"|позвоните |наберите |мені |мне )*(?:зараз|сейчас|now)(?: please| будь ласка| пожалуйста| же)*(?= [,.!]|$)"
)


def _english(part: str) -> str:
    """The ways of naming a part of the day that greet nobody."""
    return rf"(?:in the|this|tomorrow|\w+day) {part}|(?<=^)(?:the )?{part}(?= please|(?: [.!])?$)"


_ANY = phrases(
    _NOW,
    r"(?:якнайшвидше|якнайскоріше|щонайшвидше|(?:як можна|якомога|чим) (?:швидше|скоріше)|негайно)",
    r"(?:(?:як|как) можно|чем) (?:скорее|быстрее|раньше)|поскорее|побыстрее|немедленно",
    r"as soon as (?:possible|you can|they can)|asap|right away|straight away|immediately",
    r"(?:у |в )?будь (?:- )?(?:який (?:час|момент)|якої миті)|(?:у |в )?любий (?:час|момент)|коли завгодно",
    r"будь (?:- )?коли",
    r"(?:в )?любо(?:е|й) (?:время|момент)|когда угодно",
    r"any ?time|at any moment",
    r"whenever(?: you (?:like|want|can|wish)| suits(?: you)?| it suits(?: you)?)?(?= [,.!]|$)",
)
_HALF_OF_DAY = phrases(r"(?:першій|другій|первой|второй) половин[іе] дня")
_NOON = phrases(r"(?:в|у) обід|опівдні|ополудні", r"(?:в|у) обед|в полдень", r"at (?:noon|lunch ?time|lunch|midday)")
_AFTERNOON = phrases(
    r"(?:по )?після (?:обіду|полудня)|по обіді|пообіді|вдень|удень|другій половині дня",
    r"после (?:обеда|полудня)|днем|второй половине дня",
    _english("afternoon") + r"|after (?:lunch|noon|midday)",
)
_MORNING = phrases(
    r"вранці|уранці|зранку|ранком|з самого ранку|(?:першій половині дня|до обіду)",
    r"(?<!добрым )утром|с утра|утречком|(?:первой половине дня|до обеда)",
    _english("morning"),
)
_EVENING = phrases(
    r"ввечері|увечері|вечором|надвечір",
    r"вечером|вечерком|к вечеру",
    _english("evening") + "|tonight",
)
_PARTS: Mapping[re.Pattern[str], tuple[time, time]] = {
    _MORNING: (time(6), time(12)),
    _NOON: (time(12), time(14)),
    _AFTERNOON: (time(12), time(18)),
    _EVENING: (time(17), time(22)),
}
_CLAUSE_END = re.compile(r" (?:[.!;?…]|but|але|но|однак|однако|проте|а)(?: |$)")
_UNSUITABLE = phrases(
    r"не|ні|нет|no|not|never|\w+n't|cannot|busy|(?<!right )(?<!straight )away|at work|зайнят\w*|занят\w*|на роботі"
    r"|на работе|незручно|неудобно|крім|окрім|кроме|except"
)


def leaves_time_open(text: str, moment: time) -> bool:
    """Whether a caller asks for some time that this one answers: "any time" any, "in the morning" all of a morning.

    Who names an hour as well ("at nine in the morning", "any time after three") leaves nothing open, and what does not
    suit ("not in the morning") is no wish.

    Args:
        text: What the caller said, in any of the three languages.
        moment: In the business's own time.
    """
    if _names_hour(text):
        return False
    clauses = _CLAUSE_END.split(normal_words(text))
    wishes = [clause for clause in clauses if not _UNSUITABLE.search(clause)]
    return any(
        _ANY.search(wish)
        or any(part.search(wish) and first <= moment <= last for part, (first, last) in _PARTS.items())
        for wish in wishes
    )


def _names_hour(text: str) -> bool:
    """Whether an hour is named besides the dates; a lone "one" is rarely a number, and "noon" is no hour here."""
    rest = normal_words(text)
    for language in LANGUAGES:
        rest = " ".join(token.text for token in parse(rest, language).without_dates() if token.text)
    # "У будь-який час" holds the Russian word for one o'clock, "в другій половині дня" the hour of two.
    rest = _HALF_OF_DAY.sub(" ", _ANY.sub(" ", rest))
    tokens = tokenize(rest)
    return any(
        any(named != time(12) for named in read_times(rest, language))
        or any(
            numeral is not None and int(numeral.digits) > 1
            for numeral in (read_numeral(tokens, index, LEXICONS[language]) for index in range(len(tokens)))
        )
        for language in LANGUAGES
    )
