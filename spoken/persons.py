"""Whether somebody is asked if they are the person meant, and whether they said so."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spoken.answers import Answer, judge
from spoken.asking import sentences_of
from spoken.languages import Language
from spoken.patterns import normal_words, phrases
from spoken.requests import Request, read_request

_KIN_UK = (
    r"(?:чоловік|дружин|син|доч|доньк|мам|мат|тат|батьк|брат|сестр|колег|сусід|бабус|дідус|подруг|друг|секретар)\w*"
)
_KIN_RU = r"(?:муж|жен|сын|доч|мам|мат|пап|отец|отц|брат|сестр|коллег|сосед|бабушк|дедушк|подруг|друг|секретар)\w*"
_KIN_EN = (
    r"(?:husband|wife|son|daughter|mother|father|mom|mum|dad|brother|sister|partner|colleague|assistant"
    r"|secretary|flatmate|roommate|neighbou?r|friend|grandma|grandpa)"
)
_SOMEONE_ELSE: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(
        r"не (?:я|він|вона|та|той)",
        r"(?:я|це) не (?:він|вона|та людина|той|та)",
        r"(?:немає|нема|не|відсутн\w+)(?: зараз)? (?:вдома|його|її|на місці|зараз)",
        r"(?:він|вона)(?: \w+)? (?:на роботі|спить|вийшов|вийшла|зайнят\w+|за кермом|відпочиває|прийде|буде)",
        rf"(?:його|її|їхн\w+|мо(?:го|єї|єму|їй)|мій|моя) {_KIN_UK}",
        r"(?:інша людина|хтось інший|хтось інша|не до мене|не про мене)",
    ),
    "ru": phrases(
        r"не (?:я|он|она|тот|та)",
        r"(?:его|ее|её)(?: сейчас)? (?:нет|дома нет)",
        r"нет (?:дома|его|ее|её|на месте)",
        r"(?:он|она)(?: \w+)? (?:на работе|спит|вышел|вышла|занят\w*|за рулем|за рулём|придет|придёт|будет)",
        rf"(?:его|ее|её|их|мо(?:его|ей|ему)|мой|моя) {_KIN_RU}",
        r"(?:другой человек|кто то другой|кто - то другой|не ко мне|не про меня)",
    ),
    "en": phrases(
        r"not (?:me|him|her|he|she|here|in|home|at home|available|the (?:right )?person)",
        r"(?:i'm|i am|this is|it's|it is|that's|that is) not",
        r"(?:isn't|is not|ain't) (?:me|him|her|here|in|home|at home|available)",
        r"(?:he|she)(?:'s| is|'ll| will) (?:not|out|away|at|asleep|busy|sleeping|driving|be back|call)",
        rf"(?:her|his|their|my) {_KIN_EN}(?: 's)?",
        r"(?:someone|somebody) else|another person|different person",
    ),
}
_THEMSELVES: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(
        r"(?:це|так|ага|саме)(?: ,)? я",
        r"так(?: ,)?(?: я)? слухаю",
        r"я (?:і є|самий|сама|на (?:лінії|телефоні|зв'язку))",
        r"зі мною",
    ),
    "ru": phrases(
        r"(?:это|да|ага|именно)(?: ,)? я",
        r"да(?: ,)?(?: я)? слушаю",
        r"я (?:и есть|самый|сама|на (?:линии|телефоне|связи))",
        r"со мной",
    ),
    "en": phrases(
        r"speaking",
        r"(?:that's|that is|it's|it is|this is) me",
        r"this is (?:he|she)",
        r"i am(?: indeed)?(?= [.!]|$)",
        r"you (?:are|have|got)(?: \w+)? (?:me|him|her)",
    ),
}
# Somebody who fetches the person meant has neither said yes nor no: that person comes to the phone.
_FETCHES: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(
        r"(?:покличу|кличу|гукну|передам|передаю|дам|даю)(?! я)",
        r"(?:хвилин|хвилиноч|секунд|секундоч|момент)\w*",
        r"(?:зачекайте|почекайте)",
    ),
    "ru": phrases(
        r"(?:позову|зову|передам|передаю|дам|даю)",
        r"(?:минут|минуточ|секунд|секундоч|момент)\w*",
        r"(?:подождите|погодите)",
    ),
    "en": phrases(
        r"(?:get|fetch|grab|call|find) (?:him|her|them)",
        r"(?:pass|hand|give)(?:ing)? (?:you|the phone|it|him|her)",
        r"(?:one|a|just a) (?:moment|minute|second|sec)",
        r"(?:hold|hang) on",
        r"wait",
    ),
}
_ASKS: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(r"(?:говорю|розмовляю|спілкуюся|спілкуюсь) (?:з|із|зі)", r"це ви", r"ви (?:є )?власни\w+"),
    "ru": phrases(r"(?:говорю|разговариваю|общаюсь) (?:с|со)", r"это вы", r"вы владел\w+"),
    "en": phrases(r"(?:speaking|talking) (?:with|to)", r"are you (?!sure|free|able|ready|there)\w+"),
}
_NO_ANSWER = frozenset({Request.HUMAN, Request.VOICEMAIL, Request.OPT_OUT, Request.REPEAT})


def asks_for_person(text: str, language: Language) -> bool:
    """Whether a text ends by asking who is on the line, so that a bare yes says that it is the person meant."""
    sentences = [sentence.strip() for _, sentence in sentences_of(text) if sentence.strip()]
    return bool(sentences) and sentences[-1].endswith("?") and bool(_ASKS[language].search(normal_words(sentences[-1])))


def fetches_person(text: str, language: Language) -> bool:
    """Whether somebody goes to get the person meant, or asks to wait."""
    return bool(_FETCHES[language].search(normal_words(text)))


def judge_person(text: str, language: Language, *, was_asked: bool = True) -> Answer:
    """Judge an answer to "am I speaking with …?": YES and NO only where it was said, anything else is UNCLEAR.

    Who answers for somebody else ("her husband", "he is at work") has said no, whatever else they said.

    Args:
        text: What was said.
        language: The call's.
        was_asked: Whether that question was heard just before; otherwise a bare yes or no answers something else.
    """
    words = normal_words(text)
    request = read_request(text, language)
    if fetches_person(text, language) and request is None:
        return Answer.UNCLEAR
    if request is Request.WRONG_NUMBER or _SOMEONE_ELSE[language].search(words):
        return Answer.NO
    if request in _NO_ANSWER or "?" in text:
        return Answer.UNCLEAR
    if _THEMSELVES[language].search(words):
        return Answer.YES
    answer = judge(text, language) if was_asked else Answer.UNCLEAR
    return answer if answer in (Answer.YES, Answer.NO) else Answer.UNCLEAR
