"""The shape of a language's word tables."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

NumberKind = Literal["zero", "unit", "teen", "ten", "hundred", "times_hundred", "thousand", "pair"]
Week = Literal["last", "this", "current", "next"]


@dataclass(frozen=True, slots=True)
class NumberWord:
    """A number word: its value and how it combines with its neighbours ("times_hundred" multiplies)."""

    value: int
    kind: NumberKind


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word tables of one language; every word as `spoken.tokens.normalize` leaves it.

    Attributes:
        numbers: cardinal words in every case form.
        ordinals: day ordinals below 20 and round ones, in the forms that a date takes.
        last_ordinals: all forms that may end a number said as an ordinal ("тисяча тридцять третє").
        repeats: words before a digit that repeat it ("double"), with the number of times.
        repeated: a digit's plural forms, which after a count repeat it ("два нуля").
        named: a digit's own name, which is nothing but that digit ("двійка").
        months: month words; weekdays: weekday words, Monday is 0; short_weekdays: only beside a date.
        week_modifiers: words before a weekday ("next"); week_words: "week" after such a word.
        relative: phrases of whole words to a shift in days.
        units: "day" and "week" words after a count, in days.
        quantities: nouns that make a number before them a quantity.
        clock: words before a number that make it an hour; order: words before a number that make it an order
            number.
        fillers: words said while thinking.
    """

    numbers: Mapping[str, NumberWord]
    ordinals: Mapping[str, int]
    last_ordinals: Mapping[str, int]
    repeats: Mapping[str, int]
    repeated: Mapping[str, int]
    named: Mapping[str, int]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    short_weekdays: Mapping[str, int]
    week_modifiers: Mapping[str, Week]
    week_words: frozenset[str]
    relative: Mapping[str, int]
    units: Mapping[str, int]
    quantities: frozenset[str]
    clock: frozenset[str]
    order: frozenset[str]
    fillers: frozenset[str]

    def with_words_of(self, other: "Lexicon", without: frozenset[str] = frozenset()) -> "Lexicon":
        """Add another language's words where this one has none, except `without`."""
        merged: dict[str, object] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, frozenset):
                merged[field.name] = mine | (theirs - without)
            else:
                merged[field.name] = {**{w: v for w, v in theirs.items() if w not in without}, **mine}
        return Lexicon(**merged)  # type: ignore[arg-type]


def number_words(table: Mapping[int, str]) -> dict[str, NumberWord]:
    """Number words from a table of value → words parted by spaces; the kind follows from the value."""
    words: dict[str, NumberWord] = {}
    for value, forms in table.items():
        kind: NumberKind = (
            "zero"
            if value == 0
            else "unit"
            if value < 10
            else "teen"
            if value < 20
            else "ten"
            if value < 100
            else "hundred"
            if value < 1000
            else "thousand"
        )
        words.update((form, NumberWord(value, kind)) for form in forms.split())
    return words


def forms(table: Mapping[int, str]) -> dict[str, int]:
    """Word → value from a table of value → words parted by spaces."""
    return {form: value for value, words in table.items() for form in words.split()}


def words(text: str) -> frozenset[str]:
    """A set of words from a text of words parted by spaces."""
    return frozenset(text.split())


def row(text: str) -> tuple[str, ...]:
    """Words in their order, from a text of words parted by spaces."""
    return tuple(text.split())
