"""Whole calls: what the caller says, which tools are called, in three languages."""

from __future__ import annotations

from typing import Any

import pytest
from dialogue_shop import Shop, converse, order

pytestmark = pytest.mark.unit

LOOKUP, MOVE, HUMAN, END = "lookup_order", "reschedule_delivery", "transfer_to_human", "end_call"
Calls = list[tuple[str, dict[str, str]]]

OTHER_PHONE = "+380971234567"


def two_orders() -> Shop:
    return Shop({"1033": order(), "1042": order("2026-03-16")})


def moved(number: str = "1033", day: str = "2026-03-17") -> tuple[str, dict[str, str]]:
    return (MOVE, {"order_id": number, "new_date": day})


def looked_up(number: str | None = None, phone: str | None = None) -> tuple[str, dict[str, str]]:
    arguments = {"order_id": number, "phone": phone}
    return (LOOKUP, {key: value for key, value in arguments.items() if value})


def ended(reason: str = "done") -> tuple[str, dict[str, str]]:
    return (END, {"reason": reason})


TO_HUMAN = (HUMAN, {"reason": "asked"})
ACCEPTED = (HUMAN, {"reason": "accepted"})

# rule: (turns by language, expected calls, shop, who calls)
CASES: dict[str, tuple[dict[str, list[str]], Calls, Any, str]] = {
    "a caller's own order is moved step by step": (
        {
            "en": ["I need to move my delivery.", "Tuesday would be good", "Yes", "No, that's all"],
            "uk": ["Хочу перенести доставку", "Давайте на вівторок", "Так", "Ні, дякую"],
            "ru": ["Хочу перенести доставку", "Давайте во вторник", "Да", "Нет, спасибо"],
        },
        [looked_up(), moved(), ended()],
        Shop,
        "known",
    ),
    "order and day in one sentence lead straight to the read-back": (
        {
            "en": [
                "Hi, please move order one zero three three to Tuesday the seventeenth of March",
                "Yes, please do",
                "Thanks, goodbye",
            ],
            "uk": [
                "Добрий день, перенесіть замовлення один нуль три три на вівторок, сімнадцяте березня",
                "Так, будь ласка",
                "Дякую, до побачення",
            ],
            "ru": [
                "Здравствуйте, перенесите заказ один ноль три три на вторник семнадцатое марта",
                "Да, пожалуйста",
                "Спасибо, до свидания",
            ],
        },
        [looked_up("1033"), moved(), ended()],
        Shop,
        "known",
    ),
    "of several orders the caller names one": (
        {
            "en": ["I want to reschedule my delivery", "order one zero four two", "March the eighteenth", "yes", "no"],
            "uk": ["Хочу перенести доставку", "Один нуль чотири два", "вісімнадцяте березня", "так", "ні"],
            "ru": ["Хочу перенести доставку", "Один ноль четыре два", "восемнадцатое марта", "да", "нет"],
        },
        [looked_up(), looked_up("1042"), moved("1042", "2026-03-18"), ended()],
        two_orders,
        "known",
    ),
    "of several orders the caller names one by its day": (
        {
            "en": ["I want to reschedule my delivery", "the one for Monday", "March the eighteenth", "yes", "no"],
            "uk": ["Хочу перенести доставку", "те, що на понеділок", "вісімнадцяте березня", "так", "ні"],
            "ru": ["Хочу перенести доставку", "тот, что на понедельник", "восемнадцатое марта", "да", "нет"],
        },
        [looked_up(), looked_up("1042"), moved("1042", "2026-03-18"), ended()],
        two_orders,
        "known",
    ),
    "a status question is answered and the call ends": (
        {
            "en": ["Where is my order?", "No, thank you"],
            "uk": ["Де моє замовлення?", "Ні, дякую"],
            "ru": ["Где мой заказ?", "Нет, спасибо"],
        },
        [looked_up(), ended()],
        Shop,
        "known",
    ),
    "a Sunday is not read back": (
        {
            "en": ["Move my order to Sunday", "Then Tuesday", "yes", "no"],
            "uk": ["Перенесіть моє замовлення на неділю", "Тоді вівторок", "так", "ні"],
            "ru": ["Перенесите мой заказ на воскресенье", "Тогда вторник", "да", "нет"],
        },
        [looked_up(), moved(), ended()],
        Shop,
        "known",
    ),
    "a no to the read-back leads to another day": (
        {
            "en": ["Move order 1033 to Tuesday", "No", "Wednesday", "Yes", "No"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Ні", "На середу", "Так", "Ні"],
            "ru": ["Перенесите заказ 1033 на вторник", "Нет", "На среду", "Да", "Нет"],
        },
        [looked_up("1033"), moved(day="2026-03-18"), ended()],
        Shop,
        "known",
    ),
    "a corrected day is read back anew": (
        {
            "en": ["Move order 1033 to Tuesday", "Yes, but Wednesday", "Yes", "No thanks"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Так, тільки на середу", "Так", "Ні, дякую"],
            "ru": ["Перенесите заказ 1033 на вторник", "Да, только на среду", "Да", "Нет, спасибо"],
        },
        [looked_up("1033"), moved(day="2026-03-18"), ended()],
        Shop,
        "known",
    ),
    "a corrected order number starts from a new lookup and keeps the day": (
        {
            "en": ["Move order 1033 to Tuesday", "No, one zero four two", "Yes", "No"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Ні, один нуль чотири два", "Так", "Ні"],
            "ru": ["Перенесите заказ 1033 на вторник", "Нет, один ноль четыре два", "Да", "Нет"],
        },
        [looked_up("1033"), looked_up("1042"), moved("1042"), ended()],
        two_orders,
        "known",
    ),
    "a mumbled answer gets the read-back again": (
        {
            "en": ["Move order 1033 to Tuesday", "mm-hm", "Yes", "No"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "угу", "Так", "Ні"],
            "ru": ["Перенесите заказ 1033 на вторник", "угу", "Да", "Нет"],
        },
        [looked_up("1033"), moved(), ended()],
        Shop,
        "known",
    ),
    "a wish that is dropped changes nothing": (
        {
            "en": ["I need to move my delivery", "Oh, never mind"],
            "uk": ["Хочу перенести доставку", "Ой, не треба, забудьте"],
            "ru": ["Хочу перенести доставку", "Ой, не надо, забудьте"],
        },
        [looked_up(), ended("nothing_wanted")],
        Shop,
        "known",
    ),
    "a wrong number is let go": (
        {
            "en": ["Sorry, wrong number"],
            "uk": ["Ой, я помилився номером"],
            "ru": ["Ой, я ошибся номером"],
        },
        [ended("wrong_number")],
        Shop,
        "known",
    ),
    "a voicemail is not talked to": (
        {
            "en": ["You have reached the voicemail of John, please leave a message after the tone"],
            "uk": ["Вас вітає голосова пошта, залиште повідомлення після сигналу"],
            "ru": ["Вас приветствует автоответчик, оставьте сообщение после сигнала"],
        },
        [ended("voicemail")],
        Shop,
        "known",
    ),
    "a human is given to who asks for one": (
        {
            "en": ["Let me talk to a human, please"],
            "uk": ["З'єднайте мене з оператором"],
            "ru": ["Соедините меня с оператором"],
        },
        [TO_HUMAN],
        Shop,
        "known",
    ),
    "two requests in one call": (
        {
            "en": ["Where is order 1042?", "And move order 1033 to Tuesday please", "Yes", "No, goodbye"],
            "uk": ["Де замовлення 1042?", "І перенесіть замовлення 1033 на вівторок", "Так", "Ні, до побачення"],
            "ru": ["Где заказ 1042?", "И перенесите заказ 1033 на вторник", "Да", "Нет, до свидания"],
        },
        [looked_up("1042"), looked_up("1033"), moved(), ended()],
        two_orders,
        "known",
    ),
    "what this desk cannot do goes to a human": (
        {
            "en": ["I want to cancel my order", "Yes please"],
            "uk": ["Хочу скасувати замовлення", "Так, будь ласка"],
            "ru": ["Хочу отменить заказ", "Да, пожалуйста"],
        },
        [ACCEPTED],
        Shop,
        "known",
    ),
    "nonsense is asked about once and then goes to a human": (
        {
            "en": ["The sky has potatoes", "La la la bananas", "No"],
            "uk": ["Небо картопля", "Ля ля ля банани", "Ні"],
            "ru": ["Небо картошка", "Ля ля ля бананы", "Нет"],
        },
        [ended("nothing_wanted")],
        Shop,
        "known",
    ),
    "an order that is on its way cannot be moved": (
        {
            "en": ["Move order 1033 to Tuesday", "No, that's fine"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Ні, дякую"],
            "ru": ["Перенесите заказ 1033 на вторник", "Нет, спасибо"],
        },
        [looked_up("1033"), ended()],
        lambda: Shop({"1033": order(status="out_for_delivery")}),
        "known",
    ),
    "an unknown number is asked for again": (
        {
            "en": ["Where is order 7777?", "One zero three three", "Thanks, bye"],
            "uk": ["Де замовлення 7777?", "Один нуль три три", "Дякую, до побачення"],
            "ru": ["Где заказ 7777?", "Один ноль три три", "Спасибо, до свидания"],
        },
        [looked_up("7777"), looked_up("1033"), ended()],
        Shop,
        "known",
    ),
    "three unknown numbers lead to a human": (
        {
            "en": ["Where is order 7777?", "7778", "7779", "Yes"],
            "uk": ["Де замовлення 7777?", "7778", "7779", "Так"],
            "ru": ["Где заказ 7777?", "7778", "7779", "Да"],
        },
        [looked_up("7777"), looked_up("7778"), looked_up("7779"), ACCEPTED],
        Shop,
        "known",
    ),
    "somebody else's order is shown to who knows its phone": (
        {
            "en": ["Where is order 2050?", "The phone is plus three eight zero 97 123 45 67", "No, bye"],
            "uk": ["Де замовлення 2050?", "Телефон нуль дев'ять сім, один два три, чотири п'ять, шість сім", "Ні"],
            "ru": ["Где заказ 2050?", "Телефон ноль девять семь, один два три, четыре пять, шесть семь", "Нет"],
        },
        [looked_up("2050"), looked_up("2050", OTHER_PHONE), ended()],
        lambda: Shop({"1033": order(), "2050": order(phone=OTHER_PHONE)}),
        "known",
    ),
    "a caller without a number states both at once": (
        {
            "en": ["Where is order 2050, phone 097 123 45 67", "No"],
            "uk": ["Де замовлення 2050, телефон 097 123 45 67", "Ні"],
            "ru": ["Где заказ 2050, телефон 097 123 45 67", "Нет"],
        },
        [looked_up("2050", OTHER_PHONE), ended()],
        lambda: Shop({"2050": order(phone=OTHER_PHONE)}),
        "withheld",
    ),
    "a caller without a number states one thing a turn, the phone in pieces": (
        {
            "en": [
                "I'd like to move a delivery",
                "two zero five zero",
                "zero nine seven",
                "one two three",
                "45 67",
                "Tuesday",
                "yes",
                "no",
            ],
            "uk": [
                "Хочу перенести доставку",
                "два нуль п'ять нуль",
                "нуль дев'ять сім",
                "один два три",
                "45 67",
                "на вівторок",
                "так",
                "ні",
            ],
            "ru": [
                "Хочу перенести доставку",
                "два ноль пять ноль",
                "ноль девять семь",
                "один два три",
                "45 67",
                "на вторник",
                "да",
                "нет",
            ],
        },
        [looked_up("2050", OTHER_PHONE), moved("2050"), ended()],
        lambda: Shop({"2050": order(phone=OTHER_PHONE)}),
        "withheld",
    ),
    "an order number dictated in pieces is joined": (
        {
            "en": ["Where is order 7777?", "one zero", "three three", "no"],
            "uk": ["Де замовлення 7777?", "один нуль", "три три", "ні"],
            "ru": ["Где заказ 7777?", "один ноль", "три три", "нет"],
        },
        [looked_up("7777"), looked_up("1033"), ended()],
        Shop,
        "known",
    ),
    "the first of the days offered is taken": (
        {
            "en": ["Move my delivery", "the first one", "yes", "no"],
            "uk": ["Перенесіть мою доставку", "перший варіант", "так", "ні"],
            "ru": ["Перенесите мою доставку", "первый вариант", "да", "нет"],
        },
        [looked_up(), moved(day="2026-03-12"), ended()],
        Shop,
        "known",
    ),
    "a caller who has all they wanted is let go": (
        {
            "en": ["Where is my order?", "That's all, thank you"],
            "uk": ["Де моє замовлення?", "Дякую, це все"],
            "ru": ["Где мой заказ?", "Спасибо, это всё"],
        },
        [looked_up(), ended()],
        Shop,
        "known",
    ),
    "a no to what was told does not end the call": (
        {
            "en": ["Where is my order?", "No, that's not my order", "One zero four two", "no"],
            "uk": ["Де моє замовлення?", "Ні, це не моє", "Один нуль чотири два", "ні"],
            "ru": ["Где мой заказ?", "Нет, это не мой", "Один ноль четыре два", "нет"],
        },
        [looked_up(), ended()],
        two_orders,
        "known",
    ),
    "a caller who does not know the order number is offered a human": (
        {
            "en": ["Where is my order?", "I don't know the number", "Yes, please"],
            "uk": ["Де моє замовлення?", "Я не знаю номера", "Так, будь ласка"],
            "ru": ["Где мой заказ?", "Я не знаю номера", "Да, пожалуйста"],
        },
        [ACCEPTED],
        Shop,
        "withheld",
    ),
    "an order number may come from the keypad": (
        {
            "en": ["DTMF: 1033#", "Can I have it on Tuesday instead?", "Yes", "No"],
            "uk": ["DTMF: 1033#", "А можна у вівторок?", "Так", "Ні"],
            "ru": ["DTMF: 1033#", "А можно во вторник?", "Да", "Нет"],
        },
        [looked_up("1033"), moved(), ended()],
        Shop,
        "known",
    ),
    "a second order is moved in the same call": (
        {
            "en": ["Move order 1033 to Tuesday", "Yes", "And the other order to Wednesday", "Yes", "No"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Так", "І інше замовлення на середу", "Так", "Ні"],
            "ru": ["Перенесите заказ 1033 на вторник", "Да", "И другой заказ на среду", "Да", "Нет"],
        },
        [
            *(looked_up("1033"), moved()),
            *(looked_up(), looked_up("1042"), moved("1042", "2026-03-18")),
            ended(),
        ],
        two_orders,
        "known",
    ),
    "a failed lookup is told and a human is offered": (
        {"en": ["Where is my order?", "Yes"], "uk": ["Де моє замовлення?", "Так"], "ru": ["Где мой заказ?", "Да"]},
        [looked_up(), ACCEPTED],
        lambda: Shop(faults={"lookup_order": [{"status": "failed", "reason": "connection_refused", "say": ""}]}),
        "known",
    ),
    "the caller declines the human after an unknown result": (
        {
            "en": ["Move order 1033 to Tuesday", "Yes", "No"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Так", "Ні"],
            "ru": ["Перенесите заказ 1033 на вторник", "Да", "Нет"],
        },
        [looked_up("1033"), moved(), ended()],
        lambda: Shop(faults={"reschedule_delivery": [{"status": "unknown", "reason": "timeout", "say": ""}]}),
        "known",
    ),
    "a write that wants the product's own read-back is called again after the yes": (
        {
            "en": ["Move order 1033 to Tuesday", "Yes", "Yes", "No"],
            "uk": ["Перенесіть замовлення 1033 на вівторок", "Так", "Так", "Ні"],
            "ru": ["Перенесите заказ 1033 на вторник", "Да", "Да", "Нет"],
        },
        [looked_up("1033"), moved(), moved(), ended()],
        lambda: Shop(faults={"reschedule_delivery": [{"status": "refused", "reason": "not_confirmed", "say": ""}]}),
        "known",
    ),
}


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
@pytest.mark.parametrize("rule", CASES)
def test_call(rule: str, language: str) -> None:
    turns, expected, shop, caller = CASES[rule]
    line = converse(turns[language], language, shop(), caller)
    assert line.calls == expected, "\n".join(line.said)
    assert line.is_over
