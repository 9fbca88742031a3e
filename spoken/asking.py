"""Whether a sentence asks for a yes to moving a delivery, and for nothing else."""

import re
from collections.abc import Mapping

from spoken.languages import Language
from spoken.lexicon import words
from spoken.patterns import normal_words

_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]*")
_CLAUSE = re.compile(r"(?<=[,;:—–])\s")

_MOVES: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:mov(?:e|ed|ing)|reschedul(?:e|ed|ing)|chang(?:e|ed|ing)|shift(?:ed|ing)?|switch(?:ed|ing)?"
        r"|deliver(?:ed|y)?"
        r"|arrives?|postpone[d]?|rebook(?:ed)?|new date|bring)\b"
    ),
    "uk": re.compile(
        r"\b(?:перен[еоі]\w+|пересун\w+|зміни\w+|змін[юя]\w+|нов\w+ дат\w+|доставк\w+|достав\w+|прив[ео]з\w+)\b"
    ),
    "ru": re.compile(
        r"\b(?:перен[еоё]\w+|сдвин\w+|измен\w+|поменя\w+|нов\w+ дат\w+|доставк\w+|достав\w+|прив[ео]з\w+)\b"
    ),
}
_DO = (
    r"(?: (?:do|move|change|reschedule|book|confirm|proceed|go ahead|make)"
    r"(?: (?:it|that|so|this|the change|with that))?)?"
)
_FOR_YOU = r"(?: for you| then| now| with you| by you)?"
_CONSENT: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        rf"(?:so |and |then |okay |ok )*(?:(?:shall|should|may|can) (?:i|we){_DO}{_FOR_YOU}"
        r"|(?:is|are) (?:that|this|it|you|everything|all of that|all that)(?: all)?"
        rf" (?:right|correct|ok|okay|fine|good|all right|alright|agreed|sure){_FOR_YOU}"
        rf"|(?:does|would|will|do) (?:that|this|it|you)(?: (?:work|suit|be fine|be okay|agree|confirm|suit you))+"
        rf"(?: that)?{_FOR_YOU}"
        rf"|would you like (?:that|me to){_DO}|do you want (?:that|me to){_DO}"
        r"|right|correct|ok|okay|yes|agreed|confirmed"
        r"|yes or no|is it|go ahead|do i have that right) \?"
    ),
    "uk": re.compile(
        r"(?:то |отже |тоді |чи |вам |вас |ви |це |так |усе |все |я |ми )*(?:перен[оеі]с\w*|пересун\w+|змін\w+"
        r"|так|вірно|правильно"
        r"|добре|гаразд|згодні|згідні|згода|погоджуєтесь|підходить|влаштовує|підтверджуєте|робимо"
        r"|зробити так|зручно|домовились"
        r"|не проти|все так)(?: вам| вас| це| його| її| доставку| замовлення)* \?"
    ),
    "ru": re.compile(
        r"(?:то |итак |тогда |вам |вас |вы |это |так |все |я |мы )*(?:перен[оеё]с\w*|сдвин\w+|измен\w+|поменя\w+"
        r"|так|да|верно"
        r"|правильно|хорошо|ладно|согласны|подходит|устраивает|подтверждаете|делаем|сделать так|удобно|договорились"
        r"|не против|все так)(?: вам| вас| это| его| ее| доставку| заказ)* \?"
    ),
}
_PLAIN: Mapping[Language, frozenset[str]] = {
    "en": words(
        "order number so that's that is it's it for to on the and then right correct yes ok okay next of your day date"
        " from now be will i we a"
    ),
    "uk": words(
        "замовлення номер отже то так на у в це ваше дата день вірно правильно і й та добре наступний наступну новий"
    ),
    "ru": words(
        "заказ номер итак то так на в во это ваш дата день верно правильно и хорошо да следующий следующую новый"
    ),
}


def asks_to_move(text: str, language: Language, rest: Mapping[str, str]) -> bool:
    """Whether a yes to this text can only be a yes to moving a delivery.

    Its date stands in a sentence that speaks of moving or delivering, or of nothing but the order; and if the text ends
    by asking, it asks for a yes, not whether the caller would like something else.

    Args:
        text: The sentences, as they were heard.
        language: Theirs.
        rest: By sentence that names a date, its words without dates and numbers.
    """
    sentences = [match.group().strip() for match in _SENTENCE.finditer(text)]
    dated = [sentence for sentence in sentences if sentence in rest]
    moves = any(_MOVES[language].search(normal_words(sentence)) for sentence in dated)
    questions = [sentence for sentence in sentences if "?" in sentence]
    if not questions:
        return moves or any(_is_plain(rest[sentence], language) for sentence in dated)
    asked = questions[-1]
    is_itself = asked in rest and bool(_MOVES[language].search(normal_words(asked)))
    if not is_itself and not _CONSENT[language].fullmatch(normal_words(_CLAUSE.split(asked)[-1])):
        return False
    return moves or any(_is_plain(rest[sentence], language) for sentence in dated)


def _is_plain(left: str, language: Language) -> bool:
    return all(word in _PLAIN[language] for word in left.split() if word[0].isalpha())


def sentences_of(text: str) -> list[tuple[int, str]]:
    """Each sentence with its place in the text."""
    return [
        (match.start() + len(match.group()) - len(match.group().lstrip()), match.group().strip())
        for match in _SENTENCE.finditer(text)
    ]
