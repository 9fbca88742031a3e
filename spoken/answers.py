"""Whether a caller's answer to a read-back is an explicit yes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from spoken import cyrillic_answers, en_answers
from spoken.answer_words import AnswerWords
from spoken.date_parts import parse
from spoken.dates import DateMention, mentions_in
from spoken.digits import dictated_in
from spoken.errors import SpokenError
from spoken.heard_times import without_time
from spoken.languages import Language
from spoken.patterns import normal_words
from spoken.requests import Request, read_request

_WORDS: Mapping[Language, AnswerWords] = {
    "uk": cyrillic_answers.UKRAINIAN,
    "ru": cyrillic_answers.RUSSIAN,
    "en": en_answers.WORDS,
}
_DATE = "#"
# A number that repeats none of the read-back's values: "yes, at ten" wishes for something more.
_OTHER_NUMBER = "0"
# Any day serves to see whether some date is named at all.
_SOME_DAY = date(2000, 1, 3)
_OTHER_BUSINESS = frozenset(
    {
        Request.HUMAN,
        Request.CANCEL_ORDER,
        Request.REPEAT,
        Request.STATUS,
        Request.WRONG_NUMBER,
        Request.VOICEMAIL,
    }
)


class Answer(StrEnum):
    """What an answer to a read-back amounts to."""

    YES = "yes"
    NO = "no"
    CORRECTION = "correction"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class _Said:
    """Which kinds of phrases an answer holds; `ends_in_no` tells the order of yes and no."""

    is_confused: bool
    is_hedged: bool
    is_held: bool
    no: bool
    wants_another: bool
    but: bool
    yes: bool
    negation: bool
    ends_in_no: bool
    has_unknown: bool


def judge(
    text: str,
    language: Language,
    *,
    expected_digits: str | None = None,
    expected_date: date | None = None,
    expected_time: time | None = None,
    today: date | None = None,
) -> Answer:
    """Judge an answer to "…, shall I?".

    YES needs explicit words of consent and nothing against them: no question, no doubt, no condition, no
    other wish, and no word that is not known to be harmless: the one unknown word is often the deciding one.
    Values that repeat the read-back's belong to a yes; others make it a CORRECTION, as does
    "yes, but". A bare weekday repeats a date on that weekday. Without expected values every number or date
    makes a CORRECTION.

    Args:
        text: what the caller said after the read-back.
        language: the call's language.
        expected_digits: the number that was read back.
        expected_date: the date that was read back; needs `today`.
        expected_time: the time that was read back.
        today: the business's day.

    Raises:
        SpokenError: `today_missing` for an expected date without today.
    """
    if expected_date is not None and today is None:
        raise SpokenError("today_missing", "an expected date needs today to compare with")
    day = today or _SOME_DAY
    if expected_time is not None:
        text = without_time(text, language, expected_time)
    parsed = parse(text, language)
    mentions = mentions_in(parsed, day)
    # "Yesterday" tells a story; it proposes no delivery, but its yes may belong to the story.
    proposed = [mention for mention in mentions if mention.date >= day]
    is_impossible = len(mentions) < len(parsed.expressions)
    # A lone "one" is rarely a number: "yes, that one".
    numbers = [number for number in dictated_in(parsed, language) if number.digits != "1"]
    if (
        is_impossible
        or any(number.digits != expected_digits for number in numbers)
        or not all(_is_repeated(mention, expected_date) for mention in proposed)
    ):
        return Answer.CORRECTION
    repeated = {place for number in numbers for place in number.places}
    words = [
        _OTHER_NUMBER if token.kind in ("digits", "ordinal") else token.text or _DATE
        for place, token in enumerate(parsed.without_dates())
        if place not in repeated
    ]
    said = _listen(" ".join(words), _WORDS[language])
    if said.is_confused or "?" in text:
        return Answer.UNCLEAR
    if said.wants_another or (said.but and (said.yes or said.no)):
        return Answer.CORRECTION
    if said.no:
        return Answer.NO if not said.yes or said.ends_in_no else Answer.UNCLEAR
    doubt = said.is_hedged or said.is_held or said.negation or said.has_unknown
    is_elsewhen = len(proposed) < len(mentions) or any(mention.is_negated for mention in mentions)
    if not said.yes or doubt or is_elsewhen or read_request(text, language) in _OTHER_BUSINESS:
        return Answer.UNCLEAR
    return Answer.YES


def is_bare(text: str, language: Language) -> bool:
    """Whether a text holds nothing but an answer: "no, thank you", and not "I can't take the parcel in".

    Args:
        text: what the caller said to an open question.
        language: of its words.
    """
    said = _listen(normal_words(text), _WORDS[language])
    return not (said.has_unknown or said.is_confused or said.is_hedged or said.wants_another or said.but)


def _is_repeated(mention: DateMention, expected: date | None) -> bool:
    if expected is None or not mention.weekday_agrees:
        return False
    return mention.date == expected or (mention.is_weekday_only and mention.date.weekday() == expected.weekday())


def _listen(text: str, words: AnswerWords) -> _Said:
    rest = text

    def take(pattern: re.Pattern[str]) -> list[int]:
        """Blank out a kind of phrase and give its places; blanks keep all other places."""
        nonlocal rest
        places = [match.start() for match in pattern.finditer(rest)]
        rest = pattern.sub(lambda match: "|" * len(match.group()), rest)
        return places

    confused, unopposed = take(words.confused), take(words.unopposed)
    take(words.neutral)
    hedged, held, no = take(words.hedged), take(words.held), take(words.no)
    another, but = take(words.another), take(words.but)
    yes = [*unopposed, *take(words.yes)]
    negation = take(words.negation)
    unknown = [word for word in rest.split() if word[0].isalnum() and word not in words.harmless]
    return _Said(
        is_confused=bool(confused),
        is_hedged=bool(hedged),
        is_held=bool(held),
        no=bool(no),
        wants_another=bool(another),
        but=bool(but),
        yes=bool(yes),
        negation=bool(negation),
        ends_in_no=bool(no) and no[-1] > max(yes, default=-1),
        has_unknown=bool(unknown),
    )
