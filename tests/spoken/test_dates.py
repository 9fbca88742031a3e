"""Dates said by the agent and meant by callers. Today is Wednesday, 11 March 2026, unless told otherwise."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.dates import Case, read_dates, say_date

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)

ENGLISH = [
    ("March 17th", ["2026-03-17"]),
    ("March 17", ["2026-03-17"]),
    ("march the seventeenth", ["2026-03-17"]),
    ("March seventeen", ["2026-03-17"]),
    ("the seventeenth of March", ["2026-03-17"]),
    ("17 March", ["2026-03-17"]),
    ("17th of March, 2026", ["2026-03-17"]),
    ("March 17, 2025", ["2025-03-17"]),
    ("March seventeenth twenty twenty-seven", ["2027-03-17"]),
    ("March seventeenth two thousand twenty seven", ["2027-03-17"]),
    ("March 3rd", ["2027-03-03"]),
    ("Mar. 17", ["2026-03-17"]),
    ("2026-03-17", ["2026-03-17"]),
    ("17.03", ["2026-03-17"]),
    ("17.03.2026", ["2026-03-17"]),
    ("3/17", ["2026-03-17"]),
    ("3/17/2026", ["2026-03-17"]),
    ("17/3", ["2026-03-17"]),
    ("the twenty-first of March", ["2026-03-21"]),
    ("the twenty first", ["2026-03-21"]),
    ("March thirty first", ["2026-03-31"]),
    ("May 5th", ["2026-05-05"]),
    ("the fifth of May", ["2026-05-05"]),
    ("on the 17th", ["2026-03-17"]),
    ("the 17th please", ["2026-03-17"]),
    ("the seventeenth", ["2026-03-17"]),
    ("the 10th", ["2026-04-10"]),
    ("the 11th", ["2026-03-11"]),
    ("on the second", ["2026-04-02"]),
    ("to the third, please", ["2026-04-03"]),
    ("the 5th of next month", ["2026-04-05"]),
    ("Tuesday", ["2026-03-17"]),
    ("Wednesday", ["2026-03-18"]),
    ("on Thursday", ["2026-03-12"]),
    ("this Friday", ["2026-03-13"]),
    ("this coming Friday", ["2026-03-13"]),
    ("next Friday", ["2026-03-20"]),
    ("next Tuesday", ["2026-03-17"]),
    ("Tuesday next week", ["2026-03-17"]),
    ("next week on Friday", ["2026-03-20"]),
    ("last Tuesday", ["2026-03-10"]),
    ("today", ["2026-03-11"]),
    ("tomorrow", ["2026-03-12"]),
    ("the day after tomorrow", ["2026-03-13"]),
    ("yesterday", ["2026-03-10"]),
    ("the day before yesterday", ["2026-03-09"]),
    ("in three days", ["2026-03-14"]),
    ("in 3 days' time", ["2026-03-14"]),
    ("in a week", ["2026-03-18"]),
    ("in two weeks", ["2026-03-25"]),
    ("a week from today", ["2026-03-18"]),
    ("three days from now", ["2026-03-14"]),
    ("two days ago", ["2026-03-09"]),
    ("Tuesday the seventeenth of March", ["2026-03-17"]),
    ("Tuesday, March 17th", ["2026-03-17"]),
    ("Tuesday the 17th", ["2026-03-17"]),
    ("Tuesday, 17.", ["2026-03-17"]),
    ("March 17th, Tuesday", ["2026-03-17"]),
    ("next Tuesday, the 17th of March", ["2026-03-17"]),
    ("tomorrow, Thursday", ["2026-03-12"]),
    ("Tue, Mar 17", ["2026-03-17"]),
    ("Tuesday or Friday", ["2026-03-17", "2026-03-13"]),
    ("March 13 or Tuesday, March 17", ["2026-03-13", "2026-03-17"]),
    ("from Saturday the 14th to Tuesday the 17th", ["2026-03-14", "2026-03-17"]),
    ("not Tuesday, Thursday", ["2026-03-17", "2026-03-12"]),
    ("order 1033 on the 17th", ["2026-03-17"]),
    ("Friday week", ["2026-03-20"]),
    ("a week on Tuesday", ["2026-03-24"]),
    ("the Tuesday after next", ["2026-03-24"]),
    ("from 14 to 17 March", ["2026-03-14", "2026-03-17"]),
    ("17 or 18 March", ["2026-03-17", "2026-03-18"]),
    ("order 14 or 17 March", ["2026-03-17"]),
    ("1 0 3 3 on 17 March", ["2026-03-17"]),
    ("Seventeenth, please", ["2026-03-17"]),
    ("Twenty-second", ["2026-03-22"]),
    ("one seventeenth street", []),
    ("order 20417", []),
    ("order 10.12", []),
    ("10-33", []),
    ("555.010.7788", []),
    ("I may", []),
    ("may I ask", []),
    ("I may 5 times", []),
    ("you may one day", []),
    ("march on", []),
    ("the first order", []),
    ("the second one", []),
    ("first of all", []),
    ("one second", []),
    ("I sat in the sun", []),
    ("the 5th floor", []),
    ("in a few days", []),
    ("every day", []),
    ("February 30th", []),
    ("on Tuesdays", []),
    ("one oh three three", []),
]
UKRAINIAN = [
    ("17 березня", ["2026-03-17"]),
    ("сімнадцяте березня", ["2026-03-17"]),
    ("сімнадцятого березня", ["2026-03-17"]),
    ("на сімнадцяте березня", ["2026-03-17"]),
    ("сімнадцять березня", ["2026-03-17"]),
    ("17-го березня", ["2026-03-17"]),
    ("17-те березня", ["2026-03-17"]),
    ("двадцять п'яте березня", ["2026-03-25"]),
    ("двадцять п’ятого березня", ["2026-03-25"]),
    ("двадцять пʼяте березня", ["2026-03-25"]),
    ("тридцять першого березня", ["2026-03-31"]),
    ("третє березня", ["2027-03-03"]),
    ("17 березня 2025 року", ["2025-03-17"]),
    ("сімнадцяте березня дві тисячі двадцять сьомого року", ["2027-03-17"]),
    ("17.03", ["2026-03-17"]),
    ("17.03.2026", ["2026-03-17"]),
    ("17/03", ["2026-03-17"]),
    ("2026-03-17", ["2026-03-17"]),
    ("на 17-те", ["2026-03-17"]),
    ("17-го", ["2026-03-17"]),
    ("сімнадцятого", ["2026-03-17"]),
    ("на сімнадцяте, будь ласка", ["2026-03-17"]),
    ("17 числа", ["2026-03-17"]),
    ("сімнадцятого числа", ["2026-03-17"]),
    ("на третє", ["2026-04-03"]),
    ("п'ятого наступного місяця", ["2026-04-05"]),
    ("вівторок", ["2026-03-17"]),
    ("у вівторок", ["2026-03-17"]),
    ("у вівторок".replace("і", "i"), ["2026-03-17"]),
    ("сьогоднi, сiчень", ["2026-03-11"]),
    ("цієї п'ятниці".replace("ї", "\u0456\u0308"), ["2026-03-13"]),
    ("о 10.05", []),
    ("у середу", ["2026-03-18"]),
    ("в п'ятницю", ["2026-03-13"]),
    ("у пʼятницю", ["2026-03-13"]),
    ("цієї п'ятниці", ["2026-03-13"]),
    ("наступної п'ятниці", ["2026-03-20"]),
    ("в наступну п'ятницю", ["2026-03-20"]),
    ("наступного вівторка", ["2026-03-17"]),
    ("наступного тижня у вівторок", ["2026-03-17"]),
    ("у п'ятницю на наступному тижні", ["2026-03-20"]),
    ("минулого вівторка", ["2026-03-10"]),
    ("в неділю", ["2026-03-15"]),
    ("сьогодні", ["2026-03-11"]),
    ("завтра", ["2026-03-12"]),
    ("післязавтра", ["2026-03-13"]),
    ("вчора", ["2026-03-10"]),
    ("через три дні", ["2026-03-14"]),
    ("через 5 днів", ["2026-03-16"]),
    ("через тиждень", ["2026-03-18"]),
    ("через два тижні", ["2026-03-25"]),
    ("два дні тому", ["2026-03-09"]),
    ("вівторок, сімнадцяте березня", ["2026-03-17"]),
    ("у вівторок, 17 березня", ["2026-03-17"]),
    ("у вівторок сімнадцятого", ["2026-03-17"]),
    ("17 березня, вівторок", ["2026-03-17"]),
    ("завтра, у четвер", ["2026-03-12"]),
    ("в пятницу семнадцатого апреля", ["2026-04-17"]),
    ("у вівторок або в п'ятницю", ["2026-03-17", "2026-03-13"]),
    ("замовлення 1033 на вівторок", ["2026-03-17"]),
    ("з 14 на 17 березня", ["2026-03-14", "2026-03-17"]),
    ("17 або 18 березня", ["2026-03-17", "2026-03-18"]),
    ("замовлення 14 на 17 березня", ["2026-03-17"]),
    ("замовлення 10.12", []),
    ("замовлення 20417", []),
    ("перше замовлення", []),
    ("другий раз", []),
    ("через день", []),
    ("31 квітня", []),
    ("один нуль три три", []),
    ("тиждень", []),
    ("наступного тижня", []),
]
RUSSIAN = [
    ("17 марта", ["2026-03-17"]),
    ("семнадцатое марта", ["2026-03-17"]),
    ("семнадцатого марта", ["2026-03-17"]),
    ("на семнадцатое марта", ["2026-03-17"]),
    ("семнадцать марта", ["2026-03-17"]),
    ("17-го марта", ["2026-03-17"]),
    ("17-е марта", ["2026-03-17"]),
    ("двадцать пятого марта", ["2026-03-25"]),
    ("тридцать первое марта", ["2026-03-31"]),
    ("третье марта", ["2027-03-03"]),
    ("четвёртого апреля", ["2026-04-04"]),
    ("пятого мая", ["2026-05-05"]),
    ("17 марта 2025 года", ["2025-03-17"]),
    ("семнадцатого марта две тысячи двадцать седьмого года", ["2027-03-17"]),
    ("17.03", ["2026-03-17"]),
    ("17.03.2026", ["2026-03-17"]),
    ("2026-03-17", ["2026-03-17"]),
    ("на 17-е", ["2026-03-17"]),
    ("17-го", ["2026-03-17"]),
    ("семнадцатого", ["2026-03-17"]),
    ("17 числа", ["2026-03-17"]),
    ("семнадцатого числа", ["2026-03-17"]),
    ("на третье", ["2026-04-03"]),
    ("пятого следующего месяца", ["2026-04-05"]),
    ("вторник", ["2026-03-17"]),
    ("во вторник", ["2026-03-17"]),
    ("в среду", ["2026-03-18"]),
    ("в эту пятницу", ["2026-03-13"]),
    ("в ближайшую пятницу", ["2026-03-13"]),
    ("в следующую пятницу", ["2026-03-20"]),
    ("в следующий вторник", ["2026-03-17"]),
    ("на следующей неделе во вторник", ["2026-03-17"]),
    ("в пятницу на следующей неделе", ["2026-03-20"]),
    ("в прошлый вторник", ["2026-03-10"]),
    ("в воскресенье", ["2026-03-15"]),
    ("сегодня", ["2026-03-11"]),
    ("завтра", ["2026-03-12"]),
    ("послезавтра", ["2026-03-13"]),
    ("вчера", ["2026-03-10"]),
    ("через три дня", ["2026-03-14"]),
    ("через 5 дней", ["2026-03-16"]),
    ("через неделю", ["2026-03-18"]),
    ("через две недели", ["2026-03-25"]),
    ("два дня назад", ["2026-03-09"]),
    ("вторник, семнадцатое марта", ["2026-03-17"]),
    ("во вторник, 17 марта", ["2026-03-17"]),
    ("во вторник 17-го", ["2026-03-17"]),
    ("17 марта, во вторник", ["2026-03-17"]),
    ("завтра, в четверг", ["2026-03-12"]),
    ("у вівторок", ["2026-03-17"]),
    ("во вторник или в пятницу", ["2026-03-17", "2026-03-13"]),
    ("заказ 1033 на вторник", ["2026-03-17"]),
    ("с 14 на 17 марта", ["2026-03-14", "2026-03-17"]),
    ("17 или 18 марта", ["2026-03-17", "2026-03-18"]),
    ("заказ 10.12", []),
    ("заказ 20417", []),
    ("первый заказ", []),
    ("первого раза", []),
    ("на другое число", []),
    ("через день", []),
    ("31 апреля", []),
    ("один ноль три три", []),
    ("неделя", []),
    ("на следующей неделе", []),
]
TABLE = [
    *(("en", text, days) for text, days in ENGLISH),
    *(("uk", text, days) for text, days in UKRAINIAN),
    *(("ru", text, days) for text, days in RUSSIAN),
]


@pytest.mark.parametrize(("language", "text", "days"), TABLE)
def test_dates_are_read_and_nothing_else(language: Language, text: str, days: list[str]) -> None:
    mentions = read_dates(text, language, TODAY)
    assert [str(mention.date) for mention in mentions] == days
    assert all(mention.weekday_agrees for mention in mentions)
    assert all(text[mention.start : mention.end] == mention.text for mention in mentions)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "Tuesday the eighteenth of March", "2026-03-18"),
        ("en", "Monday, March 17th", "2026-03-17"),
        ("en", "March 17th, a day, Friday the 17th", None),
        ("en", "tomorrow, Friday", "2026-03-12"),
        ("en", "next Tuesday the 18th", "2026-03-18"),
        ("uk", "вівторок, вісімнадцяте березня", "2026-03-18"),
        ("uk", "в середу, 17 березня", "2026-03-17"),
        ("ru", "вторник, восемнадцатое марта", "2026-03-18"),
        ("ru", "в среду 17-го", "2026-03-17"),
    ],
)
def test_weekday_that_contradicts_its_date_is_told(language: Language, text: str, day: str | None) -> None:
    mentions = read_dates(text, language, TODAY)
    assert not mentions[-1].weekday_agrees
    if day is not None:
        assert [str(mention.date) for mention in mentions] == [day]


@pytest.mark.parametrize(
    ("today", "text", "day"),
    [
        # A bare weekday is strictly after today; "next" is the following Monday-to-Sunday week's.
        (date(2026, 3, 10), "Tuesday", date(2026, 3, 17)),
        (date(2026, 3, 9), "Tuesday", date(2026, 3, 10)),
        (date(2026, 3, 9), "next Tuesday", date(2026, 3, 17)),
        (date(2026, 3, 10), "next Tuesday", date(2026, 3, 17)),
        (date(2026, 3, 15), "next Tuesday", date(2026, 3, 17)),
        (date(2026, 3, 15), "Sunday", date(2026, 3, 22)),
        (date(2026, 3, 16), "last Sunday", date(2026, 3, 15)),
        (date(2026, 3, 15), "last Sunday", date(2026, 3, 8)),
        (date(2026, 12, 30), "January 2nd", date(2027, 1, 2)),
        (date(2026, 12, 30), "the 2nd", date(2027, 1, 2)),
        (date(2026, 12, 30), "in three days", date(2027, 1, 2)),
        (date(2026, 1, 31), "the 30th", date(2026, 3, 30)),
        (date(2026, 2, 28), "February 29th", date(2028, 2, 29)),
        (date(2028, 2, 28), "tomorrow", date(2028, 2, 29)),
    ],
)
def test_days_roll_forward_over_weeks_months_and_years(today: date, text: str, day: date) -> None:
    assert [mention.date for mention in read_dates(text, "en", today)] == [day]


FRIDAY, SUNDAY = date(2026, 3, 13), date(2026, 3, 15)


@pytest.mark.parametrize(
    ("language", "today", "text", "days"),
    [
        ("en", FRIDAY, "Thursday this week", [date(2026, 3, 12)]),
        ("uk", FRIDAY, "цього тижня у четвер", [date(2026, 3, 12)]),
        ("ru", FRIDAY, "на этой неделе в четверг", [date(2026, 3, 12)]),
        ("en", FRIDAY, "Saturday this week", [date(2026, 3, 14)]),
        # The coming Monday, or the one a week later: nobody can tell.
        ("uk", FRIDAY, "через тиждень в понеділок", []),
        ("ru", FRIDAY, "через неделю в понедельник", []),
        ("uk", FRIDAY, "на ту п'ятницю", []),
        ("en", date(2026, 3, 3), "next month on the 5th", [date(2026, 4, 5)]),
        ("ru", date(2026, 3, 3), "в следующем месяце пятого", [date(2026, 4, 5)]),
        ("uk", date(2026, 3, 3), "наступного місяця п'ятого", [date(2026, 4, 5)]),
        ("en", date(2026, 4, 1), "31st of this month", []),
        ("uk", date(2026, 4, 1), "тридцять першого цього місяця", []),
        ("en", date(2026, 1, 31), "in a month", []),
        ("en", SUNDAY, "fifth Monday of April", []),
        ("uk", TODAY, "між 14 і 17 березня", [date(2026, 3, 14), date(2026, 3, 17)]),
        ("uk", TODAY, "з п'ятого по десяте квітня", [date(2026, 4, 5), date(2026, 4, 10)]),
        ("ru", TODAY, "между вторником и четвергом", [date(2026, 3, 17), date(2026, 3, 12)]),
        ("en", TODAY, "from the 14th to the 17th of May", [date(2026, 5, 14), date(2026, 5, 17)]),
    ],
)
def test_day_is_of_the_month_and_week_that_were_said(
    language: Language, today: date, text: str, days: list[date]
) -> None:
    assert [mention.date for mention in read_dates(text, language, today)] == days


@pytest.mark.parametrize(
    ("language", "text", "is_negated"),
    [
        ("en", "Tuesday or Wednesday doesn't work", [True, True]),
        ("en", "Tuesday works but Wednesday doesn't work", [False, True]),
        ("en", "Tuesday not Wednesday", [False, True]),
        ("en", "I'm not home Tuesday", [True]),
        ("en", "I don't mind Tuesday", [False]),
        ("uk", "у вівторок або середу не можу", [True, True]),
        ("uk", "у вівторок не можу, у середу можу", [True, False]),
        ("uk", "на вівторок, я не буду вдома завтра", [False, True]),
        ("uk", "у вівторок я на роботі", [True]),
        ("uk", "не могли б ви перенести на вівторок", [False]),
        ("ru", "во вторник или среду не могу", [True, True]),
        ("ru", "во вторник не могу, в среду могу", [True, False]),
        ("ru", "не могли бы вы перенести на вторник", [False]),
    ],
)
def test_day_that_does_not_suit_is_not_meant(language: Language, text: str, is_negated: list[bool]) -> None:
    assert [mention.is_negated for mention in read_dates(text, language, TODAY)] == is_negated


@pytest.mark.parametrize(
    ("language", "case", "spoken"),
    [
        ("en", "nominative", "Wednesday the eighteenth of March"),
        ("en", "on", "on Wednesday the eighteenth of March"),
        ("uk", "nominative", "середа, вісімнадцяте березня"),
        ("uk", "accusative", "середу, вісімнадцяте березня"),
        ("uk", "on", "у середу, вісімнадцятого березня"),
        ("ru", "nominative", "среда, восемнадцатое марта"),
        ("ru", "accusative", "среду, восемнадцатое марта"),
        ("ru", "on", "в среду, восемнадцатого марта"),
    ],
)
def test_date_is_said_in_its_case(language: Language, case: Case, spoken: str) -> None:
    assert say_date(date(2026, 3, 18), language, case) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("en", "Tuesday the third of March"),
        ("uk", "вівторок, третє березня"),
        ("ru", "вторник, третье марта"),
    ],
)
def test_irregular_ordinals_are_said_right(language: Language, spoken: str) -> None:
    assert say_date(date(2026, 3, 3), language) == spoken


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", ["nominative", "accusative", "on"])
def test_every_day_of_a_year_is_read_as_it_was_said(language: Language, case: Case) -> None:
    for ahead in range(365):
        day = TODAY + timedelta(days=ahead)
        said = say_date(day, language, case)
        assert [(m.date, m.weekday_agrees) for m in read_dates(said, language, TODAY)] == [(day, True)], said


@settings(deadline=None)
@given(
    today=st.dates(date(2024, 1, 1), date(2099, 12, 31)),
    ahead=st.integers(0, 300),
    language=st.sampled_from(LANGUAGES),
)
def test_said_date_is_read_back_whatever_today_is(today: date, ahead: int, language: Language) -> None:
    day = today + timedelta(days=ahead)
    assert [mention.date for mention in read_dates(say_date(day, language), language, today)] == [day]


@settings(deadline=None)
@given(text=st.text(max_size=80), language=st.sampled_from(LANGUAGES), today=st.dates())
def test_any_text_can_be_read(text: str, language: Language, today: date) -> None:
    for mention in read_dates(text, language, today):
        assert text[mention.start : mention.end] == mention.text
