"""What a caller wants, by the words they say it in."""

import re
from collections.abc import Mapping
from enum import StrEnum

from spoken import en_requests, ru_requests, uk_requests
from spoken.languages import Language
from spoken.patterns import normal_words


class Request(StrEnum):
    """A caller's wish, in the order in which several in one sentence are answered.

    A machine cannot wish anything; who wants no more calls wants that before anything else; who dialled a wrong
    number wants no order moved; a wish for a person outranks what it is about; a cancellation outranks a move ("don't
    move it, cancel it"); business outranks courtesies; a goodbye outranks the refusal before it ("no thanks, that's
    all, goodbye").
    """

    VOICEMAIL = "voicemail"
    OPT_OUT = "opt_out"
    WRONG_NUMBER = "wrong_number"
    HUMAN = "human"
    CANCEL_ORDER = "cancel_order"
    MOVE = "move"
    STATUS = "status"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    NEVER_MIND = "never_mind"
    THANKS = "thanks"


_PHRASES: Mapping[Language, Mapping[str, re.Pattern[str]]] = {
    "uk": uk_requests.PHRASES,
    "ru": ru_requests.PHRASES,
    "en": en_requests.PHRASES,
}
# Callers mix the two; a phrase of the other language counts if the call's own has none.
_NEIGHBOUR: Mapping[Language, Language] = {"uk": "ru", "ru": "uk"}
_NEGATABLE = frozenset({Request.HUMAN, Request.CANCEL_ORDER, Request.MOVE, Request.WRONG_NUMBER})
_NEGATION = re.compile(
    r"(?<!\S)(?:not|never|without|no need|dont|\w+n't|не|ні|нет|без)(?! (?:you|we|only|тільки"
    r"|только)\b)(?!\S)"
)
_CLAUSE = re.compile(r"[,.!?;:|]|(?<!\S)(?:but|and|але|но|а|и|і|та)(?!\S)")
_NEGATION_REACH_WORDS = 5
# Courtesies stand anywhere: "cancel, please, my order" asks for what "cancel my order" does.
_COURTESY = re.compile(r"(?<!\S)(?:, )?(?:please|будь ласка|пожалуйста|пожалуста|прошу вас)(?: ,)?(?!\S) ?")


def read_request(text: str, language: Language) -> Request | None:
    """Tell what a caller asks for; None if the words name nothing this desk knows.

    Negated wishes do not count ("don't cancel it"). `THANKS` is returned only if nothing else was said.
    """
    words = normal_words(text)
    neighbour = _NEIGHBOUR.get(language)
    tables = [_PHRASES[language]] + ([_PHRASES[neighbour]] if neighbour else [])
    ways = dict.fromkeys([words, _COURTESY.sub("", words)])
    for request in Request:
        if any(_is_wished(request, way, table) for way in ways for table in tables):
            return request
    return None


def _is_wished(request: Request, words: str, table: Mapping[str, re.Pattern[str]]) -> bool:
    pattern = table[request.value]
    return any(
        request not in _NEGATABLE or not _is_negated(words[: match.start()]) for match in pattern.finditer(words)
    )


def _is_negated(before: str) -> bool:
    """Tell whether the clause that leads up to a wish denies it."""
    clause = _CLAUSE.split(before)[-1].split()[-_NEGATION_REACH_WORDS:]
    return bool(_NEGATION.search(" ".join(clause)))
