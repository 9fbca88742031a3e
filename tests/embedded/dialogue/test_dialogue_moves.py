"""Whole calls that move a delivery: what the caller says and which tools are called, in three languages."""

from __future__ import annotations

from typing import Any

import pytest
from dialogue_shop import (
    OTHER_PHONE,
    Calls,
    Shop,
    converse,
    ended,
    looked_up,
    moved,
    order,
    two_orders,
)

pytestmark = pytest.mark.unit

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
    "a day that does not suit is not proposed": (
        {
            "en": [
                "I need to move my delivery, I won't be home on Saturday",
                "Monday doesn't work, Tuesday",
                "Yes",
                "No",
            ],
            "uk": [
                "Перенесіть доставку, у суботу мене не буде",
                "Не можу в понеділок, давайте у вівторок",
                "Так",
                "Ні",
            ],
            "ru": ["Перенесите доставку, в субботу меня не будет", "В понедельник не могу, во вторник", "Да", "Нет"],
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
