"""Amounts of money as said aloud."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from spoken.cardinals import LARGEST, Case
from spoken.errors import SpokenError
from spoken.languages import Language
from spoken.nouns import NOUNS, say_count

Currency = Literal["UAH", "USD", "EUR", "GBP", "RUB"]
CURRENCIES: tuple[Currency, ...] = get_args(Currency)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units with at most two decimals: 1250.5 is 1250 and fifty hundredths."""

    amount: Decimal
    currency: Currency


def say_money(money: Money, language: Language, case: Case = "nominative") -> str:
    """Say an amount: "двадцять одна гривня п'ятдесят копійок", "two dollars and five cents".

    Raises:
        SpokenError: `bad_amount` below zero, or with parts of a cent.
    """
    hundredths = money.amount * 100
    if hundredths != hundredths.to_integral_value() or not 0 <= money.amount <= LARGEST:
        raise SpokenError("bad_amount", "expected an amount from zero up, in whole hundredths")
    major, minor = divmod(int(hundredths), 100)
    nouns = NOUNS[language]
    parts = [] if minor and not major else [say_count(major, nouns[money.currency], language, case)]
    if minor:
        parts.append(say_count(minor, nouns[f"{money.currency}/100"], language, case))
    return (" and " if language == "en" else " ").join(parts)
