"""National phone numbers as callers dictate them, brought to E.164."""

from __future__ import annotations

from spoken import Language

LONGEST_ORDER = 8  # digits; longer numbers are phones
_KYIV = ("Europe/Kyiv", "Europe/Kiev")


def to_e164(digits: str, *, has_plus: bool, language: Language, tz: str) -> str | None:
    """The E.164 number that a caller most plausibly means, or None if digits are still missing.

    Args:
        digits: What was dictated, without any sign.
        has_plus: Whether the caller said "plus" before them.
        language: The call's language; decides the country of a national number.
        tz: The business's zone; decides it for English callers who dial a trunk zero.
    """
    count = len(digits)
    if count > 15:
        return None
    if has_plus:
        return f"+{digits}" if count >= _shortest_international(digits) else None
    if digits.startswith("380"):
        return f"+{digits}" if count == 12 else None
    if digits.startswith("80") and count == 11 and language != "en":
        return f"+3{digits}"
    if digits.startswith("0"):
        if count == 10 and (language != "en" or tz in _KYIV):
            return f"+38{digits}"
        return f"+44{digits[1:]}" if count == 11 else None
    if language == "ru" and count == 11 and digits[0] in "78":
        return f"+7{digits[1:]}"
    if language == "ru" and count == 10 and digits.startswith("9"):
        return f"+7{digits}"
    if language == "uk" and count == 9:
        return f"+380{digits}"
    if count == 10:
        return f"+1{digits}" if digits[0] in "23456789" else None
    return f"+{digits}" if count >= 11 else None


def _shortest_international(digits: str) -> int:
    """Digits after the plus below which a number is certainly unfinished."""
    if digits.startswith("380"):
        return 12
    return 11 if digits[:1] in ("1", "7") else 10
