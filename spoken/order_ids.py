"""Order numbers with letters in them, as callers dictate them: "double u two three seven" is W237."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spoken.languages import Language
from spoken.lexicon import Lexicon, words
from spoken.lexicons import LEXICONS
from spoken.numerals import read_numeral
from spoken.tokens import Token, tokenize

# Names as people say them and as the product does; Cyrillic callers name Latin letters as they learnt them at school.
_CYRILLIC_NAMES = """
A а ей эй|B бе бэ бі би|C це цэ сі си|D де дэ ді ди|E е э и і|F еф эф|G ге гэ же джи джі|H аш ха эйч ейч
I ай|J джей йот|K ка кей|L ель эль ел эл|M ем эм|N ен эн|O о оу|P пе пэ пі пи|Q ку кью к'ю|R ер эр ар|S ес эс
T те тэ ті ти|U у ю|V ве вэ ві ви|X ікс икс екс экс|Y ігрек игрек уай вай|Z зет зед
"""
_ENGLISH_NAMES = """
A a ay alpha alfa|B b be bee bravo|C c see cee charlie|D d dee delta|E e ee echo|F f ef eff foxtrot|G g gee golf
H h aitch hotel|I i india|J j jay juliet juliett|K k kay kilo|L l el ell lima|M m em mike|N n en november
O o oh oscar|P p pee papa|Q q queue cue quebec|R r are ar romeo|S s ess sierra|T t tee tea tango|U u you uniform
V v vee victor|W w whiskey whisky|X x ex|Y y why yankee|Z z zed zee zulu
"""


def _names(table: str) -> dict[str, str]:
    rows = (entry.split() for line in table.strip().splitlines() for entry in line.split("|"))
    return {name: letter for letter, *names in rows for name in names}


_NAMES: Mapping[Language, Mapping[str, str]] = {
    "uk": _names(_CYRILLIC_NAMES),
    "ru": _names(_CYRILLIC_NAMES),
    "en": _names(_ENGLISH_NAMES),
}
_FIRST_OF_W = words("double дубль дабл подвійне")
_SECOND_OF_W = words("u you ю ве вэ")
# Names that are words of their own: alone they are no letter, unless they are called one; some are letters in a row.
_IN_A_ROW = words("ка ха ем эм пи")
_ALSO_WORDS: Mapping[Language, frozenset[str]] = {
    "uk": _IN_A_ROW | words("а і и е э у о це де же те ви ти си"),
    "ru": words("ка ха ем эм а і и е э у о це де же те"),
    "en": words("a be see i are you why oh o tea em en el ex hotel november mike victor golf india papa"),
}
_CALLED_LETTER = words("letter letters літера літери буква буквы букви букву літеру")
_EXAMPLE = words("як как for")
_BETWEEN = words(", . - ‐ – — then потім потом далі дальше the letter літера буква")
_LONGEST_SHORTHAND = 3


def read_order_ids(text: str, language: Language) -> list[str]:
    """Every order number with letters before its digits that a text holds, in order: capital letters, then digits.

    Args:
        text: A transcript, or what recognition wrote: "W 2378156", "a бе один два".
        language: The language of the words; written letters are read in any.
    """
    tokens, lexicon = tokenize(text), LEXICONS[language]
    found: list[str] = []
    index = 0
    while index < len(tokens):
        letters, at = _read_letters(text, tokens, index, language)
        digits, end = _read_digits(tokens, at, lexicon) if letters else ("", at)
        if letters and len(digits) > 1:
            found.append(letters + digits)
            index = end
        else:
            index += 1
    return found


def _read_letters(text: str, tokens: Sequence[Token], index: int, language: Language) -> tuple[str, int]:
    """The letters from here on and the index after them; "" if these are rather words."""
    letters, is_sure = "", index > 0 and _is_letter_after(tokens, index, LEXICONS[language])
    at, is_spelled = index, True
    while at < len(tokens):
        read = _read_letter(text, tokens, at, language)
        if read is None:
            break
        letters += read[0]
        word = tokens[at].text
        is_spelled = is_spelled and len(word) == 1
        is_sure = is_sure or word not in _ALSO_WORDS[language] or (len(letters) > 1 and word in _IN_A_ROW)
        is_sure = is_sure or (len(letters) > 1 and is_spelled)
        at = read[1]
        if at + 1 < len(tokens) and (tokens[at].text in _EXAMPLE or _texts(tokens, at, 2) == ["as", "in"]):
            at += 3 if tokens[at].text == "as" else 2
        if at < len(tokens) and tokens[at].text == "," and _read_letter(text, tokens, at + 1, language):
            at += 1
    return (letters, at) if is_sure else ("", at)


def _is_letter_after(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Whether what stands before makes even "a" a letter: "order A one two", but not "order a thousand and two"."""
    before, numeral = tokens[index - 1].text, read_numeral(tokens, index, lexicon)
    is_word = numeral is None or numeral.end == index + 1
    return before in _CALLED_LETTER or (before in lexicon.order and is_word)


def _read_letter(text: str, tokens: Sequence[Token], index: int, language: Language) -> tuple[str, int] | None:
    if index >= len(tokens) or tokens[index].kind != "word":
        return None
    token = tokens[index]
    written = text[token.start : token.end]
    if token.text in _FIRST_OF_W:
        after = index + 1 + (_texts(tokens, index + 1, 1) == ["-"])
        return ("W", after + 1) if after < len(tokens) and tokens[after].text in _SECOND_OF_W else None
    if written.isascii() and (written.isupper() or len(written) == 1) and len(written) <= _LONGEST_SHORTHAND:
        return written.upper(), index + 1
    letter = _NAMES[language].get(token.text)
    return None if letter is None else (letter, index + 1)


def _read_digits(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> tuple[str, int]:
    digits, at, end = "", index, index
    while at < len(tokens):
        if tokens[at].text in _BETWEEN or tokens[at].text in lexicon.fillers:
            at += 1
            continue
        numeral = read_numeral(tokens, at, lexicon)
        if numeral is None:
            break
        digits, at = digits + numeral.digits, numeral.end
        end = at
        if at < len(tokens) and tokens[at].text == ".":
            break
    return digits, end


def _texts(tokens: Sequence[Token], index: int, count: int) -> list[str]:
    return [token.text for token in tokens[index : index + count]]
