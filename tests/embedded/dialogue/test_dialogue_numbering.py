"""National phone numbers as callers say them, brought to E.164."""

from __future__ import annotations

import pytest

from embedded.dialogue.numbering import to_e164
from spoken import Language
from spoken.phones import is_same

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("digits", "has_plus", "language", "expected"),
    [
        ("0971234567", False, "uk", "+380971234567"),
        ("0971234567", False, "ru", "+380971234567"),
        ("0971234567", False, "en", "+380971234567"),
        ("80971234567", False, "ru", "+380971234567"),
        ("380971234567", False, "uk", "+380971234567"),
        ("380971234567", True, "en", "+380971234567"),
        ("971234567", False, "uk", "+380971234567"),
        ("89161234567", False, "ru", "+79161234567"),
        ("9161234567", False, "ru", "+79161234567"),
        ("79161234567", True, "ru", "+79161234567"),
        ("5550107788", False, "en", "+15550107788"),
        ("15550107788", False, "uk", "+15550107788"),
        ("15550107788", True, "en", "+15550107788"),
    ],
)
def test_whole_number(digits: str, has_plus: bool, language: Language, expected: str) -> None:
    found = to_e164(digits, has_plus=has_plus, language=language, tz="Europe/Kyiv")
    assert found == expected
    assert is_same(digits, expected), "the shop must recognise what was said in what is claimed"


@pytest.mark.parametrize(
    ("digits", "has_plus", "language"),
    [
        ("097123456", False, "uk"),
        ("38097123456", False, "uk"),
        ("38097123456", True, "uk"),
        ("1555010778", True, "en"),
        ("7916123456", True, "ru"),
        ("1234567890123456", True, "en"),
    ],
)
def test_number_with_digits_missing_or_too_many(digits: str, has_plus: bool, language: Language) -> None:
    assert to_e164(digits, has_plus=has_plus, language=language, tz="Europe/Kyiv") is None
