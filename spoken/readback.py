"""What a sentence of the agent reads back to the caller."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spoken.asking import asks_to_move, sentences_of
from spoken.date_parts import Parsed, parse
from spoken.dates import DateMention, mentions_in
from spoken.digits import numbers_in
from spoken.languages import Language
from spoken.lexicons import LEXICONS
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
    does not say that it cannot be done. A yes to it must be a yes to that: what asks for something else is none.
    """
    parsed = parse(text, language)
    mentions = mentions_in(parsed, today)
    numbers, dates = set(numbers_in(parsed, language)), {mention.date for mention in mentions}
    if len(numbers) != 1 or len(dates) != 1 or not all(mention.weekday_agrees for mention in mentions):
        return None
    if not any(mention.is_absolute for mention in mentions):
        return None
    if _REFUSES.search(normal_words(text)) or not asks_to_move(
        text, language, _without_values(parsed, mentions, language)
    ):
        return None
    return Readback(order_id=numbers.pop(), date=dates.pop())


def _without_values(parsed: Parsed, mentions: Sequence[DateMention], language: Language) -> dict[str, str]:
    """By sentence that names a date, its words without dates and numbers."""
    found = {}
    for start, sentence in sentences_of(parsed.text):
        end = start + len(sentence)
        if not any(start <= mention.start < end for mention in mentions):
            continue
        tokens = [token for token in parsed.without_dates() if token.text and start <= token.start < end]
        numbers = LEXICONS[language].numbers
        kept = [token.text for token in tokens if token.kind == "word" and token.text not in numbers]
        found[sentence] = " ".join(kept)
    return found
