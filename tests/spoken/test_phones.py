"""Phone numbers said by the agent and stated by callers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language, SpokenError
from spoken.digits import read_digits
from spoken.phones import is_same, say_phone

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "e164", "spoken"),
    [
        ("en", "+15550107788", "plus one, five five five, zero one zero, seven seven eight eight"),
        ("uk", "+380971234567", "плюс три вісім нуль, дев'ять сім, один два три, чотири п'ять, шість сім"),
        ("ru", "+79161234567", "плюс семь, девять один шесть, один два три, четыре пять, шесть семь"),
        ("en", "+442071234567", "plus four four, two zero seven, one two three, four five, six seven"),
    ],
)
def test_phone_is_said_in_its_country_s_groups(language: Language, e164: str, spoken: str) -> None:
    assert say_phone(e164, language) == spoken


@pytest.mark.parametrize(
    ("stated", "e164", "same"),
    [
        ("15550107788", "+15550107788", True),
        ("5550107788", "+15550107788", True),
        ("+1 (555) 010-7788", "+15550107788", True),
        ("0971234567", "+380971234567", True),
        ("971234567", "+380971234567", True),
        ("80971234567", "+380971234567", True),
        ("380971234567", "+380971234567", True),
        ("00380971234567", "+380971234567", True),
        ("89161234567", "+79161234567", True),
        ("9161234567", "+79161234567", True),
        ("02071234567", "+442071234567", True),
        ("550107788", "+15550107788", False),
        ("555010778", "+15550107788", False),
        ("5550107789", "+15550107788", False),
        ("25550107788", "+15550107788", False),
        ("155501077881", "+15550107788", False),
        ("7788", "+15550107788", False),
        ("", "+15550107788", False),
        ("5550107788", "5550107788", False),
        ("5550107788", "", False),
    ],
)
def test_stated_phone_misses_at_most_its_country_code(stated: str, e164: str, same: bool) -> None:
    assert is_same(stated, e164) is same


@pytest.mark.parametrize("phone", ["5550107788", "+0123456789", "+1", "+1234567890123456", "+38O971234567"])
def test_only_e164_can_be_said(phone: str) -> None:
    with pytest.raises(SpokenError) as caught:
        say_phone(phone, "en")
    assert caught.value.code == "not_e164"


e164_numbers = st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True)


@settings(deadline=None)
@given(e164=e164_numbers, language=st.sampled_from(LANGUAGES))
def test_said_phone_is_read_back_as_the_same(e164: str, language: Language) -> None:
    numbers = read_digits(say_phone(e164, language), language)
    assert numbers == [e164[1:]]
    assert is_same(numbers[0], e164)


@settings(deadline=None)
@given(e164=e164_numbers, data=st.data())
def test_one_changed_digit_is_another_phone(e164: str, data: st.DataObject) -> None:
    # Before a national number, 0 may stand for the country code.
    place = data.draw(st.integers(4, len(e164) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != e164[place]]))
    assert not is_same(e164[1:place] + other + e164[place + 1 :], e164)
