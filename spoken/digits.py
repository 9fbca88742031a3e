"""Digits as a phone agent says them, and as callers dictate them."""

from collections.abc import Sequence

from spoken import en, quantities, ru, uk
from spoken.date_parts import Parsed, parse
from spoken.errors import SpokenError
from spoken.languages import Language
from spoken.lexicon import Lexicon, words
from spoken.lexicons import LEXICONS
from spoken.numerals import Numeral, read_numeral
from spoken.tokens import Token, is_glued

_WORDS = {"uk": uk.DIGITS, "ru": ru.DIGITS, "en": en.DIGITS}
_LONGEST_GROUP = 5
_SOFT_MARKS = frozenset("-‐‑–—−()/[]\"'«»")
_PAUSES = frozenset(",…")
_STOPS = frozenset(".;:")
_THEN = words("then потім потом далі дальше")
_AND = words("and і й та и")
_POINTERS = words("the that this which another any each every no other right wrong new last only")
_SHORT, _LONG = 3, 4
_PHONE_LENGTH = 7


def say_digits(digits: str, language: Language) -> str:
    """Say a number digit by digit: "1033" → "one zero three three".

    More than five digits come in groups of two and three with commas, which a voice makes into pauses.

    Raises:
        SpokenError: `not_digits` for anything but ASCII digits, or none.
    """
    if not (digits.isascii() and digits.isdigit()):
        raise SpokenError("not_digits", f"expected decimal digits, got {len(digits)} characters with others among them")
    return ", ".join(say_group(group, language) for group in _groups(digits))


def say_group(digits: str, language: Language) -> str:
    """Say digits one by one, without a pause."""
    return " ".join(_WORDS[language][int(digit)] for digit in digits)


def _groups(digits: str) -> list[str]:
    if len(digits) <= _LONGEST_GROUP:
        return [digits]
    pairs = (-len(digits)) % 3
    threes = len(digits) - 2 * pairs
    return [digits[i : i + 3] for i in range(0, threes, 3)] + [digits[i : i + 2] for i in range(threes, len(digits), 2)]


def read_digits(text: str, language: Language, min_digits: int = 2) -> list[str]:
    """Find every number that a person dictated or that recognition wrote, in order: "10-33", "ten thirty
    three" → "1033".

    Digits, groups and whole numbers that follow each other are one number, across hesitations, hyphens and
    commas; two numbers of four digits and more with a comma or stop between them are two. Dates, hours,
    quantities ("two orders", "one moment") and years are left out.

    Args:
        text: a transcript or a sentence of the agent.
        language: the language of the words; written digits are read in any.
        min_digits: shorter numbers are left out: a lone "one" is rarely dictated.
    """
    return numbers_in(parse(text, language), language, min_digits)


def numbers_in(parsed: Parsed, language: Language, min_digits: int = 2) -> list[str]:
    """Find the dictated numbers of a parsed text; see `read_digits`."""
    groups = _read_groups(parsed.without_dates(), LEXICONS[language])
    return [digits for digits in groups if len(digits) >= min_digits]


def _read_groups(tokens: Sequence[Token], lexicon: Lexicon) -> list[str]:
    pieces: list[list[Numeral]] = []
    gaps: list[str] = []
    gap = "break"
    index = 0
    while index < len(tokens):
        numeral = _read(tokens, index, lexicon)
        if numeral is None:
            gap = _widen(gap, tokens, index, lexicon)
            index += 1
            continue
        if gap == "soft" and pieces:
            pieces[-1].append(numeral)
        else:
            pieces.append([numeral])
            gaps.append(gap)
        gap = "soft"
        index = numeral.end
    kept: list[tuple[str, str]] = []
    for piece, before in zip(pieces, gaps, strict=True):
        after = tokens[piece[-1].end].text if piece[-1].end < len(tokens) else ""
        if after in lexicon.units and len(piece) > 1:
            piece.pop()  # "1033 two weeks": nobody dictates days
        if quantities.is_quantity(piece, tokens, lexicon):
            kept.append(("break", ""))
        else:
            goes_on = before in ("pause", "stop") and bool(kept) and kept[-1][1] != ""
            kept.append((before, _digits_of(piece, tokens, lexicon, goes_on)))
    return _merge(kept)


def _merge(pieces: Sequence[tuple[str, str]]) -> list[str]:
    groups: list[str] = []
    last = 0
    for before, digits in pieces:
        limit = {
            "pause": _SHORT if len(digits) >= _LONG else 99,
            "stop": _SHORT if len(digits) <= _SHORT else 0,
        }
        if groups and last and digits and last <= limit.get(before, 0):
            groups[-1] += digits
        else:
            groups.append(digits)
        last = len(digits)
    return groups


def _read(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Numeral | None:
    numeral = read_numeral(tokens, index, lexicon)
    if numeral is None or numeral.end - numeral.start > 1:
        return numeral
    word = tokens[index].text
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    before = tokens[index - 1].text if index else ""
    if word == "one" and (before in _POINTERS or (following is not None and following.text == "of")):
        # "that one, 1033" points; "the one zero three three order" dictates.
        is_dictated = following is not None and following.text in lexicon.numbers
        return numeral if is_dictated else None
    if word == "o" and not (index and (tokens[index - 1].kind == "digits" or before in lexicon.numbers)):
        return None
    return numeral


def _widen(gap: str, tokens: Sequence[Token], index: int, lexicon: Lexicon) -> str:
    """The kind of gap once this token stands in it: soft < pause < stop < break."""
    token = tokens[index]
    kind = "break"
    if token.text in _THEN:
        kind = "pause"
    elif _adds_digit(tokens, index, lexicon) or token.text in lexicon.fillers or token.text in _SOFT_MARKS:
        kind = "soft"
    elif token.text in _PAUSES or token.text in _STOPS:
        between_digits = (
            0 < index < len(tokens) - 1
            and tokens[index - 1].kind == tokens[index + 1].kind == "digits"
            and is_glued(tokens[index - 1], token)
            and is_glued(token, tokens[index + 1])
        )
        kind = "soft" if between_digits else "pause" if token.text in _PAUSES else "stop"
    order = ("soft", "pause", "stop", "break")
    return max(gap, kind, key=order.index)


def _adds_digit(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Whether an "and" stands between digits of one number: "two fives and a seven", "один нуль і двійка"."""
    if tokens[index].text == "a" and index:
        index -= 1
    if tokens[index].text not in _AND or index == 0:
        return False
    following = [token.text for token in tokens[index + 1 : index + 3]]
    if tokens[index - 1].text in lexicon.repeated or following[:1] == ["a"]:
        number = lexicon.numbers.get((following or [""])[-1 if following[:1] == ["a"] else 0])
        return number is not None and number.value < 10
    return any(word in lexicon.named or word in lexicon.repeated for word in following)


def _digits_of(piece: Sequence[Numeral], tokens: Sequence[Token], lexicon: Lexicon, goes_on: bool) -> str:
    """Join a piece; a leading "oh" is a sigh unless digits or an order word before, or a phone's length, say zero."""
    digits = "".join(numeral.digits for numeral in piece)
    first = piece[0]
    if tokens[first.start].text == "oh" and len(digits) < _PHONE_LENGTH and not goes_on:
        before = tokens[first.start - 1].text if first.start else ""
        if before not in lexicon.order | {"is", "it's"}:
            return "".join(numeral.digits for numeral in piece[1:])
    return digits
