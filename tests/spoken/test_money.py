"""Money said by the agent and by callers."""

from decimal import Decimal

import pytest
from heard_money import read_money
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language, SpokenError
from spoken.money import CURRENCIES, Currency, Money, say_money

pytestmark = pytest.mark.unit

HEARD: list[tuple[Language, str, str, Currency]] = [
    ("uk", "до сплати 1 250,50 грн.", "1250.50", "UAH"),
    ("uk", "двісті гривень", "200", "UAH"),
    ("uk", "п'ятдесят копійок", "0.50", "UAH"),
    ("uk", "сто гривень двадцять копійок", "100.20", "UAH"),
    ("uk", "півтори тисячі гривень", "1500", "UAH"),
    ("uk", "два з половиною долари", "2.5", "USD"),
    ("uk", "дві з половиною тисячі гривень", "2500", "UAH"),
    ("uk", "двести гривен", "200", "UAH"),
    ("uk", "двадцять баксів", "20", "USD"),
    ("ru", "полторы тысячи гривен", "1500", "UAH"),
    ("ru", "две с половиной тысячи рублей", "2500", "RUB"),
    ("ru", "двести рублей", "200", "RUB"),
    ("ru", "сто гривен и двадцать копеек", "100.20", "UAH"),
    ("ru", "пять евро", "5", "EUR"),
    ("ru", "тысяча двести пятьдесят гривен", "1250", "UAH"),
    ("en", "that is $1,250.50 please", "1250.50", "USD"),
    ("en", "two and a half thousand dollars", "2500", "USD"),
    ("en", "five pounds", "5", "GBP"),
    ("en", "five bucks", "5", "USD"),
    ("en", "twenty dollars and fifty cents", "20.50", "USD"),
    ("en", "two hundred hryvnias", "200", "UAH"),
    ("en", "fifty cents", "0.50", "USD"),
]


@pytest.mark.parametrize(("language", "text", "amount", "currency"), HEARD)
def test_amounts_are_understood(language: Language, text: str, amount: str, currency: Currency) -> None:
    assert read_money(text, language) == [Money(Decimal(amount), currency)]


@pytest.mark.parametrize(
    "text", ["", "1250", "замовлення 1042", "one million dollars", "order 1042", "один мільйон гривень"]
)
def test_a_number_without_a_currency_is_no_amount(text: str) -> None:
    assert [read_money(text, language) for language in LANGUAGES] == [[], [], []]


@settings(deadline=None, max_examples=200)
@given(
    language=st.sampled_from(LANGUAGES),
    currency=st.sampled_from(CURRENCIES),
    hundredths=st.integers(min_value=100, max_value=99_999_999),
)
def test_what_is_said_is_understood(language: Language, currency: Currency, hundredths: int) -> None:
    money = Money(Decimal(hundredths) / 100, currency)
    assert read_money(say_money(money, language), language) == [money]


@pytest.mark.parametrize("amount", ["-1", "0.001"])
def test_only_whole_hundredths_can_be_said(amount: str) -> None:
    with pytest.raises(SpokenError) as caught:
        say_money(Money(Decimal(amount), "UAH"), "uk")
    assert caught.value.code == "bad_amount"
