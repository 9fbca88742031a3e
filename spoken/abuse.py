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
# "Я ідіот, переплутав дні", "ваш курьер козёл", "the driver was an asshole": said of the caller, or of somebody who is
# not on the line. Between the two stand no words but these: "я тебе, сука, …" threatens.
_LINKS = (
    r"(?: (?:-|—|не|ж|же|ну|просто|вам|сам|сама|такий|така|такой|такая|повний|повна|полный|полная|старий|стара|старый"
    r"|старая|якийсь|якась|був|була|были|был|была|справжній|настоящий|остан\w+|последн\w+|це|это|ваш|ваші|ваши))*"
)
_NAMED = (
    r"(?:ідіот\w*|идиот\w*|деб[іи]л\w*|придур\w*|козел|козёл|козли|козлы|скотина|тварюка|тварь|падлюка|падла|мудак\w*"
    r"|мудил\w*|урод|уроды|сука|суки)"
)
_OF_OTHERS = phrases(
    rf"(?:я|ми|мы|він|вона|вони|он|она|они|(?:кур'єр|курьер|водій|водител|сусід|сосед|таксист)\w*){_LINKS} {_NAMED}",
    r"(?:ідіот|идиот|деб[іи]л)[иі]зм\w*",
    r"(?:i'm|i am|i was|he|he's|she|she's|they|they're|(?:driver|courier|guy|man|neighbour|neighbor)s?)"
    r"(?: (?:'s|is|was|are|were|such|an?|a bunch of|real|total|complete|being|acted like|fucking|bloody))*"
    r" (?:asshole|bitch|bastard|motherfucker|dickhead|cunt|piece of shit|wanker|idiot|moron)s?",
)
_NEIGHBOUR: Mapping[Language, Language] = {"uk": "ru", "ru": "uk"}


def is_abusive(text: str, language: Language) -> bool:
    """Whether these words insult or threaten the listener; callers swear in the neighbouring language as well."""
    words = _OF_OTHERS.sub("|", normal_words(text))
    tables = [_CURSES[language], *([_CURSES[_NEIGHBOUR[language]]] if language in _NEIGHBOUR else [])]
    return any(table.search(words) for table in tables)
