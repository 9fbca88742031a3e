"""Whole calls that move nothing: what the caller says and which tools are called, in three languages."""

from __future__ import annotations

from typing import Any

import pytest
from dialogue_shop import (
    ACCEPTED,
    OTHER_PHONE,
    TO_HUMAN,
    Calls,
    Shop,
    converse,
    ended,
    looked_up,
    order,
    two_orders,
)

pytestmark = pytest.mark.unit

# rule: (turns by language, expected calls, shop, who calls)
CASES: dict[str, tuple[dict[str, list[str]], Calls, Any, str]] = {
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
    "a failed lookup is told and a human is offered": (
        {"en": ["Where is my order?", "Yes"], "uk": ["Де моє замовлення?", "Так"], "ru": ["Где мой заказ?", "Да"]},
        [looked_up(), ACCEPTED],
        lambda: Shop(faults={"lookup_order": [{"status": "failed", "reason": "connection_refused", "say": ""}]}),
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


COMPLAINTS = [
    *("I can't take the parcel on Saturday", "I got the wrong item", "It's not what I ordered"),
    *(
        "The driver refused to come up",
        "I don't want to wait till Saturday",
        "No, this is impossible, I've waited a week",
    ),
    *("Я не можу забрати посилку в суботу", "Мені неправильно вказали адресу", "Мені нічого не привезли"),
    *("Хочу повернути товар", "Ні, ну це неможливо, третій день чекаю", "Неправильна адреса"),
    *("Я не могу забрать посылку в субботу", "Курьер отказался подниматься", "Ошибка в заказе", "Хочу вернуть товар"),
]


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_who_tells_what_is_wrong_is_not_let_go(complaint: str) -> None:
    language = "en" if complaint.isascii() else "uk" if set(complaint) & set("іїєґ") else "ru"
    assert not converse([complaint], language).is_over
    served = {"en": "Where is my order?", "uk": "Де моє замовлення?", "ru": "Где мой заказ?"}[language]
    if not complaint.startswith(("No", "Ні")):  # that answers whether anything else is wanted
        assert not converse([served, complaint], language).is_over


@pytest.mark.parametrize(("language", "refusal"), [("en", "No."), ("uk", "Ні."), ("ru", "Нет."), ("en", "not really")])
def test_who_wants_nothing_is_let_go(language: str, refusal: str) -> None:
    assert converse([refusal], language).is_over


@pytest.mark.parametrize(("language", "last"), [("uk", "Не, все."), ("ru", "не, всё"), ("ru", "не, спасибо")])
def test_a_short_no_after_the_answer_ends_the_call(language: str, last: str) -> None:
    assert converse([{"uk": "Де моє замовлення?", "ru": "Где мой заказ?"}[language], last], language).is_over
