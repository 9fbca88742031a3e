"""Whether a caller who has agreed hesitates after all: it takes a yes back, and asks for no other day."""

import re
from collections.abc import Mapping

from spoken.answer_words import START
from spoken.languages import Language
from spoken.patterns import normal_words, phrases

# "I'll wait" and "how long do I have to wait" are patience.
_PATIENT = [
    "to",
    "i",
    "i'll",
    "i'd",
    "we",
    "we'll",
    "you",
    "can",
    "can't",
    "don't",
    "will",
    "must",
    "should",
    "the",
    "a",
    "long",
]
_NOT_PATIENT = "".join(f"(?<!{before} )" for before in _PATIENT)
_LEAD = r"(?:uh |um |oh |okay |ok |well |yes |yeah |sorry |no |just |please |, )*"
_LEAD_CYRILLIC = r"(?:ой |ох |ну |та |так |да |а |ні |нет |вибачте |перепрошую |извините |простите |ще |еще |, )*"
# Where a clause ends, or goes on with what is doubted.
_ENDS = r"(?= [,.!;…]|$| if| whether| that| чи| стоит| ли| надо| нужно| варто| треба)"

_WORDS: Mapping[Language, re.Pattern[str]] = {
    "en": phrases(
        r"not (?:so |too |quite |really |entirely |completely |totally |very |all that )?(?:sure|certain|convinced)",
        r"unsure|second thoughts?|(?:having|have) doubts|i doubt",
        rf"{_NOT_PATIENT}wait(?! (?:time|list|for (?:it|you|the|your|them)))",
        rf"{_NOT_PATIENT}(?:hold (?:on|up|it|off)|hang on)",
        rf"{START}{_LEAD}(?:give me )?(?:one|a) (?:moment|second|minute|sec)(?! is| was)",
        r"give me (?:a|one|some|just a)(?: \w+)? ?(?:moment|second|minute|sec|time)",
        r"i(?: still| just)? need (?:(?:a|one|another)(?: \w+)? (?:moment|second|minute|day)|(?:some |more )?time)",
        r"let me (?:just )?(?:think|check|see|ask|look)",
        r"(?:i|i'd|i'll|i better|i'd better)(?: still| just| really)? (?:need|have|want|like|should|must|better)?"
        r"(?: to)? ?(?:think (?:about|it|over|again)|check with|check my|ask my)",
        rf"i(?: really| just| actually)? (?:don't|do not) know{_ENDS}|no idea{_ENDS}",
        rf"{START}{_LEAD}actually(?= [,.!;…]|$)",
        rf"{START}{_LEAD}(?:maybe|perhaps)|maybe not|perhaps not",
        r"only if|unless|as long as|provided that|(?:it |that )depends",
        r"too late to (?:change|move|cancel|stop)|(?:can|could|may) (?:i|we) still (?:change|cancel|move)",
        r"my mistake|mixed (?:it |that |them |the days |things )?up|i got (?:it|that) wrong|i misspoke",
    ),
    "uk": phrases(
        r"не (?:зовсім |дуже |цілком |до кінця |надто )?(?:впевнен\w*|певен|певна|певний|переконан\w*)",
        r"(?<!не )(?:зачекайте|почекайте|стривайте|чекайте|заждіть|зачекай|почекай|постривай|стривай|чекай)",
        rf"{START}{_LEAD_CYRILLIC}(?:одну |дайте (?:мені )?(?:одну )?)?(?:секунду|секундочку|хвилинку|хвилиночку"
        r"|хвилину|мить|момент)",
        r"(?:подумаю|подумати|подумаймо|поміркую|поміркувати|обдумаю|обдумати|обміркую|обміркувати)",
        r"(?:треба|маю|мушу|хочу|дайте|дозвольте|потрібно)(?: \S+)? (?:порадити(?:ся|сь)|перевірити|звірити(?:ся|сь)"
        r"|подивити(?:ся|сь)|глянути)",
        rf"сумніваю(?:ся|сь)|вагаю(?:ся|сь)|маю сумнів\w*|не знаю{_ENDS}",
        rf"{START}{_LEAD_CYRILLIC}(?:мабуть|можливо|напевно|може|може бути|здається)(?= |$)",
        r"(?:пере|с)плута(?:в|ла)|помили(?:вся|лась|лася)|обмови(?:вся|лась|лася)",
        r"вже пізно (?:змінити|міняти|передумати)",
        r"хіба що|залежить від|якщо тільки|тільки якщо|лише якщо|за умови",
    ),
    "ru": phrases(
        r"не (?:совсем |очень |вполне |до конца |слишком )?(?:уверен\w*|убежден\w*)",
        r"(?<!не )(?:подождите|погодите|постойте|стойте|обождите|подожди|погоди|постой|стой)",
        rf"{START}{_LEAD_CYRILLIC}(?:одну |дайте (?:мне )?(?:одну )?|один )?(?:секунду|секундочку|минутку|минуточку"
        r"|минуту|момент)",
        r"(?:подумаю|подумать|подумаем|поразмыслю|поразмыслить|обдумаю|обдумать)",
        r"(?:надо|нужно|должен|должна|хочу|дайте|позвольте)(?: \S+)? (?:посоветоваться|проверить|свериться"
        r"|посмотреть|глянуть)",
        rf"сомневаюсь|есть сомнени\w*|не знаю{_ENDS}",
        rf"{START}{_LEAD_CYRILLIC}(?:может|может быть|возможно|наверное|наверно|кажется)(?= |$)",
        r"(?:пере|с)пута(?:л|ла)|ошиб(?:ся|лась)|оговори(?:лся|лась)",
        r"уже поздно (?:изменить|менять|передумать)",
        r"смотря|зависит от|если только|только если|лишь если|при условии",
    ),
}


def has_second_thoughts(text: str) -> bool:
    """Whether somebody who has just said yes wants to wait, doubts it or ties it to a condition.

    Thanks, sounds of listening and questions of how long it takes are none of these. In whatever language.
    """
    words = normal_words(text)
    return any(pattern.search(words) for pattern in _WORDS.values())
