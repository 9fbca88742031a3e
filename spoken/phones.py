"""Phone numbers as a phone agent says them, and whether a caller stated one."""

import re

from spoken.digits import read_digits, say_group
from spoken.errors import SpokenError
from spoken.languages import Language
from spoken.lexicon import words
from spoken.tokens import tokenize

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_NOT_DIGIT = re.compile(r"\D+")
_PLUS = {"uk": "плюс", "ru": "плюс", "en": "plus"}
# Country codes of one and two digits; all others have three. Source: ITU-T E.164, list of assigned country
# codes.
_ONE_DIGIT = ("1", "7")
_TWO_DIGITS = words(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65"
    " 66 81 82 84 86 90 91 92 93 94 95 98"
)
_GROUPS = {"1": (3, 3, 4), "7": (3, 3, 2, 2), "380": (2, 3, 2, 2)}
# What is dialled before a national number inside the country, besides 0: "8" in the +7 plan, the older "80"
# in Ukraine.
_TRUNKS = {"7": ("8",), "380": ("80",)}
_FEWEST = 7
_INTERNATIONAL = ("00", "011", "810")


def say_phone(e164: str, language: Language) -> str:
    """Say a phone number in the groups of its country: "plus one, five five five, zero one zero, …".

    Raises:
        SpokenError: `not_e164` for anything but `+` and 7 to 15 digits.
    """
    code, national = _split(e164)
    sizes = _GROUPS.get(code, ())
    groups, at = [], 0
    if sum(sizes) == len(national):
        for size in sizes:
            groups.append(national[at : at + size])
            at += size
    else:
        pairs = (-len(national)) % 3 if len(national) > 3 else 0
        threes = len(national) - 2 * pairs
        groups = [national[i : i + 3] for i in range(0, threes, 3)]
        groups += [national[i : i + 2] for i in range(threes, len(national), 2)]
    spoken = [
        f"{_PLUS[language]} {say_group(code, language)}",
        *(say_group(group, language) for group in groups),
    ]
    return ", ".join(spoken)


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
    accepted = {whole, national, "0" + national}
    accepted.update(trunk + national for trunk in _TRUNKS.get(code, ()))
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
    for code in dict.fromkeys((country, *_GROUPS)):
        length = sum(_GROUPS.get(code, ()))
        for trunk in ("", "0", *_TRUNKS.get(code, ()), code) if code == country else (code, *_TRUNKS.get(code, ())):
            national = digits.removeprefix(trunk)
            if digits.startswith(trunk) and length == len(national) and not national.startswith("0"):
                return f"+{code}{national}"
    if country in _GROUPS:
        return None
    national = digits.lstrip("0").removeprefix(country)
    return _whole(country + national)


def _whole(digits: str) -> str | None:
    """E.164 of digits that begin with a country's code; None if too few or too many for a country we know."""
    e164 = f"+{digits}"
    if not _E164.fullmatch(e164):
        return None
    code, national = _split(e164)
    length = sum(_GROUPS.get(code, ()))
    return e164 if length in (0, len(national)) else None


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


def _split(e164: str) -> tuple[str, str]:
    """Split into country code and national number, both without the plus."""
    if not _E164.fullmatch(e164):
        raise SpokenError("not_e164", f"expected + and 7 to 15 digits, got {len(e164)} characters of another form")
    digits = e164[1:]
    size = 1 if digits.startswith(_ONE_DIGIT) else 2 if digits[:2] in _TWO_DIGITS else 3
    return digits[:size], digits[size:]
