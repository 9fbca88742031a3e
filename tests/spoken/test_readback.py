"""What a sentence of the agent reads back. Today is Wednesday, 11 March 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoken import LANGUAGES, Language
from spoken.dates import say_date
from spoken.digits import say_digits
from spoken.readback import Readback, read_readback

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)
EXPECTED = Readback("1033", date(2026, 3, 17))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"),
        ("en", "So that's order 1033, moving to Tuesday, March 17th. Is that right?"),
        ("en", "Order 1033 to 2026-03-17, correct?"),
        ("en", "I'll move order number 10-33 to Tuesday, March seventeenth. Do you confirm?"),
        ("en", "Order 1033, Tuesday the 17th: that is order 1033 for the seventeenth of March, yes?"),
        ("en", "Order 1033, so Tuesday the 17th of March, next Tuesday. Right?"),
        ("en", "May I move order 1033 to March 17?"),
        ("en", "Order 1033 will be delivered on Tuesday the 17th of March. Does that work for you?"),
        ("en", "So, moving order 1033 to Tuesday the 17th of March. Would you like me to do that?"),
        ("en", "I can move order 1033 to Tuesday the 17th of March. Is that okay?"),
        ("en", "If you don't mind, I'll move order 1033 to Tuesday the 17th of March. Okay?"),
        ("en", "Shall I move order 1033 back to Tuesday the 17th of March?"),
        ("en", "Shall I move order number 1033 to your address to Tuesday the 17th of March?"),
        ("en", "I am happy to move order 1033 to Tuesday the 17th of March. Shall I?"),
        ("en", "Shall I change order number 1033 to Tuesday the 17th of March?"),
        ("uk", "Змінити дату доставки замовлення номер 1033 на вівторок, 17 березня?"),
        ("uk", "Змінити замовлення номер 1033 на нову дату, вівторок, 17 березня?"),
        ("uk", "Скажіть, будь ласка, так або ні. Можу перенести замовлення 1033 на вівторок, 17 березня. Переносити?"),
        ("ru", "Скажите, пожалуйста, да или нет. Перенести заказ 1033 на вторник, 17 марта?"),
        ("en", "Please say yes or no. Shall I move order 1033 to Tuesday the 17th of March?"),
        ("uk", "Ви не проти, якщо я перенесу замовлення 1033 на вівторок, 17 березня?"),
        ("ru", "Вы не против, если я перенесу заказ 1033 на вторник, 17 марта?"),
        ("uk", "Перенести замовлення 1033 на вівторок, 17 березня?"),
        ("uk", "Замовлення 1033, нова дата доставки: вівторок, 17 березня. Вас влаштовує?"),
        ("ru", "Перенести заказ 1033 на вторник, 17 марта?"),
        ("ru", "Доставим заказ 1033 во вторник, 17 марта. Вам подходит?"),
        ("uk", "Я можу перенести замовлення один нуль три три на вівторок, сімнадцяте березня. Переносити?"),
        ("uk", "замовлення 1033 на вівторок, 17 березня"),
        ("uk", "Переношу замовлення номер 1033 на 17 березня 2026 року, все вірно?"),
        ("ru", "Я могу перенести заказ один ноль три три на вторник, семнадцатое марта. Переносить?"),
        ("ru", "Заказ 1033 на вторник, 17 марта, верно?"),
        ("ru", "Переносим заказ номер 1033 на 17-е марта. Всё верно?"),
    ],
)
def test_one_order_and_one_date_are_read(language: Language, text: str) -> None:
    assert read_readback(text, language, TODAY) == EXPECTED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I can move order 1033 from Saturday the 14th to Tuesday the 17th. Shall I?"),
        ("en", "I can move orders 1033 and 1042 to Tuesday the seventeenth of March. Shall I?"),
        ("en", "I can move order 1033. Which day suits you?"),
        ("en", "Nobody can move order 1033 to Tuesday the 17th of March. Okay?"),
        ("en", "I can move order 1033 to Tuesday the 17th of March, to the new delivery address. Shall I?"),
        ("en", "Shall I move order 1033 to Tuesday the 17th of March and change your phone number?"),
        ("en", "I'll move order 1033 to Tuesday the 17th of March and transfer you to a colleague, okay?"),
        ("en", "Is order 1033 to be moved to Tuesday the 17th of March at ten o'clock?"),
        ("uk", "Перенести замовлення 1033 на вівторок, 17 березня, і змінити адресу?"),
        ("uk", "Переношу замовлення 1033 на вівторок, 17 березня, і з'єдную вас із колегою, добре?"),
        ("ru", "Перенести заказ 1033 на вторник, 17 марта, и поменять адрес?"),
        ("en", "I can move it to Tuesday the seventeenth of March. Shall I?"),
        ("en", "I can move order 1033 to Tuesday the eighteenth of March. Shall I?"),
        ("en", "I can't move order 1033 to Tuesday the seventeenth of March."),
        ("en", "Unfortunately order 1033 cannot come on Tuesday the 17th of March."),
        ("en", "Free days are Thursday the 12th, Friday the 13th and Saturday the 14th."),
        ("en", "Your phone 555 010 7788 and order 1033, Tuesday the 17th, right?"),
        ("en", "I can move order 1033 to Tuesday. Shall I?"),
        ("en", "I can move order 1033 to next Tuesday. Shall I?"),
        ("en", "I can move order 1033 to tomorrow. Shall I?"),
        ("uk", "Переношу замовлення 1033 на завтра, так?"),
        ("ru", "Переношу заказ 1033 на вторник, верно?"),
        (
            "en",
            "Your order is one zero three three. A gift for you comes on Tuesday the 17th of March. Want it?",
        ),
        ("en", "I see order 1033. Would you like to hear the news of Tuesday the seventeenth of March?"),
        ("en", "Order 1033 can be moved. On Tuesday the 17th of March we have a sale. Is that okay?"),
        ("en", "I can move order 1033 to Tuesday the 17th of March. Would you like a text message?"),
        ("en", "I can move order 1033 to Tuesday the 17th of March. Shall I? Or do you want a refund?"),
        ("uk", "Замовлення 1033. На вівторок, сімнадцяте березня, у нас знижка. Хочете?"),
        ("uk", "Можу перенести замовлення 1033 на вівторок, 17 березня. Надіслати вам смс?"),
        ("ru", "Заказ 1033. Во вторник, семнадцатого марта, у нас скидка. Хотите?"),
        ("ru", "Могу перенести заказ 1033 на вторник, 17 марта. Отправить вам смс?"),
        ("en", "Shall I not move order 1033 to Tuesday the 17th of March?"),
        ("en", "I won't move order 1033 to Tuesday the 17th of March, right?"),
        ("en", "Shall I cancel the delivery of order 1033 on Tuesday the 17th of March?"),
        ("en", "The delivery of order 1033 was due on Tuesday the 17th of March, right?"),
        ("en", "Did order 1033 arrive on Tuesday the 17th of March?"),
        ("en", "Keep order 1033 on Tuesday the 17th of March?"),
        ("en", "I can move order 1033 by Tuesday the 17th of March. Shall I?"),
        ("uk", "Скасувати доставку замовлення 1033 на вівторок, 17 березня?"),
        ("uk", "Не переносити замовлення 1033 на вівторок, 17 березня, вірно?"),
        ("uk", "Замовлення 1033 мали доставити у вівторок, 17 березня, так?"),
        ("uk", "Залишити замовлення 1033 на вівторок, 17 березня?"),
        ("ru", "Отменить доставку заказа 1033 на вторник, 17 марта?"),
        ("ru", "Не переносить заказ 1033 на вторник, 17 марта, верно?"),
        ("ru", "Доставка заказа 1033 была во вторник, 17 марта, верно?"),
        ("ru", "Оставить заказ 1033 на вторник, 17 марта?"),
        ("en", ""),
        ("uk", "Не можу перенести замовлення 1033 на вівторок, 17 березня."),
        ("uk", "Перенести замовлення 1033 на вівторок чи на середу?"),
        ("uk", "Замовлення 1033 на вівторок, вісімнадцяте березня, вірно?"),
        ("ru", "К сожалению, заказ 1033 на вторник, 17 марта перенести нельзя."),
        ("ru", "Перенести заказ 1033 на вторник или на среду?"),
        ("ru", "Заказ 1033 на вторник, восемнадцатое марта, верно?"),
    ],
)
def test_anything_else_is_no_read_back(language: Language, text: str) -> None:
    assert read_readback(text, language, TODAY) is None


TEMPLATES = {
    "en": "I can move order {order} to {date}. Shall I?",
    "uk": "Я можу перенести замовлення {order} на {date}. Переносити?",
    "ru": "Я могу перенести заказ {order} на {date}. Переносить?",
}


@settings(deadline=None)
@given(
    order_id=st.text("0123456789", min_size=3, max_size=10),
    ahead=st.integers(0, 364),
    language=st.sampled_from(LANGUAGES),
    is_spelled=st.booleans(),
)
def test_template_is_read_as_it_was_filled(order_id: str, ahead: int, language: Language, is_spelled: bool) -> None:
    day = TODAY + timedelta(days=ahead)
    order = say_digits(order_id, language) if is_spelled else order_id
    text = TEMPLATES[language].format(order=order, date=say_date(day, language, "accusative"))
    assert read_readback(text, language, TODAY) == Readback(order_id, day)
