"""What recognition makes of repeated digits, and what it must not be excused for."""

import pytest

from spoken.mishearing import is_misheard

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("heard", ["10333", "103", "10332", "10334", "103332", "100333", "110333"])
def test_a_repeat_counted_wrong_or_a_to_taken_for_a_two(heard: str) -> None:
    assert is_misheard(heard, "1033")


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("1033", "1033"),
        ("1034", "1033"),
        ("1043", "1033"),
        ("10335", "1033"),
        ("2033", "1033"),
        ("12", "1"),
        ("A10333", "A1033"),
        ("", "1033"),
        ("1033333333", "1033"),
    ],
)
def test_another_number_is_another_number(heard: str, meant: str) -> None:
    assert not is_misheard(heard, meant)
