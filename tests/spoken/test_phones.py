"""Phone numbers said by the agent and stated by callers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language, SpokenError
from spoken.digits import read_digits
from spoken.phones import is_same, say_phone, to_e164

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "e164", "spoken"),
    [
        ("en", "+15550107788", "plus one, five five five, zero one zero, seven seven eight eight"),
        ("uk", "+380971234567", "плюс три вісім нуль, дев'ять сім, один два три, чотири п'ять, шість сім"),
        ("ru", "+79161234567", "плюс семь, девять один шесть, один два три, четыре пять, шесть семь"),
        ("en", "+442071234567", "plus four four, two zero, seven one, two three, four five six seven"),
        ("en", "+380971234567", "plus three eight zero, nine seven, one two three, four five, six seven"),
        ("uk", "+380800500123", "плюс три вісім нуль, вісім нуль нуль, п'ять нуль нуль, один два три"),
        ("ru", "+77011234567", "плюс семь, семь ноль один, один два три, четыре пять, шесть семь"),
        ("uk", "+33612345678", "плюс три три, шість, один два, три чотири, п'ять шість, сім вісім"),
        ("uk", "+48512345678", "плюс чотири вісім, п'ять один два, три чотири п'ять, шість сім вісім"),
        ("en", "+375291234567", "plus three seven five, two nine, one two three, four five, six seven"),
        ("en", "+4915112345678", "plus four nine, one five, one one, two three four, five six, seven eight"),
        # A code that no country has.
        ("en", "+99912345678", "plus nine nine nine, one two three, four five six, seven eight"),
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
        ("06301234567", "+36301234567", True),
        ("80291234567", "+375291234567", True),
        ("05550107788", "+15550107788", False),
        ("0512345678", "+48512345678", False),
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


@pytest.mark.parametrize(
    ("stated", "country", "e164"),
    [
        ("0971234567", "380", "+380971234567"),
        ("971234567", "380", "+380971234567"),
        ("80971234567", "380", "+380971234567"),
        ("380971234567", "380", "+380971234567"),
        ("0800500123", "380", "+380800500123"),
        ("97123456", "380", None),
        ("09712345678", "380", None),
        ("2344567", "380", None),
        ("5550107788", "380", None),
        ("15550107788", "380", "+15550107788"),
        ("89161234567", "380", "+79161234567"),
        ("442071234567", "380", "+442071234567"),
        ("48512345678", "380", "+48512345678"),
        ("00442071234567", "380", "+442071234567"),
        ("5550107788", "1", "+15550107788"),
        ("5550107", "1", None),
        ("0971234567", "1", None),
        ("80971234567", "1", "+380971234567"),
        ("380971234567", "1", "+380971234567"),
        ("9161234567", "7", "+79161234567"),
        ("89161234567", "7", "+79161234567"),
        ("80971234567", "7", "+380971234567"),
        ("810442071234567", "7", "+442071234567"),
        ("02071234567", "44", "+442071234567"),
        ("2071234567", "44", "+442071234567"),
        ("207123456", "48", "+48207123456"),
        ("123456789012345", "380", None),
    ],
)
def test_stated_phone_is_brought_to_e164(stated: str, country: str, e164: str | None) -> None:
    assert to_e164(stated, country) == e164


@pytest.mark.parametrize("phone", ["5550107788", "+0123456789", "+1", "+1234567890123456", "+38O971234567"])
def test_only_e164_can_be_said(phone: str) -> None:
    with pytest.raises(SpokenError) as caught:
        say_phone(phone, "en")
    assert caught.value.code == "not_e164"


e164_numbers = st.from_regex(r"\+([1-9]|44|49|33|86|55|39)[0-9]{7,13}", fullmatch=True)


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
