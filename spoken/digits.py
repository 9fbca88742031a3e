"""Digits as a phone agent says them, and as callers dictate them."""

from collections.abc import Sequence
from dataclasses import dataclass

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
_OOPS = words("ой упс oops whoops")
_GAPS = ("soft", "pause", "stop", "oops", "break")
_SHORT, _LONG = 3, 4
_PHONE_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Dictated:
    """A number that was dictated, and the places of its words among the text's tokens."""

    digits: str
    places: frozenset[int]


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
    return [number.digits for number in dictated_in(parsed, language) if len(number.digits) >= min_digits]


def dictated_in(parsed: Parsed, language: Language) -> list[Dictated]:
    """Find the dictated numbers of a parsed text with their places, single digits included; see `read_digits`."""
    return [number for number in _read_groups(parsed.without_dates(), LEXICONS[language]) if number.digits]


def _read_groups(tokens: Sequence[Token], lexicon: Lexicon) -> list[Dictated]:
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
    kept: list[tuple[str, Dictated]] = []
    for piece, before in zip(pieces, gaps, strict=True):
        after = tokens[piece[-1].end].text if piece[-1].end < len(tokens) else ""
        if after in lexicon.units and len(piece) > 1:
            piece.pop()  # "1033 two weeks": nobody dictates days
        if quantities.is_quantity(piece, tokens, lexicon) or _is_place_in_a_row(piece):
            kept.append(("break", Dictated("", frozenset())))
            continue
        goes_on = before in ("pause", "stop") and bool(kept) and kept[-1][1].digits != ""
        places = frozenset(place for numeral in piece for place in range(numeral.start, numeral.end))
        kept.append((before, Dictated(_digits_of(piece, tokens, lexicon, goes_on), places)))
    return _merge(kept)


def _is_place_in_a_row(piece: Sequence[Numeral]) -> bool:
    """Whether it is "the twenty-third" alone; "ten thirty-third" is a number that ends in an ordinal."""
    return len(piece) == 1 and piece[0].is_ordinal and int(piece[0].digits) < 100


def _merge(pieces: Sequence[tuple[str, Dictated]]) -> list[Dictated]:
    groups: list[Dictated] = []
    last = 0
    for before, piece in pieces:
        now = len(piece.digits)
        limit = {"pause": _SHORT if now >= _LONG else 99, "stop": _SHORT if now <= _SHORT else 0}
        if before == "oops" and last and now and not (last >= _LONG and now >= _LONG):
            # What follows replaces the end, if there is an end to replace; otherwise it was a sigh.
            kept = groups[-1].digits[: -now or None] if last >= _SHORT and now < last else groups[-1].digits
            groups[-1] = Dictated(kept + piece.digits, groups[-1].places | piece.places)
        elif groups and last and now and last <= limit.get(before, 0):
            groups[-1] = Dictated(groups[-1].digits + piece.digits, groups[-1].places | piece.places)
        else:
            groups.append(piece)
        last = now
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
    """The kind of gap once this token stands in it; see `_GAPS`."""
    token = tokens[index]
    kind = "break"
    if token.text in _THEN:
        kind = "pause"
    elif token.text in _OOPS:
        kind = "oops"
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
    return max(gap, kind, key=_GAPS.index)


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
    """Join a piece; a leading "oh" is a sigh unless something says zero: digits or an order word before, or its length.

    "Oh four five two" is short of a number without its zero; "oh one zero three three" is a sigh and a number.
    """
    digits = "".join(numeral.digits for numeral in piece)
    first = piece[0]
    is_short = _SHORT <= len(piece) == len(digits) <= _LONG
    if tokens[first.start].text == "oh" and len(digits) < _PHONE_LENGTH and not goes_on and not is_short:
        before = tokens[first.start - 1].text if first.start else ""
        if before not in lexicon.order | {"is", "it's"}:
            return "".join(numeral.digits for numeral in piece[1:])
    return digits
