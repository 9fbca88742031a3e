"""What a caller wants, by the words they say it in."""

from enum import StrEnum

from spoken.languages import Language
from spoken.request_phrases import PHRASES, normal_words


class Request(StrEnum):
    """A caller's wish, in the order in which several in one sentence are answered.

    A machine cannot wish anything, and who dialled a wrong number wants no order moved; a wish for a person outranks
    what it is about; a cancellation outranks a move ("don't move it, cancel it"); business outranks courtesies; a
    goodbye outranks the refusal before it ("no thanks, that's all, goodbye").
    """

    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    HUMAN = "human"
    CANCEL_ORDER = "cancel_order"
    MOVE = "move"
    STATUS = "status"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    NEVER_MIND = "never_mind"
    THANKS = "thanks"


def read_request(text: str, language: Language) -> Request | None:
    """Tell what a caller asks for; None if the words name nothing this desk knows.

    Negated wishes do not count ("don't cancel it"). `THANKS` is returned only if nothing else was said.
    """
    words = normal_words(text)
    phrases = PHRASES[language]
    for request in Request:
        pattern = phrases.get(request.value)
        if pattern is not None and pattern.search(words):
            return request
    return None
