"""Phone numbers as a phone agent says them, and whether a caller stated one.

Countries, their lengths, trunk prefixes and groups are those of libphonenumber; the rest is in docs/decisions/0018.
"""

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from spoken.digits import read_digits, say_group
from spoken.errors import SpokenError
from spoken.languages import Language
from spoken.tokens import tokenize

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_NOT_DIGIT = re.compile(r"\D+")
_PLUS = {"uk": "плюс", "ru": "плюс", "en": "plus"}
# Here a last group of four is said as two pairs: "сорок п'ять, шістдесят сім".
_SAID_IN_PAIRS = frozenset({"380", "7"})
# A trunk prefix of old, which people still say in Ukraine and dial in Belarus.
_OLD_TRUNKS = {"380": "80", "375": "80"}
_FEWEST = 7
_INTERNATIONAL = ("00", "011", "810")
# Whose numbers callers give with the code and without a plus; those of other countries have to be in their plan.
_NEAR = ("1", "7", "380")
_TYPES = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)


def say_phone(e164: str, language: Language) -> str:
    """Say a phone number in the groups of its country: "plus one, five five five, zero one zero, …".

    Raises:
        SpokenError: `not_e164` for anything but `+` and 7 to 15 digits.
    """
    code, national = _split(e164)
    *head, last = _groups(code, national)
    # Only a number's end is said by fours: elsewhere they pass for numbers of their own.
    ends_in_four = len(last) == 4 and code not in _SAID_IN_PAIRS
    groups = [part for group in head for part in _short(group)] + ([last] if ends_in_four else _short(last))
    return ", ".join(
        [f"{_PLUS[language]} {say_group(code, language)}", *(say_group(group, language) for group in groups)]
    )


def is_same(stated_digits: str, e164: str) -> bool:
    """Tell whether stated digits are this phone: whole, without its country code, or with a trunk prefix
    instead.

    Nothing else may be missing: a number that lost one digit is another number.
    """
    if not _E164.fullmatch(e164):
        return False
    stated = _NOT_DIGIT.sub("", stated_digits)
    code, national = _split(e164)
    whole = code + national
    accepted = {whole, national}
    accepted.update(trunk + national for trunk in (_trunk(code), _OLD_TRUNKS.get(code)) if trunk)
    accepted.update(prefix + whole for prefix in _INTERNATIONAL)
    return stated in accepted


def to_e164(digits: str, country: str) -> str | None:
    """Bring a stated number to E.164; None for one that is no whole number of its country.

    Args:
        digits: As stated, in digits: with the country's code, a trunk prefix, or neither.
        country: The code of the country where it was stated, "380"; its own numbers come first.
    """
    for prefix in _INTERNATIONAL:
        if digits.startswith(prefix) and (found := _whole(digits[len(prefix) :])):
            return found
    if found := _national(digits, country):
        return found
    for code in _NEAR:
        found = _national(digits, code)
        # Of another country's number more has to be said than what is dialled inside it.
        trunks = {_trunk(code), _OLD_TRUNKS.get(code)} - {"0"}
        if found and digits.startswith((code, *filter(None, trunks))):
            return found
    return _whole(digits, is_planned=True)


def read_phones(text: str, language: Language, country: str) -> list[str]:
    """Find the phones that a text states, in E.164: "нуль шістдесят сім, сто двадцять три…" → "+38067123…".

    Args:
        text: A transcript.
        language: The language of its words.
        country: See `to_e164`.
    """
    has_plus = any(token.text in {"+", *_PLUS.values()} for token in tokenize(text))
    found = []
    for digits in read_digits(text, language, _FEWEST):
        phone = _whole(digits) if has_plus else None
        found.append(phone or to_e164(digits, country))
    return [phone for phone in found if phone is not None]


def country_code(e164: str) -> str:
    """The country code of a phone number, without the plus.

    Raises:
        SpokenError: `not_e164`.
    """
    return _split(e164)[0]


def _national(digits: str, code: str) -> str | None:
    """E.164 of a number that was stated in a country: with its code, its trunk prefix, or neither."""
    old = _OLD_TRUNKS.get(code, "")
    for stated in (digits, digits.removeprefix(old)) if old and digits.startswith(old) else (digits,):
        try:
            number = phonenumbers.parse(stated, phonenumbers.region_code_for_country_code(int(code)))
        except phonenumbers.NumberParseException:
            continue
        if str(number.country_code) == code and _has_right_length(number) and not number.italian_leading_zero:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def _whole(digits: str, *, is_planned: bool = False) -> str | None:
    """E.164 of digits that begin with a country's code; None if too few or too many for it, or not in its plan."""
    e164 = f"+{digits}"
    if not _E164.fullmatch(e164):
        return None
    code, national = _split(e164)
    number = _number(code, national)
    return e164 if _has_right_length(number) and (not is_planned or phonenumbers.is_valid_number(number)) else None


def _has_right_length(number: PhoneNumber) -> bool:
    """Whether a number is as long as its country's are; others than a home's or a mobile have to be in the plan."""
    return phonenumbers.is_valid_number(number) or any(
        phonenumbers.is_possible_number_for_type_with_reason(number, kind) == ValidationResult.IS_POSSIBLE
        for kind in _TYPES
    )


def _trunk(code: str) -> str | None:
    """What is dialled before a national number inside its country; None for nothing."""
    return phonenumbers.ndd_prefix_for_region(phonenumbers.region_code_for_country_code(int(code)), True)


def _number(code: str, national: str) -> PhoneNumber:
    """The number as it is: parsing would take a trunk prefix away from it."""
    zeros = len(national) - len(national.lstrip("0"))
    return PhoneNumber(
        country_code=int(code),
        national_number=int(national or 0),
        italian_leading_zero=bool(zeros) or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def _groups(code: str, national: str) -> list[str]:
    written = phonenumbers.format_number(_number(code, national), PhoneNumberFormat.INTERNATIONAL)
    groups = re.findall(r"\d+", written.removeprefix(f"+{code}"))
    return groups if "".join(groups) == national else [national]


def _short(group: str) -> list[str]:
    """Split a group of more than three digits into threes, and pairs at the end."""
    if len(group) <= 3:
        return [group]
    threes = len(group) - 2 * (-len(group) % 3)
    return [group[at : at + 3] for at in range(0, threes, 3)] + [
        group[at : at + 2] for at in range(threes, len(group), 2)
    ]


def _split(e164: str) -> tuple[str, str]:
    """Split into country code and national number, both without the plus."""
    if not _E164.fullmatch(e164):
        raise SpokenError("not_e164", f"expected + and 7 to 15 digits, got {len(e164)} characters of another form")
    digits = e164[1:]
    # No code is the beginning of another; one that nobody has yet is of three digits.
    size = next((size for size in (1, 2) if int(digits[:size]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 3)
    return digits[:size], digits[size:]
