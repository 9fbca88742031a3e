"""Numbers in a row of tokens: written, or said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from spoken.lexicon import Lexicon, words
from spoken.tokens import Token, is_glued

_JOINING = frozenset("-‐‑–")
_LEADING_ARTICLE = frozenset({"a"})
_ONE_AND_A_HALF = words("півтори полторы полтори півтора полтора")
_TWICE = words("twice thrice двічі тричі дважды трижды")
_TIMES = words("times рази разів раза раз")
_FEWEST_DIGITS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number, as short as it can be said: "twenty nine four" is two of them.

    Attributes:
        digits: what it adds to a dictated number; "double five" adds "55".
        start: its first token's index.
        end: the index after its last token.
        is_written: whether it stood in the text as digits.
        is_ordinal: whether its last word was an ordinal.
    """

    digits: str
    start: int
    end: int
    is_written: bool = False
    is_ordinal: bool = False


class _Composition:
    """A cardinal under construction: parts must come from large to small, each order of magnitude once."""

    def __init__(self, count: int = 0) -> None:
        self._total = 0
        self._below_thousand = count
        self._room = 1000
        self._has_thousand = False
        self.is_empty = count == 0

    @property
    def value(self) -> int:
        return self._total + self._below_thousand

    def accepts_more(self) -> bool:
        """Tell whether "and" may follow: after a hundred or a thousand."""
        return not self.is_empty and self._room >= 100

    def lacks_remainder(self) -> bool:
        """Tell whether only thousands were given yet."""
        return self._has_thousand and self._below_thousand == 0

    def add(self, value: int, kind: str) -> bool:
        """Add one part; False if it cannot belong to this number."""
        if kind == "thousand":
            if self._has_thousand or (self.is_empty is False and self._below_thousand == 0):
                return False
            self._total = max(self._below_thousand, 1) * 1000
            self._below_thousand, self._room, self._has_thousand = 0, 1000, True
        elif kind == "times_hundred":
            if not 1 <= self._below_thousand < 100:
                return False
            self._below_thousand *= 100
            self._room = 100
        else:
            size = {"unit": 1, "teen": 10, "ten": 10, "hundred": 100}.get(kind, 0)
            if size == 0 or self._room <= size:
                return False
            self._below_thousand += value
            self._room = 1 if kind == "teen" else size
        self.is_empty = False
        return True


def read_numeral(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Numeral | None:
    """Read the longest well-formed number that begins exactly at `index`."""
    several = _read_digit_and_times(tokens, index, lexicon)
    if several is not None:
        return several
    token = tokens[index]
    if token.kind == "digits":
        # "20 тисяч 417": a written count of thousands goes on in words.
        if len(token.text) <= 3 and int(token.text) > 0 and _is_thousand(tokens, index + 1, lexicon):
            return _compose(tokens, index + 1, lexicon, start=index, count=int(token.text))
        return Numeral(token.text, index, index + 1, is_written=True)
    if token.kind != "word":
        return None
    times = lexicon.repeats.get(token.text)
    if times is not None and index + 1 < len(tokens):
        word_after = tokens[index + 1].text
        following = lexicon.numbers.get(word_after)
        digit = following.value if following is not None else lexicon.named.get(word_after, 10)
        if digit < 10:
            return Numeral(str(digit) * times, index, index + 2)
        if tokens[index + 1].kind == "digits" and len(tokens[index + 1].text) == 1:
            return Numeral(tokens[index + 1].text * times, index, index + 2)
    if token.text in _ONE_AND_A_HALF:
        return Numeral("1500", index, index + 2) if _is_thousand(tokens, index + 1, lexicon) else None
    word = lexicon.numbers.get(token.text)
    if token.text in lexicon.named:
        return Numeral(str(lexicon.named[token.text]), index, index + 1)
    if word is None:
        if token.text not in _LEADING_ARTICLE or not _is_multiplier(tokens, index + 1, lexicon):
            return None
        return _compose(tokens, index + 1, lexicon, start=index, count=1)
    if word.kind == "zero":
        return Numeral("0", index, index + 1)
    if word.kind == "unit" and index + 1 < len(tokens) and 2 <= word.value <= 9:
        repeated = lexicon.repeated.get(tokens[index + 1].text)
        if repeated is not None:
            return Numeral(str(repeated) * word.value, index, index + 2)
    return _compose(tokens, index, lexicon)


def _read_digit_and_times(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Numeral | None:
    """Read "three twice" and "пять два раза"; in "zero twice three" it is the three that is said twice."""
    digit = _digit(tokens, index, lexicon)
    if digit is None or index + 1 >= len(tokens):
        return None
    at = index + 1 + (tokens[index + 1].text == ",")
    if at < len(tokens) and tokens[at].text in _TWICE:
        times = lexicon.repeats.get(tokens[at].text)
        is_ahead = _digit(tokens, at + 1, lexicon) is not None
        return None if times is None or is_ahead else Numeral(digit * times, index, at + 1)
    count = _digit(tokens, index + 1, lexicon)
    if count is None or not 2 <= int(count) <= 4 or index + 2 >= len(tokens) or tokens[index + 2].text not in _TIMES:
        return None
    return Numeral(digit * int(count), index, index + 3)


def _digit(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> str | None:
    """The one digit that a token is, if it is one."""
    if index >= len(tokens):
        return None
    token = tokens[index]
    if token.kind == "digits":
        return token.text if len(token.text) == 1 else None
    word = lexicon.numbers.get(token.text)
    value = word.value if word is not None else lexicon.named.get(token.text, 10)
    return str(value) if value < 10 else None


def _is_multiplier(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    word = lexicon.numbers.get(tokens[index].text) if index < len(tokens) else None
    return word is not None and word.kind in ("times_hundred", "thousand")


def _is_thousand(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    word = lexicon.numbers.get(tokens[index].text) if index < len(tokens) else None
    return word is not None and word.kind == "thousand"


def _has_digits_in_a_row(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Whether single digits go on from here: "eight hundred five five five" is 800 and 555."""
    return all(_digit(tokens, at, lexicon) is not None for at in range(index, index + _FEWEST_DIGITS_IN_A_ROW))


def _compose(
    tokens: Sequence[Token], index: int, lexicon: Lexicon, start: int | None = None, count: int = 0
) -> Numeral | None:
    """Compose a number from `index` on; `count` stood before it, from `start`."""
    number = _Composition(count)
    start = index if start is None else start
    at, end, is_ordinal, kind = index, index, False, ""
    while at < len(tokens):
        token = tokens[at]
        if end > index and (
            (token.text == "and" and number.accepts_more())
            or (token.text in _JOINING and is_glued(tokens[at - 1], token))
        ):
            at += 1
            if at == len(tokens):
                break
            token = tokens[at]
        word = lexicon.numbers.get(token.text)
        if word is not None:
            is_whole = kind in ("hundred", "times_hundred") and end == at and _has_digits_in_a_row(tokens, at, lexicon)
            if is_whole or not number.add(word.value, word.kind):
                break
            kind = word.kind
        elif token.kind == "digits" and len(token.text) <= 3 and number.lacks_remainder():
            return Numeral(str(number.value + int(token.text)), start, at + 1)
        else:
            # "The second" alone is no number.
            ordinal = lexicon.last_ordinals.get(token.text)
            kind = "unit" if (ordinal or 0) < 10 else "teen" if (ordinal or 0) < 20 else "ten"
            if ordinal is None or number.value < 20 or not number.add(ordinal, kind):
                break
            at, end, is_ordinal = at + 1, at + 1, True
            break
        at += 1
        end = at
    return None if end <= index else Numeral(str(number.value), start, end, is_ordinal=is_ordinal)
