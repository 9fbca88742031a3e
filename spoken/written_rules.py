"""The rules by which written things are said, in the order in which they claim their piece of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spoken import written_dates, written_day_ranges, written_measures, written_names, written_numbers, written_phones
from spoken.languages import Language
from spoken.written_rule import Rule


def _rules(language: Language) -> Sequence[Rule]:
    return [
        Rule(pattern, say)
        for patterns in (
            written_names.patterns(language),
            written_day_ranges.patterns(language),
            written_dates.patterns(language),
            written_phones.patterns(language),
            written_measures.patterns(language),
            written_numbers.patterns(language),
            written_names.short_forms(language),
        )
        for pattern, say in patterns
    ]


RULES: Mapping[Language, Sequence[Rule]] = {"uk": _rules("uk"), "ru": _rules("ru"), "en": _rules("en")}
