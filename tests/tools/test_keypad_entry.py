"""Digits that callers type: taken key by key, by a clock that the test moves."""

import pytest

from tools.keypad import ENTRIES, Entry, KeypadEntry

pytestmark = pytest.mark.unit

ORDER = Entry("order_number", fewest=3, most=6, is_private=False, first_s=10.0, next_s=4.0)


def type_keys(keys: str, *waits_s: float, entry: Entry = ORDER) -> KeypadEntry:
    taking = KeypadEntry(entry)
    for key in keys:
        taking.press(key)
    for seconds in waits_s:
        taking.advance(seconds)
    return taking


@pytest.mark.parametrize(
    ("keys", "waits_s", "digits", "verdict"),
    [
        ("1033#", (), "1033", "entered"),
        ("103310", (), "103310", "entered"),
        ("1033", (3.9,), "1033", None),
        ("1033", (3.9, 0.2), "1033", "entered"),
        ("10#", (), "10", "too_short"),
        ("10", (4.0,), "10", "too_short"),
        ("99*1033#", (), "1033", "entered"),
        ("#", (), "", "nothing"),
        ("", (9.9,), "", None),
        ("", (9.9, 0.2), "", "nothing"),
        ("1033#77", (), "1033", "entered"),
    ],
)
def test_an_entry_ends_by_its_key_its_length_or_its_time(
    keys: str, waits_s: tuple[float, ...], digits: str, verdict: str | None
) -> None:
    taking = type_keys(keys, *waits_s)
    assert (taking.digits, taking.verdict) == (digits, verdict)


def test_phone_numbers_are_private_and_order_numbers_are_said_to_the_model() -> None:
    assert {name: entry.is_private for name, entry in ENTRIES.items()} == {"order_number": False, "phone_number": True}
