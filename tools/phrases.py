"""What the caller hears when a tool did not do it: one catalogue, three languages."""

from __future__ import annotations

import datetime as dt

from spoken import Language
from spoken.dates import say_date
from spoken.digits import say_digits
from spoken.times import say_time

PHRASES: dict[str, dict[Language, str]] = {
    # Refused: said before anything was done.
    "identity_needed": {
        "uk": "Назвіть, будь ласка, номер телефону, на який оформлено замовлення, і номер замовлення.",
        "ru": "Назовите, пожалуйста, номер телефона, на который оформлен заказ, и номер заказа.",
        "en": "Please tell me the phone number on the order and the order number.",
    },
    "no_own_orders": {
        "uk": "На номер, з якого ви телефонуєте, я не бачу замовлень. "
        "Назвіть, будь ласка, номер телефону, на який оформлено замовлення, і номер замовлення.",
        "ru": "На номер, с которого вы звоните, я не вижу заказов. "
        "Назовите, пожалуйста, номер телефона, на который оформлен заказ, и номер заказа.",
        "en": "I see no orders under the number you are calling from. "
        "Please tell me the phone number on the order and the order number.",
    },
    "number_needed": {
        "uk": "Назвіть, будь ласка, номер, про який ідеться.",
        "ru": "Назовите, пожалуйста, номер, о котором речь.",
        "en": "Please tell me the number it is about.",
    },
    "order_needed": {
        "uk": "Назвіть, будь ласка, номер замовлення.",
        "ru": "Назовите, пожалуйста, номер заказа.",
        "en": "Please tell me the order number.",
    },
    "day_needed": {
        "uk": "На який день вам було б зручно?",
        "ru": "На какой день вам было бы удобно?",
        "en": "Which day would suit you?",
    },
    "not_identified": {
        "uk": "За цими даними я не можу відкрити замовлення. "
        "Назвіть, будь ласка, номер телефону, на який воно оформлене, і номер замовлення.",
        "ru": "По этим данным я не могу открыть заказ. "
        "Назовите, пожалуйста, номер телефона, на который он оформлен, и номер заказа.",
        "en": "I can't open an order with these details. "
        "Please tell me the phone number on the order and the order number.",
    },
    "not_identified_often": {
        "uk": "За цими даними я не можу відкрити замовлення. З'єднати вас із колегою?",
        "ru": "По этим данным я не могу открыть заказ. Соединить вас с коллегой?",
        "en": "I can't open an order with these details. Shall I connect you to a colleague?",
    },
    "code_needed": {
        "uk": "Спершу потрібен код, який прийде на номер телефону, вказаний у замовленні.",
        "ru": "Сначала нужен код, который придёт на номер телефона, указанный в заказе.",
        "en": "First I need the code that is sent to the phone number on the order.",
    },
    "code_failed": {
        "uk": "Без правильного коду я не можу відкрити замовлення. З'єднати вас із колегою?",
        "ru": "Без правильного кода я не могу открыть заказ. Соединить вас с коллегой?",
        "en": "Without the right code I can't open the order. Shall I connect you to a colleague?",
    },
    "not_movable_out_for_delivery": {
        "uk": "Замовлення {order} вже везе кур'єр, тому перенести його не можна.",
        "ru": "Заказ {order} уже везёт курьер, поэтому перенести его нельзя.",
        "en": "Order {order} is already out for delivery, so it can't be moved.",
    },
    "not_movable_delivered": {
        "uk": "Замовлення {order} вже доставлене, тому перенести його не можна.",
        "ru": "Заказ {order} уже доставлен, поэтому перенести его нельзя.",
        "en": "Order {order} has already been delivered, so it can't be moved.",
    },
    "not_movable_cancelled": {
        "uk": "Замовлення {order} скасоване, тому перенести його не можна.",
        "ru": "Заказ {order} отменён, поэтому перенести его нельзя.",
        "en": "Order {order} was cancelled, so it can't be moved.",
    },
    "not_movable_scheduled": {
        "uk": "Замовлення {order} зараз перенести не можна.",
        "ru": "Заказ {order} сейчас перенести нельзя.",
        "en": "Order {order} can't be moved at the moment.",
    },
    "date_too_early": {
        "uk": "Так рано не вийде. Найближчий можливий день: {day}.",
        "ru": "Так рано не получится. Ближайший возможный день: {day}.",
        "en": "That is too soon. The earliest possible day is {day}.",
    },
    "date_too_late": {
        "uk": "Так пізно не вийде. Останній можливий день: {day}.",
        "ru": "Так поздно не получится. Последний возможный день: {day}.",
        "en": "That is too far ahead. The latest possible day is {day}.",
    },
    "date_sunday": {
        "uk": "У неділю ми не доставляємо. Який інший день вам підійде?",
        "ru": "В воскресенье мы не доставляем. Какой другой день вам подойдёт?",
        "en": "We don't deliver on Sundays. Which other day would suit you?",
    },
    "date_unchanged": {
        "uk": "Замовлення {order} вже заплановане на цей день: {day}.",
        "ru": "Заказ {order} уже запланирован на этот день: {day}.",
        "en": "Order {order} is already planned for that day, {day}.",
    },
    "not_confirmed": {
        "uk": "Отже, замовлення {order}, нова дата доставки: {day}. Переносимо?",
        "ru": "Итак, заказ {order}, новая дата доставки: {day}. Переносим?",
        "en": "So that is order {order}, moved to {day}. Shall I do that?",
    },
    "invalid_arguments": {
        "uk": "Вибачте, я не все зрозумів. Повторіть, будь ласка.",
        "ru": "Извините, я не всё понял. Повторите, пожалуйста.",
        "en": "Sorry, I didn't get all of that. Could you say it again?",
    },
    "unknown_tool": {
        "uk": "На жаль, цього я зробити не можу.",
        "ru": "К сожалению, этого я сделать не могу.",
        "en": "I'm afraid I can't do that.",
    },
    # Failed: nothing was changed. Unknown: nobody can tell yet.
    "read_failed": {
        "uk": "Вибачте, наша система замовлень зараз не відповідає.",
        "ru": "Извините, наша система заказов сейчас не отвечает.",
        "en": "I'm sorry, our order system is not answering right now.",
    },
    "write_failed": {
        "uk": "Вибачте, наша система не прийняла зміну. Усе залишилося, як було.",
        "ru": "Извините, наша система не приняла изменение. Всё осталось, как было.",
        "en": "I'm sorry, our system did not take the change. Everything is as it was.",
    },
    "write_unknown": {
        "uk": "Вибачте, я зараз не можу сказати, чи збереглася зміна.",
        "ru": "Извините, я сейчас не могу сказать, сохранилось ли изменение.",
        "en": "I'm sorry, I can't tell right now whether the change was saved.",
    },
    "delivery_changed": {
        "uk": "Тим часом у цій доставці з'явилася зміна від іншої людини, тому я її не чіпав.",
        "ru": "Тем временем в этой доставке появилось изменение от другого человека, поэтому я её не трогал.",
        "en": "In the meantime there was a change to this delivery by somebody else, so I left it alone.",
    },
    "planned_now": {
        "uk": "Замовлення {order}, дата доставки тепер: {day}. Який день вам підійде?",
        "ru": "Заказ {order}, дата доставки теперь: {day}. Какой день вам подойдёт?",
        "en": "Order {order} is now planned for {day}. Which day would suit you?",
    },
    "transfer_to_human_failed": {
        "uk": "Вибачте, зараз я не можу з'єднати вас із колегою.",
        "ru": "Извините, сейчас я не могу соединить вас с коллегой.",
        "en": "I'm sorry, I can't connect you to a colleague right now.",
    },
    "no_messages": {
        "uk": "На жаль, я не можу надіслати вам повідомлення.",
        "ru": "К сожалению, я не могу отправить вам сообщение.",
        "en": "I'm afraid I can't send you a text message.",
    },
    "send_sms_failed": {
        "uk": "Вибачте, повідомлення не надіслалося.",
        "ru": "Извините, сообщение не отправилось.",
        "en": "I'm sorry, the text message could not be sent.",
    },
    "send_sms_unknown": {
        "uk": "Вибачте, я зараз не можу сказати, чи надіслалося повідомлення.",
        "ru": "Извините, я сейчас не могу сказать, отправилось ли сообщение.",
        "en": "I'm sorry, I can't tell right now whether the text message was sent.",
    },
    "not_found": {
        "uk": "За цими даними я нічого не знаходжу.",
        "ru": "По этим данным я ничего не нахожу.",
        "en": "I can't find anything with these details.",
    },
    "rejected": {
        "uk": "На жаль, так не вийде.",
        "ru": "К сожалению, так не получится.",
        "en": "I'm afraid that isn't possible.",
    },
    "callback_number_needed": {
        "uk": "Назвіть, будь ласка, номер, на який вам зателефонувати.",
        "ru": "Назовите, пожалуйста, номер, на который вам позвонить.",
        "en": "Please tell me the number we should call you on.",
    },
    "callback_number_not_stated": {
        "uk": "Повторіть, будь ласка, цифра за цифрою номер, на який вам зателефонувати.",
        "ru": "Повторите, пожалуйста, цифра за цифрой номер, на который вам позвонить.",
        "en": "Please say the number we should call you on once more, digit by digit.",
    },
    "callback_time_needed": {
        "uk": "О котрій годині вам зателефонувати?",
        "ru": "В котором часу вам позвонить?",
        "en": "What time should we call you?",
    },
    "callback_past": {
        "uk": "Цей час уже минув. Коли вам зателефонувати?",
        "ru": "Это время уже прошло. Когда вам позвонить?",
        "en": "That time has already passed. When should we call you?",
    },
    "callback_sunday": {
        "uk": "У неділю ми не телефонуємо. Який інший день вам підійде?",
        "ru": "В воскресенье мы не звоним. Какой другой день вам подойдёт?",
        "en": "We don't call on Sundays. Which other day would suit you?",
    },
    "callback_closed": {
        "uk": "Ми телефонуємо з {opens} до {closes}. Який час вам підійде?",
        "ru": "Мы звоним с {opens} до {closes}. Какое время вам подойдёт?",
        "en": "We call between {opens} and {closes}. What time would suit you?",
    },
    "create_callback_failed": {
        "uk": "Вибачте, ваше прохання зателефонувати не збереглося.",
        "ru": "Извините, ваша просьба позвонить не сохранилась.",
        "en": "I'm sorry, your callback could not be saved.",
    },
    "call_control_failed": {
        "uk": "Вибачте, у нас сталася технічна помилка.",
        "ru": "Извините, у нас произошла техническая ошибка.",
        "en": "I'm sorry, something went wrong on our side.",
    },
}


CALLBACK_QUESTION: dict[Language, str] = {
    "uk": "Отже, зателефонувати на {number}. Коли: {day}, о {time}. Правильно?",
    "ru": "Итак, позвонить на {number}. Когда: {day}, в {time}. Правильно?",
    "en": "So we call {number} on {day} at {time}. Is that right?",
}
OWN_NUMBER: dict[Language, str] = {
    "uk": "номер, з якого ви телефонуєте",
    "ru": "номер, с которого вы звоните",
    "en": "the number you are calling from",
}


def say(
    phrase: str,
    language: Language,
    *,
    order_id: str | None = None,
    day: dt.date | None = None,
    hours: tuple[dt.time, dt.time] | None = None,
) -> str:
    """A sentence of the catalogue, with the order's number, the day and the hours as they are said aloud."""
    order = "" if order_id is None else _say_order_id(order_id, language)
    date = "" if day is None else say_date(day, language)
    opens, closes = (say_time(hour, language, "genitive") for hour in hours) if hours else ("", "")
    return PHRASES[phrase][language].format(order=order, day=date, opens=opens, closes=closes)


def _say_order_id(order_id: str, language: Language) -> str:
    return say_digits(order_id, language) if order_id.isascii() and order_id.isdigit() else order_id
