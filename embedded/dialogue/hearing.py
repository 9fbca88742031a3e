"""What the words of one turn mean, whatever the conversation was about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from embedded.dialogue import cues
from spoken import Language
from spoken.answers import Answer, is_bare, judge
from spoken.dates import DateMention, read_dates
from spoken.digits import read_digits
from spoken.languages import detect
from spoken.requests import Request, read_request


@dataclass(frozen=True)
class Heard:
    """One turn of the caller.

    Attributes:
        request: What the turn asks for, if anything.
        answer: What it says to a yes-or-no question; a single number or day in it neither helps nor hurts.
        numbers: Dictated numbers in order, dates excluded; single digits included.
        dates: Days named, in order.
        wished: Those of them that were not said to be unsuitable.
        bare_weekdays: Those of them that were named by nothing but a weekday.
        is_corrected: Whether it takes something back, by words.
        has_plus: Whether a plus was said or written.
        is_about_other: Whether it speaks of another order.
        is_bare: Whether it answers, and tells nothing else.
    """

    text: str
    request: Request | None
    answer: Answer
    numbers: tuple[str, ...]
    dates: tuple[date, ...]
    wished: tuple[date, ...]
    bare_weekdays: frozenset[date]
    is_corrected: bool
    has_plus: bool
    is_about_other: bool
    is_bare: bool

    @property
    def is_yes(self) -> bool:
        """Whether it is a yes to a question that writes nothing."""
        return self.answer is Answer.YES or (self.answer is Answer.UNCLEAR and cues.leads_with(self.text) is True)

    @property
    def is_no(self) -> bool:
        """Whether it is a no to a question that writes nothing."""
        return self.answer is Answer.NO or (self.answer is Answer.UNCLEAR and cues.leads_with(self.text) is False)

    @property
    def is_refusal(self) -> bool:
        """Whether it is a no to an offer of help; who tells what is wrong ("I can't take it in") wants help."""
        is_plain = self.is_bare or cues.leads_with(self.text) is False
        return self.is_no and is_plain and not cues.disputes(self.text)

    @property
    def has_slots(self) -> bool:
        """Whether a day or a number of more than two digits was named."""
        return bool(self.dates) or any(len(number) > 2 for number in self.numbers)


@lru_cache(maxsize=512)  # one reply reads every earlier turn of its call again
def hear_text(text: str, language: Language, today: date | None) -> Heard:
    """Read a turn in the call's language, and what that leaves open in the language it seems to be in."""
    request: Request | None = None
    numbers: tuple[str, ...] = ()
    mentions: list[DateMention] = []
    for each in _languages(text, language):
        request = request or read_request(text, each)
        numbers = numbers or tuple(read_digits(text, each, min_digits=1))
        if today is not None:
            mentions = mentions or read_dates(text, each, today)
    only_number = numbers[0] if len(set(numbers)) == 1 else None
    only_day = mentions[0].date if len({mention.date for mention in mentions}) == 1 else None
    return Heard(
        text,
        request,
        judge_readback(text, language, today, only_number, only_day),
        numbers,
        dates=tuple(mention.date for mention in mentions),
        wished=tuple(mention.date for mention in mentions if not mention.is_negated),
        bare_weekdays=frozenset(mention.date for mention in mentions if mention.is_weekday_only),
        is_corrected=cues.is_corrected(text),
        has_plus=cues.has_plus(text),
        is_about_other=cues.means_other_order(text),
        is_bare=any(is_bare(text, each) for each in _languages(text, language)),
    )


@lru_cache(maxsize=512)
def judge_readback(text: str, language: Language, today: date | None, order_id: str | None, day: date | None) -> Answer:
    """What a turn answers to the read-back of these two values; repeating them is no correction."""
    answer = Answer.UNCLEAR
    for each in _languages(text, language):
        if answer is Answer.UNCLEAR:
            expected_day = day if today else None
            answer = judge(text, each, expected_digits=order_id, expected_date=expected_day, today=today)
    return answer


def _languages(text: str, language: Language) -> tuple[Language, ...]:
    """The call's language, then the one the words seem to be in."""
    seeming = detect(text)
    return (language,) if seeming is None or seeming == language else (language, seeming)
