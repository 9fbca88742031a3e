"""What may be dialled: the longest beginning decides, and nothing is allowed that is not listed."""

from __future__ import annotations

import pytest

from bot.outbound.policy import AllowedNumbers
from bot.settings import load_settings
from bot.stages import SettingsError

pytestmark = pytest.mark.unit

LIST = "+380,!+380900, +1,!+1876,+1876555,+44"
CASES = [
    ("+380501112233", True),
    ("+380900112233", False),
    ("+14155550100", True),
    ("+18761234567", False),
    ("+18765551234", True),
    ("+447700900123", True),
    ("+4930123456", False),
    ("+38", False),
    ("", False),
]


@pytest.mark.parametrize(("number", "is_allowed"), CASES)
def test_the_longest_beginning_decides(number: str, is_allowed: bool) -> None:
    assert AllowedNumbers.parse(LIST).allows(number) is is_allowed


def test_an_empty_list_allows_nothing() -> None:
    assert not AllowedNumbers.parse(" , ").allows("+380501112233")


@pytest.mark.parametrize("text", ["380", "+", "+0", "+380;+44", "*", "UA", "!380", "+380 44"])
def test_a_wrong_list_stops_the_server_and_says_what_to_write(text: str) -> None:
    with pytest.raises(SettingsError, match=r"OUTBOUND_PREFIXES: expected calling codes such as \+380,\+44"):
        load_settings(_env_file=None, outbound_prefixes=text)


def test_a_wrong_number_of_ours_stops_the_server() -> None:
    with pytest.raises(SettingsError, match="OUTBOUND_NUMBER: expected a number in E"):
        load_settings(_env_file=None, outbound_number="044 111 22 33")
