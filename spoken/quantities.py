"""Numbers that count or tell the time, and so name no order and no phone."""

from collections.abc import Sequence

from spoken.lexicon import Lexicon
from spoken.numerals import Numeral
from spoken.tokens import Token

_CURRENCY = frozenset("$€£₴₽%°")
_AND = frozenset({"and", "і", "й", "та", "и"})
_YEAR_BEFORE = frozenset({"in", "у", "в", "since", "of"})
_YEAR_AFTER = frozenset({"року", "році", "рік", "год", "года", "году"})
# Nobody dictates millions: what stands beside one is part of an amount.
_MILLIONS = frozenset({"million", "millions", "мільйон", "мільйона", "мільйони", "мільйонів"})
_MILLIONS |= {"миллион", "миллиона", "миллионы", "миллионов"}


def is_quantity(piece: Sequence[Numeral], tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Tell whether a number stands for an amount, an hour or a year.

    Args:
        piece: the numerals between two pauses.
        tokens: all tokens of the text.
        lexicon: words of its language.
    """
    first, last = piece[0], piece[-1]
    before = tokens[first.start - 1].text if first.start else ""
    after = tokens[last.end].text if last.end < len(tokens) else ""
    if before in _CURRENCY or after in _CURRENCY:
        # Recognition writes "order ten thirty-three" as "order $10.33".
        return first.start < 2 or tokens[first.start - 2].text not in lexicon.order
    if before in _MILLIONS or after in _MILLIONS:
        return True
    value = int(first.digits)
    if len(piece) == 1 and after in lexicon.quantities and (value < 100 or not first.is_written):
        return True
    if len(piece) == 1 and 2000 <= value < 2100 and (after in _YEAR_AFTER or before in _YEAR_BEFORE):
        return True
    if before == "" and first.start and len(piece) == 2 and tokens[first.end].text == ":" and value <= 24:
        return True  # "March 17 10:30": an empty mark stands for the date
    # "between 10 and 12": the word that makes hours of both stands before the first.
    is_second = before in _AND and first.start >= 3 and tokens[first.start - 3].text in lexicon.clock
    is_clock = (before in lexicon.clock or is_second) and value <= 24
    if is_clock and (len(piece) == 1 or (len(piece) == 2 and len(last.digits) == 2 and int(last.digits) < 60)):
        return len(first.digits) <= 2
    return after in {"am", "pm", "o'clock"} and value <= 12
