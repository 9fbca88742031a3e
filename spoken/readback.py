"""What a sentence of the agent reads back to the caller."""

import re
from dataclasses import dataclass
from datetime import date

from spoken.date_parts import parse
from spoken.dates import mentions_in
from spoken.digits import numbers_in
from spoken.languages import Language
from spoken.patterns import normal_words

# "I can't move order 1033 to Tuesday" offers nothing to agree to.
_REFUSES = re.compile(
    r"(?<!\S)(?:can't|cannot|can not|couldn't|unable|not (?:able|possible|allowed)|impossible|unfortunately"
    r"|не (?:можу|можна|можемо|могу|можем|вдалося|удалось|получилось|вийде|получится)"
    r"|неможливо|невозможно|нельзя"
    r"|на жаль|к сожалению)(?!\S)"
)


@dataclass(frozen=True, slots=True)
class Readback:
    """The two values that a caller can agree to."""

    order_id: str
    date: date


def read_readback(text: str, language: Language, today: date) -> Readback | None:
    """Read order number and date out of "I can move order 1033 to Tuesday the 17th of March. Shall I?".

    None unless the text holds exactly one order number and exactly one date, repetitions aside, with its day of
    the month ("Tuesday" alone means different days to different people) and no weekday that contradicts it, and
    does not say that it cannot be done.
    """
    parsed = parse(text, language)
    mentions = mentions_in(parsed, today)
    numbers, dates = set(numbers_in(parsed, language)), {mention.date for mention in mentions}
    if len(numbers) != 1 or len(dates) != 1 or not all(mention.weekday_agrees for mention in mentions):
        return None
    if not any(mention.is_absolute for mention in mentions):
        return None
    if _REFUSES.search(normal_words(text)):
        return None
    return Readback(order_id=numbers.pop(), date=dates.pop())
