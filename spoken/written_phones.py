"""Written phone numbers as they are said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spoken.digits import say_group
from spoken.languages import Language
from spoken.phones import say_phone
from spoken.written_rule import Say

_INTERNATIONAL = re.compile(r"(?<!\w)\+(?:\d[ \u00a0()./-]{0,2}){6,14}\d(?!\w)")
_NATIONAL = re.compile(
    r"(?<![\w+])(?:0[ -]?\(?[89]00\)?[ -]?\d{3}[ -]?\d{3}|\(?0\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}"
    r"|8 ?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|(?:1[ -])?\(?\d{3}\)?[ -]\d{3}[ -]\d{4})(?![\w-])"
)


def patterns(_: Language) -> Sequence[tuple[re.Pattern[str], Say]]:
    """With the country's code, and without."""
    return [(_INTERNATIONAL, _international), (_NATIONAL, _national)]


def _international(match: re.Match[str], language: Language) -> str | None:
    digits = re.sub(r"\D", "", match.group())
    return say_phone(f"+{digits}", language) if digits[0] != "0" else None


def _national(match: re.Match[str], language: Language) -> str | None:
    digits = re.sub(r"\D", "", match.group())
    groups, at = [], 0
    for size in _sizes(digits):
        groups.append(say_group(digits[at : at + size], language))
        at += size
    return ", ".join(groups)


def _sizes(digits: str) -> tuple[int, ...]:
    if len(digits) == 11:
        return (1, 3, 3, 2, 2) if digits[0] == "8" else (1, 3, 3, 4)
    if digits.startswith(("0800", "0900")):
        return (4, 3, 3)
    return (3, 3, 2, 2) if digits[0] == "0" else (3, 3, 4)
