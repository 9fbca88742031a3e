"""Whether a caller insults or threatens whom they talk to; swearing about the weather is not meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from spoken.languages import Language
from spoken.patterns import normal_words, phrases

_MACHINE_UK = r"(?:машина|машино|робот|роботе|бот|боте|залізяка|залізяко|програма)"
_MACHINE_RU = r"(?:машина|робот|бот|железяка|программа)"
_CURSES: Mapping[Language, re.Pattern[str]] = {
    "uk": phrases(
        r"(?:іди|ідіть|йди|йдіть|пішов|пішла|пішли|котись)(?: ти| ви)? (?:на|в|у|до)"
        r" (?:хуй|хер|біса|дупу|сраку|чорта|пизду|пізду|жопу)",
        r"(?:сук[аио]|курв[аио]|падл[аюо]|тварюк[аою]|покидьку?|виродку?|мудак\w*|мудил\w*)",
        r"(?:ідіот\w*|дебіл\w*|придур\w*|козел|козли|скотин[аою]|довбоїб\w*|довбойоб\w*)",
        r"(?:заткни(?:ся|сь|те)|заткніться|стули(?:те)? пельку)",
        r"(?:вб'ю|уб'ю)(?: тебе| вас)",
        rf"(?:тупа|тупий|тупе|дурна|дурний|йобан\w+|їбан\w+) {_MACHINE_UK}",
    ),
    "ru": phrases(
        r"(?:иди|идите|пошел|пошёл|пошла|пошли|катись)(?: ты| вы)? (?:на|в|к)"
        r" (?:хуй|хер|черту|чёрту|черту|жопу|пизду)",
        r"(?:сук[аи]|тварь|твари|падла|мраз[ьи]|ублюд\w+|урод|уроды|мудак\w*|мудил\w*)",
        r"(?:идиот\w*|дебил\w*|придур\w*|козел|козёл|козлы|скотина|долбо[её]б\w*)",
        r"(?:заткнись|заткнитесь|закрой рот)",
        r"убью(?: тебя| вас)",
        rf"(?:тупая|тупой|дурацк\w+|гребан\w+|ебан\w+|ёбан\w+) {_MACHINE_RU}",
    ),
    "en": phrases(
        r"fuck(?:ing)? (?:you|off|yourself)",
        r"(?:go|screw|damn) (?:to hell|fuck yourself|you(?: all)?(?= [.!,]|$))",
        r"(?:asshole|bitch|bastard|motherfucker|dickhead|cunt|piece of shit|wanker)s?",
        r"you(?:'re| are)?(?: an?| a bunch of)?(?: (?:fucking|bloody|stupid|dumb|damn|complete|total|goddamn))*"
        r" (?:idiot|moron|imbecile|retard|stupid|useless piece of \w+)s?",
        r"(?:fucking|bloody|stupid|dumb|damn) (?:bot|robot|machine|computer|idiot|moron)",
        r"shut (?:the \w+ )?up",
        r"i(?:'ll| will| am going to) kill you",
    ),
}
_NEIGHBOUR: Mapping[Language, Language] = {"uk": "ru", "ru": "uk"}


def is_abusive(text: str, language: Language) -> bool:
    """Whether these words insult or threaten the listener; callers swear in the neighbouring language as well."""
    words = normal_words(text)
    tables = [_CURSES[language], *([_CURSES[_NEIGHBOUR[language]]] if language in _NEIGHBOUR else [])]
    return any(table.search(words) for table in tables)
