"""What the desk says: facts from tool results, read-backs that parse, refusals as they were given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dialogue_shop import GREETING, SAY, TODAY, TOOLS, Line, Shop, converse, order, setting_line

from embedded.dialogue import Reply, reply
from spoken.dates import read_dates, say_date
from spoken.readback import read_readback

pytestmark = pytest.mark.unit

LANGUAGES = ["uk", "ru", "en"]
MOVE_TO = {
    "en": "Please move order 1033 to {day}",
    "uk": "Перенесіть замовлення 1033 на {day}",
    "ru": "Перенесите заказ 1033 на {day}",
}
TUESDAY = {"en": "Tuesday", "uk": "вівторок", "ru": "вторник"}
YES = {"en": "Yes", "uk": "Так", "ru": "Да"}
NO = {"en": "No", "uk": "Ні", "ru": "Нет"}
HUMAN_QUESTION = {
    "en": "Would you like me to connect you with a colleague?",
    "uk": "З'єднати вас із колегою?",
    "ru": "Соединить вас с коллегой?",
}
DAY_QUESTION = {
    "en": "Which day suits you?",
    "uk": "Який день вам підходить?",
    "ru": "Какой день вам подходит?",
}


def day_of(number: int, language: str) -> str:
    return say_date(TODAY.replace(day=number), language, "accusative")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ahead", range(1, 15))
def test_read_back_of_every_day_that_can_be_had_parses_back(language: str, ahead: int) -> None:
    day = TODAY + timedelta(days=ahead)
    said = Line(Shop({"1033": order("2026-03-31")}), language).hear(
        MOVE_TO[language].format(day=say_date(day, language, "accusative"))
    )
    found = read_readback(said, language, TODAY)
    if day.weekday() == 6:
        assert found is None
        assert said.endswith(DAY_QUESTION[language])
    else:
        assert found is not None, said
        assert (found.order_id, found.date) == ("1033", day)


def test_read_back_sentence() -> None:
    line = Line(Shop(), "en")
    assert line.hear("Move order 1033 to Tuesday") == (
        "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_are_offered_with_their_weekdays(language: str) -> None:
    line = Line(Shop(), language)
    said = line.hear({"en": "Move my order", "uk": "Перенесіть замовлення", "ru": "Перенесите заказ"}[language])
    assert [mention.date.day for mention in read_dates(said, language, TODAY)] == [12, 13, 16]  # 14 is the present day
    assert said.endswith(DAY_QUESTION[language])


REASONS: list[tuple[dict[str, str], dict[str, str]]] = [
    (
        {"en": "Sunday", "uk": "неділю", "ru": "воскресенье"},
        {"en": "a Sunday", "uk": "На неділю перенести не можу", "ru": "На воскресенье перенести не могу"},
    ),
    (
        {"en": "today", "uk": "сьогодні", "ru": "сегодня"},
        {"en": "to today", "uk": "На сьогодні перенести не можу", "ru": "На сегодня перенести не могу"},
    ),
    (
        {"en": "March 10 2026", "uk": "10 березня 2026 року", "ru": "10 марта 2026 года"},
        {"en": "has already passed", "uk": "уже минув", "ru": "уже прошёл"},
    ),
    (
        {"en": "April the twentieth", "uk": "двадцяте квітня", "ru": "двадцатое апреля"},
        {"en": "that far ahead", "uk": "Так далеко", "ru": "Так далеко"},
    ),
    (
        {"en": "Saturday", "uk": "суботу", "ru": "субботу"},
        {"en": "already scheduled for", "uk": "і так заплановано", "ru": "и так запланирован"},
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("day", "reason"), REASONS, ids=[day["en"] for day, _ in REASONS])
def test_a_day_that_cannot_be_had_is_explained_and_others_offered(
    language: str, day: dict[str, str], reason: dict[str, str]
) -> None:
    line = Line(Shop(), language)
    said = line.hear(MOVE_TO[language].format(day=day[language]))
    assert reason[language] in said
    assert said.endswith(DAY_QUESTION[language])
    assert [name for name, _ in line.calls] == ["lookup_order"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_done_is_told_from_the_result(language: str) -> None:
    done = {"status": "done", "order_id": "1033", "new_date": "2026-03-18", "old_date": "2026-03-14"}
    line = Line(Shop(faults={"reschedule_delivery": [done]}), language)
    line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    said = line.hear(YES[language])
    assert day_of(18, language) in said
    assert day_of(17, language) not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("tool", "reason", "status"),
    [
        ("lookup_order", "connection_refused", "failed"),
        ("reschedule_delivery", "connection_refused", "failed"),
        ("reschedule_delivery", "timeout", "unknown"),
        ("reschedule_delivery", "not_movable", "refused"),
    ],
)
def test_the_shops_sentence_is_spoken_as_it_is(language: str, tool: str, reason: str, status: str) -> None:
    sentence = SAY[reason][language]
    line = Line(Shop(faults={tool: [{"status": status, "reason": reason, "say": sentence}]}), language)
    said = line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    if tool == "reschedule_delivery":
        said = line.hear(YES[language])
    assert said == f"{sentence} {HUMAN_QUESTION[language]}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_refused_by_the_shop_is_followed_by_an_offer(language: str) -> None:
    refusal = {"status": "refused", "reason": "date_too_late", "say": SAY["date_too_late"][language]}
    line = Line(Shop(faults={"reschedule_delivery": [refusal]}), language)
    line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    said = line.hear(YES[language])
    assert said.startswith(SAY["date_too_late"][language])
    assert said.endswith(DAY_QUESTION[language])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "could not confirm"), ("uk", "не вдалося підтвердити"), ("ru", "не удалось подтвердить")],
)
@pytest.mark.parametrize("content", ["CANCELLED", "gateway timeout", "{", '{"status": "unknown"}', "null", "[]"])
def test_a_write_without_a_readable_result_is_not_called_done(language: str, words: str, content: str) -> None:
    line = Line(Shop(), language)
    line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    arguments = '{"order_id": "1033", "new_date": "2026-03-17"}'
    line.messages += [
        {"role": "user", "content": YES[language]},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": "w", "type": "function", "function": {"name": "reschedule_delivery", "arguments": arguments}}
            ],
        },
        {"role": "tool", "tool_call_id": "w", "content": content},
    ]
    said = reply(line.messages, TOOLS).text
    assert said is not None
    assert words in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", ["out_for_delivery", "delivered", "cancelled"])
def test_an_order_that_cannot_be_moved_is_told_so(language: str, status: str) -> None:
    line = Line(Shop({"1033": order(status=status)}), language)
    said = line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    impossible = {"en": "can no longer be moved", "uk": "вже не можна", "ru": "уже нельзя"}
    assert impossible[language] in said
    assert said.endswith(HUMAN_QUESTION[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_orders_are_named_with_their_days(language: str) -> None:
    shop = Shop({"1033": order(), "1042": order("2026-03-16"), "1051": order("2026-03-12", "delivered")})
    line = Line(shop, language)
    said = line.hear({"en": "Move my order", "uk": "Перенесіть замовлення", "ru": "Перенесите заказ"}[language])
    assert day_of(14, language) in said
    assert day_of(16, language) in said
    assert day_of(12, language) not in said, "what was delivered cannot be moved"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_only_order_that_can_be_moved_is_the_one_meant(language: str) -> None:
    line = Line(Shop({"1033": order(), "1051": order("2026-03-12", "delivered")}), language)
    said = line.hear(
        {
            "en": "Move my order to Tuesday",
            "uk": "Перенесіть замовлення на вівторок",
            "ru": "Перенесите заказ на вторник",
        }[language]
    )
    found = read_readback(said, language, TODAY)
    assert found is not None, said
    assert found.order_id == "1033"


def repeat_requests() -> list[tuple[str, str]]:
    return [("en", "Sorry, could you repeat that?"), ("uk", "Повторіть, будь ласка"), ("ru", "Повторите, пожалуйста")]


@pytest.mark.parametrize(("language", "request_words"), repeat_requests())
def test_repeat_gives_the_whole_last_sentence(language: str, request_words: str) -> None:
    line = Line(Shop(), language)
    first = line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    line.messages[-1]["content"] = first[: len(first) // 2]  # cut by an interruption
    assert line.hear(request_words) == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_yes_to_a_read_back_that_was_cut_short_is_not_taken(language: str) -> None:
    line = Line(Shop(), language)
    first = line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    line.messages[-1]["content"] = first[:20]
    assert line.hear(YES[language]) == first
    line.hear(YES[language])
    assert [name for name, _ in line.calls] == ["lookup_order", "reschedule_delivery"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_yes_to_another_question_after_a_read_back_is_not_taken(language: str) -> None:
    line = Line(Shop(), language)
    first = line.hear(MOVE_TO[language].format(day=TUESDAY[language]))
    still_there = {"en": "Are you still there?", "uk": "Ви ще на лінії?", "ru": "Вы ещё на линии?"}
    line.messages.append({"role": "assistant", "content": still_there[language]})
    assert line.hear(YES[language]) == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_identification_is_named(language: str) -> None:
    other = "+380971234567"
    line = Line(Shop({"2050": order(phone=other)}), language, "withheld")
    where = {"en": "Where is my order?", "uk": "Де моє замовлення?", "ru": "Где мой заказ?"}
    both = line.hear(where[language])
    assert {"en": "phone", "uk": "телефон", "ru": "телефон"}[language] in both
    assert {"en": "order", "uk": "номер замовлення", "ru": "номер заказа"}[language] in both
    phone = line.hear("2050")
    assert {"en": "What phone", "uk": "На який номер телефону", "ru": "На какой номер телефона"}[language] in phone
    assert line.calls == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_call_without_words_is_greeted(language: str) -> None:
    messages = [
        {"role": "system", "content": setting_line(language)},
        {"role": "developer", "content": "Greet the caller."},
    ]
    answer = reply(messages, TOOLS)
    assert answer.tool_calls == []
    assert answer.text is not None
    assert answer.text.endswith(GREETING[language].split("! ")[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_follows_the_line_even_if_the_caller_speaks_another(language: str) -> None:
    line = Line(Shop(), language)
    said = line.hear("Перенесіть, будь ласка, замовлення 1033 на вівторок")
    found = read_readback(said, language, TODAY)
    assert found is not None, said
    assert found.date == TODAY.replace(day=17)


def test_language_may_change_in_the_middle_of_a_call() -> None:
    line = Line(Shop(), "en")
    line.hear("Move order 1033 to Tuesday")
    line.messages.append({"role": "developer", "content": setting_line("uk")})
    line.language = "uk"
    assert "перенесено на вівторок" in line.hear("Так")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_tool_nothing_is_called_and_something_is_said(language: str) -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": setting_line(language)},
        {"role": "user", "content": MOVE_TO[language].format(day=TUESDAY[language])},
    ]
    answer = reply(messages, [])
    assert answer == Reply(answer.text, [])
    assert answer.text


def test_goodbye_ends_the_call_by_tool() -> None:
    line = converse(["Goodbye"], "en")
    assert line.calls == [("end_call", {"reason": "nothing_wanted"})]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I can't open it. Please tell me the phone number and the order number."),
        ("uk", "Не можу відкрити. Назвіть, будь ласка, номер телефону і номер замовлення."),
        ("ru", "Не могу открыть. Назовите, пожалуйста, номер телефона и номер заказа."),
    ],
)
def test_a_refusal_that_asks_for_what_is_needed_is_not_asked_twice(language: str, sentence: str) -> None:
    refusal = {"status": "refused", "reason": "not_identified", "say": sentence}
    line = Line(Shop(faults={"lookup_order": [refusal]}), language)
    assert line.hear(MOVE_TO[language].format(day=TUESDAY[language])) == sentence
    line.hear("1042")
    assert line.calls[-1] == ("lookup_order", {"order_id": "1042"})


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I can't open it. Shall I connect you to a colleague?"),
        ("uk", "Не можу відкрити. З'єднати вас із колегою?"),
        ("ru", "Не могу открыть. Соединить вас с коллегой?"),
    ],
)
def test_a_refusal_that_offers_a_human_is_enough(language: str, sentence: str) -> None:
    refusal = {"status": "refused", "reason": "not_identified", "say": sentence, "offer_human": True}
    line = Line(Shop(faults={"lookup_order": [refusal]}), language)
    assert line.hear(MOVE_TO[language].format(day=TUESDAY[language])) == sentence
    line.hear(YES[language])
    assert line.calls[-1] == ("transfer_to_human", {"reason": "accepted"})


@pytest.mark.parametrize(
    ("language", "later"), [("en", "something later"), ("uk", "краще пізніше"), ("ru", "лучше попозже")]
)
def test_a_caller_who_wants_none_of_the_days_may_name_another(language: str, later: str) -> None:
    line = Line(Shop(), language)
    line.hear({"en": "Move my order", "uk": "Перенесіть замовлення", "ru": "Перенесите заказ"}[language])
    assert [day.date.day for day in read_dates(line.hear(later), language, TODAY)] == [17]
    said = line.hear(later)
    assert read_dates(said, language, TODAY) == []
    assert said.endswith(DAY_QUESTION[language])
    found = read_readback(line.hear(day_of(20, language)), language, TODAY)
    assert found is not None
    assert found.date.day == 20


def test_a_date_refusal_that_asks_is_followed_by_days_only() -> None:
    sentence = "We don't deliver on Sundays. Which other day would suit you?"
    refusal = {"status": "refused", "reason": "date_sunday", "say": sentence}
    line = Line(Shop(faults={"reschedule_delivery": [refusal]}), "en")
    line.hear("Move order 1033 to Tuesday")
    said = line.hear("Yes")
    assert said.startswith(sentence)
    assert said.count("?") == 1
    assert read_readback(line.hear("Monday"), "en", TODAY) is not None
