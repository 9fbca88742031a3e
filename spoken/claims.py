"""What a sentence of the agent says was done: an audit compares it with what was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from spoken import en_claims, ru_claims, uk_claims
from spoken.claim_results import RESULTS, ResultWords
from spoken.claim_words import ClaimWords, Deed
from spoken.date_parts import parse
from spoken.dates import DateMention, mentions_in
from spoken.digits import numbers_in
from spoken.languages import Language
from spoken.patterns import normal_words

__all__ = ["Claim", "Deed", "find_claims"]

_WORDS: Mapping[Language, ClaimWords] = {
    # What takes a claim back may stand in either: the tables of the two see the same text.
    "uk": uk_claims.WORDS.taken_back_as_in(ru_claims.WORDS),
    "ru": ru_claims.WORDS.taken_back_as_in(uk_claims.WORDS),
    "en": en_claims.WORDS,
}
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]*")
# What stands around words for the eye: a voice does not say it.
_ORNAMENT = re.compile(r"[*_`~\"“”„«»()\[\]]+")
_CLAUSE = re.compile(r"(?<=[,;:—–])\s")
# So far back a denial reaches: "nothing has been moved", "not yet been moved".
_REACH_WORDS = 3
_SHORTEST_NUMBER = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is said to be done, or to be so.

    Attributes:
        deed: What.
        order_ids: The numbers that the sentence names.
        days: The days that it names.
    """

    deed: Deed
    order_ids: tuple[str, ...] = ()
    days: tuple[DateMention, ...] = ()


def find_claims(text: str, today: date) -> list[Claim]:
    """Everything that a text of the agent claims, whatever language it is in.

    Wishes, offers, questions, plans, conditions and denials claim nothing. What is under way, and a day of delivery,
    may be an offer: it is one if a question for a yes follows.

    Args:
        text: One sentence or several; the end may be missing.
        today: The business's day, for relative dates.
    """
    text = _ORNAMENT.sub(" ", text)
    languages: list[Language] = []
    if _CYRILLIC.search(text):
        languages += ["uk", "ru"]
    if _LATIN.search(text):
        languages.append("en")
    found = [claim for language in languages for claim in _claims_in(text, language, today)]
    return list(dict.fromkeys(found))


def _claims_in(text: str, language: Language, today: date) -> Iterator[Claim]:
    words = _WORDS[language]
    sentences = [match.group().strip() for match in _SENTENCE.finditer(text)]
    for number, sentence in enumerate(sentences):
        following = [sentence, *sentences[number + 1 :]]
        is_offer = any("?" in one and words.consent.search(normal_words(one)) for one in following)
        deeds = list(dict.fromkeys(_deeds_of(sentence, words, RESULTS[language], is_offer=is_offer)))
        if not deeds:
            continue
        parsed = parse(sentence, language)
        days = tuple(mentions_in(parsed, today))
        order_ids = tuple(dict.fromkeys(numbers_in(parsed, language, _SHORTEST_NUMBER)))
        for deed in deeds:
            if deed is not Deed.SCHEDULED or days:
                yield Claim(deed, order_ids, days)


def _deeds_of(sentence: str, words: ClaimWords, results: ResultWords, *, is_offer: bool) -> Iterator[Deed]:
    clauses = [normal_words(clause) for clause in _CLAUSE.split(sentence)]
    is_question = "?" in sentence
    is_conditional = any(words.condition.match(clause) for clause in clauses)
    for number, clause in enumerate(clauses):
        if is_question and number == len(clauses) - 1:
            return
        rest, told = clause, False
        # The tables go from the special to the general: what "refund issued" took is no change of the order as well.
        for deed, pattern in (*words.told, *results.told):
            if match := _said(pattern, rest, words):
                told = True
                yield _fitting(deed, clause, words)
                rest = f"{rest[: match.start()]}{'|' * len(match.group())}{rest[match.end() :]}"
        if told or is_offer or is_conditional:
            continue
        for deed, pattern in (*words.under_way, *results.promised):
            if _said(pattern, clause, words):
                yield _fitting(deed, clause, words)
        is_settled = not results.open.search(clause) and _said(results.settled, clause, words, is_future=True)
        if is_settled or _said(words.dated, clause, words, is_future=True):
            yield Deed.SCHEDULED


def _said(pattern: re.Pattern[str], clause: str, words: ClaimWords, *, is_future: bool = False) -> re.Match[str] | None:
    """The first place where a clause says it without taking it back."""
    for match in pattern.finditer(clause):
        before = clause[: match.start()].rstrip()
        near = before.split()[-_REACH_WORDS:]
        if words.undone.search(" ".join(near)) or words.undone.search(match.group()) or words.condition.search(before):
            continue
        if is_future or not words.unreal.search(" ".join(near[-2:])):
            return match
    return None


def _fitting(deed: Deed, clause: str, words: ClaimWords) -> Deed:
    """The deed, unless what was changed or sent is something that no tool changes or sends."""
    if deed in {Deed.MOVED, Deed.DONE} and words.elsewhere.search(clause):
        return Deed.OTHER
    return deed


def names_day(days: Sequence[DateMention], day: date) -> bool:
    """Whether every day that was named can be this one; a bare weekday names each day of its name."""
    return all(
        mention.date == day or (mention.is_weekday_only and mention.date.weekday() == day.weekday()) for mention in days
    )
