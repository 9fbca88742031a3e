"""Whether a day that was named is the one that is not meant."""

import re
from collections.abc import Collection, Sequence

from spoken.date_expression import DateExpression
from spoken.lexicon import words
from spoken.tokens import Token

_PREPOSITIONS = r"(?:on|the|to|for|at|у|в|во|на)"
# What may stand between a denial and its day: "I won't be home on Tuesday", "не можу у вівторок".
_DENIED = (
    r"(?:do|make|work|be|home|there|here|in|available|free|want|like|deliver|bring|come|move|it|that|me|us|suit|good"
    r"|around|able|going|sure|about"
    r"|можу|зможу|можемо|зможемо|хочу|хочемо|буду|буде|будемо|вдома|дома|удома|мені|нам|його|її|треба|потрібно|зручно"
    r"|підходить|підійде|влаштовує|виходить|вийде|переносьте|переносити|перенось|привозьте|доставляйте|ставте|везіть"
    r"|могу|смогу|можем|сможем|хотим|будет|будем|мне|его|ее|надо|нужно|удобно|подходит|подойдет|устраивает|получается"
    r"|получится|переносите|переносить|переноси|привозите|ставьте|везите)"
)
_BEFORE = re.compile(
    r"(?:(?<!\S)(?:anything|any|anytime|day|everything) but|(?<!\S)(?:except|крім|окрім|кроме)"
    r"|(?<!why )(?<!чому )(?<!чому б )(?<!чом би )(?<!почему )(?<!почему бы )(?<!\S)"
    rf"(?:not|не|can't|cannot|won't|don't|doesn't|dont|cant|wont)(?: {_DENIED}| {_PREPOSITIONS})*)"
    rf"(?: {_PREPOSITIONS})*$"
    # "I'm away on Saturday", "я зайнята в п'ятницю"
    r"|(?<!\S)(?:i'm|i'll be|we're|we'll be|i am|we are|i will be) (?:away|busy|out of town|travell?ing|at work)"
    rf"(?: {_PREPOSITIONS}| all)*$"
    rf"|(?<!\S)(?:зайнят\w+|занят\w*|на роботі|на работе|у від'їзді|в отъезде|у відрядженні|в командировке)"
    rf"(?: {_PREPOSITIONS})*$"
)
_SUBJECT = (
    r"(?:i|i'm|i am|we|we're|it|that|is|'s|s|day|just|really|unfortunately|я|ми|мы|мене|нас|меня|мені|мне|нам|точно"
    r"|якраз|зовсім|взагалі|вообще|совсем|вдома|удома|дома|вже|уже|це|это|ніхто|никто)"
)
_AFTER = re.compile(
    rf"(?:{_SUBJECT} )*"
    r"(?:(?:can't|cannot|can not|won't|will not|doesn't|does not|don't|do not|isn't|not)(?: really| quite)?"
    r" (?:work|be|suit|make|do|good|possible|convenient|home|free|available|in|here|there|around|great|an option|ok"
    r"|okay|fine|want|for me|for us)"
    r"|no good|impossible|busy|away|at work"
    r"|не (?:буде|буду|будемо|зможу|можу|можемо|зможемо|підходить|підійде|зручно|виходить|вийде|влаштовує|варіант|хочу"
    r"|треба|потрібно|вдома|будет|будем|смогу|могу|можем|сможем|подходит|подойдет|удобно|получится|получается"
    r"|устраивает|вариант|надо|нужно|дома)"
    r"|незручно|неудобно|неможливо|невозможно|зайнят\w+|занят\w*|на роботі|на работе)(?!\S)"
)
# "У п'ятницю, але не в цю": whoever says so means another one.
_NOT_THIS = re.compile(
    r"(?:(?:,|but|just|only|але|но|тільки|только|лише) )*(?:not|не) (?:on |в |у |на )?"
    r"(?:this(?: coming| one)?|цю|цієї|цього|цей|ця|эту|этой|этого|этот|это)(?= [,.!?;]| а | а$| але| но | but|$)"
)
_CLAUSE_ENDS = words(", . ! ? ; : … а але но but and і и й or або чи или because бо")
_NEXT_DAYS_OWN = words("вдома дома удома у в во на on at the to home in be until till")
_LISTED = words("or and або чи і й та или и")
_REACH = 9


def denied(tokens: Sequence[Token], expressions: Sequence[DateExpression]) -> list[bool]:
    """Of each date, whether it is said not to be meant: "not on Tuesday", "anything but tomorrow", "Friday is no good".

    Args:
        tokens: The text's.
        expressions: Its dates, in order; a denial between two belongs to the one it is nearer to.
    """
    starts = {expression.start for expression in expressions}
    found: list[bool] = []
    is_next_denied_after = False
    for expression in reversed(expressions):
        end = expression.end
        is_listed = end < len(tokens) and tokens[end].text in _LISTED and _after_prepositions(tokens, end + 1) in starts
        is_denied_after = is_next_denied_after if is_listed else _is_denied_after(tokens, end, starts)
        is_denied_after = is_denied_after or (expression.is_bare_weekday and _is_not_this(tokens, end))
        found.insert(0, is_denied_after or is_denied_before(tokens, expression.start))
        is_next_denied_after = is_denied_after
    return found


def denies_after(tokens: Sequence[Token], expression: DateExpression) -> bool:
    """Whether a denial follows a date that no other date follows: "tomorrow doesn't work"."""
    return _is_denied_after(tokens, expression.end, ())


def is_denied_before(tokens: Sequence[Token], start: int) -> bool:
    """Whether a denial leads up to this place: "not on Tuesday"."""
    clause: list[str] = []
    for token in reversed(tokens[max(0, start - _REACH) : start]):
        if token.kind == "mark" or (token.text in _CLAUSE_ENDS and token.text != "but"):
            break
        clause.insert(0, token.text)
    return bool(_BEFORE.search(" ".join(clause)))


def _is_denied_after(tokens: Sequence[Token], end: int, starts: Collection[int]) -> bool:
    clause: list[str] = []
    for token in tokens[end : end + _REACH]:
        if token.text in _CLAUSE_ENDS:
            break
        clause.append(token.text)
    denial = _AFTER.match(" ".join(clause))
    if denial is None:
        return False
    return _after_prepositions(tokens, end + len(denial.group().split())) not in starts


def _is_not_this(tokens: Sequence[Token], end: int) -> bool:
    return bool(_NOT_THIS.match(" ".join(token.text for token in tokens[end : end + _REACH])))


def _after_prepositions(tokens: Sequence[Token], at: int) -> int:
    while at < len(tokens) and tokens[at].text in _NEXT_DAYS_OWN:
        at += 1
    return at
