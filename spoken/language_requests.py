"""A caller's request to be spoken to in a language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spoken.languages import Language
from spoken.patterns import normal_words, only, phrases

_NAMES: Mapping[Language, str] = {
    "uk": r"(?:(?:на )?українськ(?:ою|ій|у)|по - українськи|по - українському|державною|(?:на )?украинск(?:ом|ий|ую)"
    r"|по (?:- )?украински|(?:in(?:to)? |to )?ukrainian)",
    "ru": r"(?:(?:на )?(?:російськ|руськ)(?:ою|ій|у)|по - (?:російськи|руськи)|(?:на )?русск(?:ом|ий|ую)"
    r"|по (?:- )?русски|порусски|(?:in(?:to)? |to )?russian)",
    "en": r"(?:(?:на )?англійськ(?:ою|ій|у)|по - англійськи|(?:на )?английск(?:ом|ий|ую)|по (?:- )?английски"
    r"|(?:in(?:to)? |to )?english)",
}
# Whoever says one of these near a language's name means what is spoken.
_SPEAK = (
    r"(?:говоріть|говорите|поговорімо|поговоримо|поговорити|говорити|розмовляйте|розмовляти|розмовляєте|спілкуймося"
    r"|спілкуватися|спілкуйтеся|відповідайте|перейдіть|перейдімо|перейдемо|перейти|переходьте|переключіться"
    r"|переключитися|перемкніться|поговорим|поговорить|разговаривайте|разговариваете|общаться|общайтесь|отвечайте"
    r"|перейдите|перейдем|переходите|переключитесь|переключиться|speak|talk|switch|change|continue|answer|reply|prefer)"
)
# These ask for anything, so that only words of speaking may stand between.
_WISH = (
    r"(?:можна|можете|давайте|давай|краще|хочу|хотів би|хотіла б|буду|можно|лучше|хотел бы|хотела бы|мне удобнее"
    r"|мені зручніше|говорить|can we|could we|can you|could you|may we|let's|i want|i'd like)"
)
_BETWEEN = (
    r"(?:мені|зі|зо|мною|вами|нами|мене|ми|ви|ще|краще|тільки|мне|со|мной|мы|вы|только|лучше|будь|ласка|пожалуйста"
    r"|говорити|розмовляти|спілкуватися|говорить|разговаривать|общаться|перейти|please|do|this|it|just|maybe|to|speak"
    r"|talk|have|,)"
)
_ALONE = (
    r"(?:будь ласка|пожалуйста|please|мовою|мова|мову|языке|язык|language|можна|можно|давайте|краще|лучше|only|тільки"
    r"|только|а|ну|ні|нет|no|так|да|yes)"
)
# "Don't speak Russian", "I don't really speak English", "why do you speak Russian?": what is not wanted, or not known.
_NOT = (
    r"(?:не|don't|do not|dont|not|never|cannot|can't|погано|плохо|слабо|чому|почему|навіщо|зачем|why|годі|досить|хватит"
    r"|stop|перестаньте|прекратите|замість|вместо|instead of|крім|кроме|without|без)"
)
_ABLE = (
    r"(?:говорю|говорити|говоріть|говорите|говорить|розмовляю|розмовляти|розмовляйте|розмовляєте|спілкуюся|спілкуватися"
    r"|разговариваю|разговаривать|разговаривайте|разговариваете|общаться|вмію|умію|умею|можу|могу|хочу|хотів|хотіла|хотел|хотела"
    r"|б|бы|би|люблю|треба|потрібно|надо|нужно|буду|знаю|володію|владею|дуже|очень|зовсім|совсем|добре|хорошо|ви|вы|зі|мною|со"
    r"|мной|переходьте|переходите|really|speak|speaking|talk|use|very|much|want|like|need|know|any|do|does|you|we|i|he|to)"
)
_ANY_NAME = "(?:" + "|".join(_NAMES.values()) + ")"
_NOT_ASKED = re.compile(
    # "Can't you speak English?" asks for it.
    rf"(?<!\S)(?!can't you ){_NOT}(?: {_ABLE}){{0,4}}(?: (?:розумію|понимаю|understand))? {_ANY_NAME}(?!\S)"
)
_ASKS = {
    language: phrases(rf"{_SPEAK}(?: \S+){{0,3}} {name}", rf"{_WISH}(?: {_BETWEEN}){{0,4}} {name}")
    for language, name in _NAMES.items()
}
_IS_ALL = {language: only(_ALONE, name, must=name) for language, name in _NAMES.items()}


def asks_for(text: str) -> Language | None:
    """The language that a caller asks to be spoken to in; None without such a request, or with two."""
    words = _NOT_ASKED.sub("-", normal_words(text))
    asked: list[Language] = [
        language for language, pattern in _ASKS.items() if pattern.search(words) or _IS_ALL[language].search(words)
    ]
    return asked[0] if len(asked) == 1 else None
