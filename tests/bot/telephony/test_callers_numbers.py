"""Who the caller is, from what a carrier sends."""

import pytest

from bot.telephony.base import read_caller

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("+380501112233", "+380501112233"),
        ("+15550107788", "+15550107788"),
        (" +380501112233 ", "+380501112233"),
        ("anonymous", None),
        ("Anonymous", None),
        ("Restricted", None),
        ("unavailable", None),
        ("+266696687", None),
        ("+7378742833", None),
        ("+86282452253", None),
        ("+464", None),
        ("", None),
        (None, None),
        ("380501112233", None),
        ("+0501112233", None),
        ("+1234567", None),
        ("+1234567890123456", None),
        ("sip:alice@example.com", None),
        ("client:alice", None),
        ("+38050111223a", None),
        ("+380501112233\n", "+380501112233"),
    ],
)
def test_only_a_number_a_person_could_be_rung_at_is_kept(sent: str | None, number: str | None) -> None:
    assert read_caller(sent) == number
