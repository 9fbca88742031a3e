"""Digits said by the agent and dictated by callers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language, SpokenError
from spoken.digits import read_digits, say_digits

pytestmark = pytest.mark.unit

ENGLISH = [
    ("order one zero three three", ["1033"]),
    ("Order 1033.", ["1033"]),
    ("10-33", ["1033"]),
    ("10 33", ["1033"]),
    ("1 0 3 3", ["1033"]),
    ("1, 0, 3, 3.", ["1033"]),
    ("1,033", ["1033"]),
    ("1.033", ["1033"]),
    ("It's 10:33.", ["1033"]),
    ("ten thirty three", ["1033"]),
    ("ten thirty-three", ["1033"]),
    ("One-zero-three-three", ["1033"]),
    ("one oh three three", ["1033"]),
    ("one o three three", ["1033"]),
    ("one zero double three", ["1033"]),
    ("one zero double 3", ["1033"]),
    ("one thousand thirty three", ["1033"]),
    ("one thousand and thirty-three", ["1033"]),
    ("a thousand and thirty three", ["1033"]),
    ("One. Zero. Three. Three.", ["1033"]),
    ("one, um, zero, uh, three three", ["1033"]),
    ("one dash zero dash three dash three", ["1033"]),
    ("#1033", ["1033"]),
    ("order $10.33", ["1033"]),
    ("order 10.12.1033", ["10121033"]),
    ("forty eight two thirteen", ["48213"]),
    ("four eight two one three", ["48213"]),
    ("48 213", ["48213"]),
    ("twenty thousand four hundred and seventeen", ["20417"]),
    ("20 thousand 417", ["20417"]),
    ("order 20417 please", ["20417"]),
    ("triple seven five", ["7775"]),
    ("two zeros four five", ["0045"]),
    ("+1 555 010 7788", ["15550107788"]),
    ("+1 (555) 010-7788", ["15550107788"]),
    ("plus one five five five zero one zero seven seven eight eight", ["15550107788"]),
    ("555.010.7788", ["5550107788"]),
    ("zero nine seven, one two three, four five, six seven", ["0971234567"]),
    ("oh nine seven one two three four five six seven", ["0971234567"]),
    ("my number is oh nine seven", ["097"]),
    ("five five five, oh one oh, double seven double eight", ["5550107788"]),
    ("one zero three three two weeks", ["1033"]),
    ("March 17 10:30", []),
    ("from 14 to 17 March", []),
    ("twenty-second", []),
    ("a million two hundred", []),
    ("I called two times", []),
    ("oh four five two, oops, four five three", ["0453"]),
    ("1035, oops, 1033", ["1035", "1033"]),
    ("Oh, one zero three three", ["1033"]),
    ("oh one zero three three", ["1033"]),
    ("orders 1033 and 1042", ["1033", "1042"]),
    ("1033, 1042", ["1033", "1042"]),
    ("It's 1033. My phone is 555 010 7788.", ["1033", "5550107788"]),
    ("one zero three three, no, one zero four two", ["1033", "1042"]),
    ("that one, 1033", ["1033"]),
    ("the one zero three three order", ["1033"]),
    ("order 1033 on the 17th", ["1033"]),
    ("move one zero three three to March seventeenth", ["1033"]),
    ("1 0 3 3 March 17", ["1033"]),
    ("order 1033 in three days", ["1033"]),
    ("order 10.12", ["1012"]),
    ("1033 by 2026-03-17", ["1033"]),
    ("one moment", []),
    ("one second please", []),
    ("two orders", []),
    ("one of them", []),
    ("I have 12 orders", []),
    ("ten minutes ago", []),
    ("the first one", []),
    ("no one came", []),
    ("at 10:30", []),
    ("after 10 am", []),
    ("10 pm", []),
    ("between 10 and 12", []),
    ("that is $25", []),
    ("in 2026", []),
    ("twenty five dollars", []),
    ("", []),
    ("hello", []),
    ("I want to order for two people", []),
]
UKRAINIAN = [
    ("замовлення один нуль три три", ["1033"]),
    ("тисяча тридцять три", ["1033"]),
    ("одна тисяча тридцять три", ["1033"]),
    ("замовлення тисяча тридцять третє", ["1033"]),
    ("десять тридцять три", ["1033"]),
    ("10 33", ["1033"]),
    ("10-33", ["1033"]),
    ("1, 0, 3, 3", ["1033"]),
    ("Номер 1033.", ["1033"]),
    ("номер замовлення: 1033", ["1033"]),
    ("один нуль дві трійки", ["1033"]),
    ("два нулі сім", ["007"]),
    ("дев'ять", []),
    ("дев'ять п'ять", ["95"]),
    ("дев’ять п’ять", ["95"]),
    ("девʼять пʼять", ["95"]),
    ("девять пять", ["95"]),
    ("чотири вісім два один три", ["48213"]),
    ("сорок вісім двісті тринадцять", ["48213"]),
    ("двадцять тисяч чотириста сімнадцять", ["20417"]),
    ("20 тисяч 417", ["20417"]),
    ("нуль дев'яносто сім, сто двадцять три, сорок п'ять, шістдесят сім", ["0971234567"]),
    ("плюс тридцять вісім нуль дев'яносто сім сто двадцять три сорок п'ять шістдесят сім", ["380971234567"]),
    ("+380 97 123 45 67", ["380971234567"]),
    ("097-123-45-67", ["0971234567"]),
    ("мій номер нуль п'ятдесят", ["050"]),
    ("ну один ем нуль три три", ["1033"]),
    ("один ноль три три", ["1033"]),
    ("щодо тисячі тридцяти трьох", ["1033"]),
    ("ДЕВ'ЯТЬ П'ЯТЬ", ["95"]),
    ("сiм вiсiм", ["78"]),
    ("три\u0301 сім нуль", ["370"]),
    ("двi тисячi п\u2018ятдесят", ["2050"]),
    ("о 10.05", []),
    ("двадцать девять четыре", ["294"]),
    ("замовлення 1033 і 1042", ["1033", "1042"]),
    ("1033, ні, 1042", ["1033", "1042"]),
    ("замовлення 1033 на сімнадцяте березня", ["1033"]),
    ("замовлення 1033 на вівторок, 17 березня", ["1033"]),
    ("один нуль три три двадцять п'ятого березня", ["1033"]),
    ("замовлення 1033 через три дні", ["1033"]),
    ("замовлення 1033 з 14 на 17 березня", ["1033"]),
    ("1033 два дні", ["1033"]),
    ("мільйон двісті", []),
    ("я дзвонив двічі", []),
    ("двадцять третій", []),
    ("1035, ой, 1033", ["1035", "1033"]),
    ("один раз", []),
    ("одну хвилинку", []),
    ("дві секунди", []),
    ("десять хвилин", []),
    ("два замовлення", []),
    ("одне з них", []),
    ("о 10 годині", []),
    ("о десятій", []),
    ("після 18:30", []),
    ("25 гривень", []),
    ("у 2026 році", []),
    ("", []),
]
RUSSIAN = [
    ("заказ один ноль три три", ["1033"]),
    ("заказ один нуль три три", ["1033"]),
    ("тысяча тридцать три", ["1033"]),
    ("одна тысяча тридцать три", ["1033"]),
    ("заказ тысяча тридцать третий", ["1033"]),
    ("десять тридцать три", ["1033"]),
    ("по заказу тысячи тридцати трёх", ["1033"]),
    ("в 10.05", []),
    ("10-33", ["1033"]),
    ("10.33", ["1033"]),
    ("1 0 3 3", ["1033"]),
    ("Заказ 1033.", ["1033"]),
    ("один ноль две тройки", ["1033"]),
    ("два нуля семь", ["007"]),
    ("три семёрки", ["777"]),
    ("двадцать девять четыре", ["294"]),
    ("сорок восемь двести тринадцать", ["48213"]),
    ("четыре восемь два один три", ["48213"]),
    ("двадцать тысяч четыреста семнадцать", ["20417"]),
    ("20 тысяч 417", ["20417"]),
    ("восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь", ["89161234567"]),
    ("плюс семь, девять один шесть, один два три, сорок пять, шестьдесят семь", ["79161234567"]),
    ("+7 (916) 123-45-67", ["79161234567"]),
    ("ноль девяносто семь, сто двадцать три, сорок пять, шестьдесят семь", ["0971234567"]),
    ("ну, один, э, ноль, три, три", ["1033"]),
    ("дев'ять п'ять", ["95"]),
    ("заказы 1033 и 1042", ["1033", "1042"]),
    ("1033, нет, 1042", ["1033", "1042"]),
    ("заказ 1033 на семнадцатое марта", ["1033"]),
    ("заказ 1033 на вторник, 17 марта", ["1033"]),
    ("один ноль три три двадцать пятого марта", ["1033"]),
    ("заказ 1033 через три дня", ["1033"]),
    ("заказ 1033 семнадцатого", ["1033"]),
    ("заказ 1033 с 14 на 17 марта", ["1033"]),
    ("1033 два дня", ["1033"]),
    ("два миллиона двести", []),
    ("я звонил два раза", []),
    ("двадцать третий", []),
    ("1035, ой, 1033", ["1035", "1033"]),
    ("один раз", []),
    ("одну минуту", []),
    ("два заказа", []),
    ("один из них", []),
    ("десять минут", []),
    ("в 10 часов", []),
    ("после 18:30", []),
    ("в 10:30", []),
    ("25 рублей", []),
    ("в 2026 году", []),
    ("", []),
]


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        *(("en", text, numbers) for text, numbers in ENGLISH),
        *(("uk", text, numbers) for text, numbers in UKRAINIAN),
        *(("ru", text, numbers) for text, numbers in RUSSIAN),
    ],
)
def test_dictated_numbers_are_read_and_nothing_else(language: Language, text: str, numbers: list[str]) -> None:
    assert read_digits(text, language) == numbers


@pytest.mark.parametrize(
    ("language", "digits", "spoken"),
    [
        ("en", "1033", "one zero three three"),
        ("uk", "1033", "один нуль три три"),
        ("ru", "1033", "один ноль три три"),
        ("en", "48213", "four eight two one three"),
        ("en", "0971234567", "zero nine seven, one two three, four five, six seven"),
        ("uk", "0971234567", "нуль дев'ять сім, один два три, чотири п'ять, шість сім"),
        ("ru", "0971234567", "ноль девять семь, один два три, четыре пять, шесть семь"),
    ],
)
def test_digits_are_said_one_by_one(language: Language, digits: str, spoken: str) -> None:
    assert say_digits(digits, language) == spoken


@pytest.mark.parametrize("not_digits", ["", "10a3", "-5", "1 0", "٣٣", "²"])
def test_only_decimal_digits_can_be_said(not_digits: str) -> None:
    with pytest.raises(SpokenError) as caught:
        say_digits(not_digits, "en")
    assert caught.value.code == "not_digits"


@settings(deadline=None)
@given(digits=st.text("0123456789", min_size=3, max_size=15), language=st.sampled_from(LANGUAGES))
def test_what_is_said_is_read_back(digits: str, language: Language) -> None:
    assert read_digits(say_digits(digits, language), language) == [digits]


@settings(deadline=None)
@given(
    digits=st.text("0123456789", min_size=3, max_size=10),
    mark=st.sampled_from(["", " ", "-", " - ", ", "]),
    language=st.sampled_from(LANGUAGES),
)
def test_split_digits_are_one_number(digits: str, mark: str, language: Language) -> None:
    assert read_digits(mark.join(digits), language) == [digits]


@settings(deadline=None)
@given(text=st.text(max_size=80), language=st.sampled_from(LANGUAGES))
def test_any_text_gives_only_decimal_digits(text: str, language: Language) -> None:
    numbers = read_digits(text, language)
    assert all(number.isascii() and number.isdigit() and len(number) >= 2 for number in numbers)


def test_shorter_numbers_are_read_on_demand() -> None:
    assert read_digits("five", "en", min_digits=1) == ["5"]
    assert read_digits("five", "en") == []
    assert read_digits("12 and 1033", "en", min_digits=3) == ["1033"]
