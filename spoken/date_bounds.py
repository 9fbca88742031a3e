"""Days that only bound what is meant: "by Friday", "after the seventeenth", "two days before Tuesday"."""

from collections.abc import Sequence
from dataclasses import replace

from spoken.date_expression import DateExpression
from spoken.lexicon import words
from spoken.tokens import Token

_ARTICLES = words("on the у в во на")
_UNTIL = words("until till through до")
_SINCE = words("from since з із зі с со від от starting починаючи начиная")
_BOUNDS = _UNTIL | words("by before after following than після после перед к ко ніж чем")
_COMPARED = words("раніше раньше пізніше позже позднее")
# "На ту п'ятницю" is the next one to some, and the one after it to others.
_THAT = words("ту той тот того тієї той тої")
# "Easter Monday" and "чорна п'ятниця" are days of the year, which no table here knows.
_FEASTS = words(
    "easter black ash palm чорна чорну чорної черная черную черной страсна страсну страстная страстную чистий чистый"
    " вербна вербну вербное великодній світлий пасхальный обливаний прощеное"
)
_RANGE = _UNTIL | words("to on на по and і й и та")


def with_bounds(expressions: Sequence[DateExpression], tokens: Sequence[Token]) -> list[DateExpression]:
    """Mark the days that only bound a time as vague; both ends of a range stay days, for they are two."""
    found = list(expressions)
    for position, expression in enumerate(expressions):
        lead, at = _lead(tokens, expression.start)
        before = expressions[position - 1] if position else None
        after = expressions[position + 1] if position + 1 < len(expressions) else None
        if lead in _UNTIL and before is not None and before.end == at and _lead(tokens, before.start)[0] in _SINCE:
            continue
        if lead in _SINCE and after is not None and tokens[expression.end].text in _RANGE:
            continue
        if (
            lead in _BOUNDS | _SINCE | _THAT
            or _is_another(expression, tokens)
            or _is_compared(tokens, at, expression.start)
        ):
            found[position] = replace(expression, is_vague=True)
            # "The Tuesday after the seventeenth", "через неделю после пятницы"
            if before is not None and before.end == at:
                found[position - 1] = replace(found[position - 1], is_vague=True)
    return found


def _is_another(expression: DateExpression, tokens: Sequence[Token]) -> bool:
    """Whether a bare weekday is one of the year ("Easter Monday"), or counted from another day ("after that")."""
    before = tokens[expression.start - 1].text if expression.start else ""
    following = [token.text for token in tokens[expression.end : expression.end + 2]]
    return expression.is_bare_weekday and (before in _FEASTS or following == ["after", "that"])


def _lead(tokens: Sequence[Token], start: int) -> tuple[str, int]:
    """The word that leads up to a date, articles aside, and its place."""
    at = start - 1
    while at > 0 and tokens[at].text in _ARTICLES:
        at -= 1
    return (tokens[at].text, at) if at >= 0 else ("", at)


def _is_compared(tokens: Sequence[Token], at: int, start: int) -> bool:
    """Whether it is "раньше пятницы"; "раньше, в пятницу" names a day."""
    if at < 0 or at != start - 1:
        return False
    return tokens[at].text in _COMPARED or (tokens[at].text == "за" and at > 0 and tokens[at - 1].text in _COMPARED)
