"""Whether a sentence asks if the day it names suits, and asks nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spoken.asking import sentences_of
from spoken.languages import Language
from spoken.patterns import normal_words, phrases

_SUITS: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(r"(?:підходить|підійде|влаштовує|влаштує|зручн\w+|годиться)", r"(?:все|усе) (?:гаразд|так|добре)"),
    "ru": phrases(
        r"(?:подходит|подойдет|подойдёт|устраивает|устроит|удобн\w+|годится)", r"все (?:в порядке|так|хорошо)"
    ),
    "en": phrases(
        r"(?:suits?|suit you|convenient)",
        r"works? for you",
        r"(?:is|are|would) (?:that|this|it|the day|that day|this day|you)(?: still| be)*"
        r" (?:all right|alright|okay|ok|fine|good|happy with (?:that|it))",
    ),
}
# "Would another day suit you better?" asks for something else.
_OTHER: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(r"(?:перен[еоі]\w+|змін\w+|інш\w+|краще|зручніш\w+|який|яка|яке|коли|чи ні|або)"),
    "ru": phrases(r"(?:перен[еоё]\w+|измен\w+|поменя\w+|друг\w+|лучше|удобнее|какой|какая|когда|или)"),
    "en": phrases(r"(?:mov\w+|reschedul\w+|chang\w+|another|other|different|else|better|which|what|when|or)"),
}


def asks_if_it_suits(text: str, language: Language) -> bool:
    """Whether a yes to this text can only say that the day it names suits.

    Args:
        text: As it was heard; its last sentence is the question.
        language: The text's.
    """
    sentences = [sentence.strip() for _, sentence in sentences_of(text) if sentence.strip()]
    if not sentences or not sentences[-1].endswith("?"):
        return False
    asked = normal_words(sentences[-1])
    return bool(_SUITS[language].search(asked)) and not _OTHER[language].search(asked)
