"""An order number or a day comes from the caller or from a tool."""

from datetime import date, time

import pytest

from bot.state import AgentState, Event, fold
from bot.talk.grounds import knows_day, knows_number, knows_time
from spoken import Language
from tools.grounding import NotGroundedError
from tools.phrases import say

pytestmark = pytest.mark.unit

TODAY = date(2026, 3, 11)


def heard(*texts: str, bot: str = "") -> AgentState:
    events = [Event("user_said", {"text": text}) for text in texts]
    return fold("CA1", [*events, *([Event("bot_said", {"text": bot})] if bot else [])])


@pytest.mark.parametrize(
    "texts",
    [
        ["Move order one zero three three, please."],
        ["Замовлення один нуль три три."],
        ["Заказ десять тридцать три"],
        ["Order 1033"],
        ["one zero", "three three"],
        ["It's 10333"],  # a digit more, as recognisers write it
        ["one", "zero three", "three"],
    ],
)
def test_a_number_that_was_said_is_known(texts: list[str]) -> None:
    assert knows_number(heard(*texts), "1033")


def test_a_number_that_was_typed_in_private_is_known() -> None:
    assert knows_number(heard("Hello"), "1033", ["1033"])


def test_a_number_that_a_tool_returned_is_known() -> None:
    order = {"order_id": "1033", "status": "scheduled", "delivery_date": "2026-03-14"}
    result = {"tool": "lookup_order", "status": "done", "result": {"orders": [order]}}
    assert knows_number(fold("CA1", [Event("tool_result", result)]), "1033")


@pytest.mark.parametrize("texts", [[], ["Move my order"], ["Order 1042"], ["two orders, on the 10th of March"]])
def test_any_other_number_is_made_up(texts: list[str]) -> None:
    assert not knows_number(heard(*texts), "1033")


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        (heard("to Tuesday"), date(2026, 3, 17), True),
        (heard("на вівторок"), date(2026, 3, 24), True),  # which Tuesday, the read-back settles
        (heard("завтра"), date(2026, 3, 12), True),
        (heard("the first one", bot="Thursday the 12th or Friday the 13th?"), date(2026, 3, 12), True),
        (heard("the first one"), date(2026, 3, 12), False),
        (heard("some other day"), date(2026, 3, 20), False),
    ],
)
def test_a_day_was_named_heard_or_offered(state: AgentState, day: date, *, expected: bool) -> None:
    assert knows_day(state, day, TODAY) is expected


@pytest.mark.parametrize(
    "state",
    [
        heard("о третій"),
        heard("після третьої дня"),
        heard("передзвоніть о 15:00"),
        heard("завтра о 3"),
        heard("в три"),
        heard("к трём часам"),
        heard("в пятнадцать ноль ноль"),
        heard("at three"),
        heard("three o'clock tomorrow"),
        heard("around 3 PM"),
        heard("between two and three"),
        heard("так, зручно", bot="Вам зателефонувати завтра о п'ятнадцятій?"),
        heard("через годину"),
        heard("через пять минут"),
        heard("in an hour"),
        heard("через полчаса"),
    ],
)
def test_a_time_was_said_or_heard(state: AgentState) -> None:
    assert knows_time(state, time(15))


@pytest.mark.parametrize(
    ("state", "moment"),
    [
        (heard("передзвоніть мені"), time(15)),
        (heard("завтра"), time(15)),
        (heard("в четыре"), time(15)),
        (heard("at three"), time(15, 30)),
        (heard("о 15:30"), time(15)),
        (heard("order one zero three three"), time(15)),
        (heard("замовлення один нуль три три"), time(13)),
        (heard("call me back", bot="When should we call you?"), time(10)),
        (heard("за чверть четверта"), time(15)),
    ],
)
def test_any_other_time_is_made_up(state: AgentState, moment: time) -> None:
    assert not knows_time(state, moment)


OPEN = {
    "any": (
        "якнайшвидше; зараз; передзвоніть зараз; у будь-який час; коли завгодно; как можно скорее; сейчас;"
        " да, прямо сейчас; в любое время; as soon as possible; right away; any time; any time tomorrow; whenever; now"
    ),
    "noon": "в обід; завтра в обід; опівдні; в обед; в полдень; at lunchtime; at noon",
    "morning": "вранці; завтра зранку; утром; завтра с утра; in the morning; tomorrow morning; Monday morning; morning",
    "afternoon": (
        "після обіду; після обіду двадцятого березня; завтра в другій половині дня; после обеда;"
        " во второй половине дня; in the afternoon; after lunch"
    ),
    "evening": "ввечері; вечором; вечером; завтра вечером; in the evening; tomorrow evening",
}
INSIDE = {"any": time(16, 20), "noon": time(13), "morning": time(9), "afternoon": time(15), "evening": time(19)}
OUTSIDE = {"noon": time(16), "morning": time(15), "afternoon": time(9), "evening": time(10)}


@pytest.mark.parametrize(("part", "said"), [(part, said) for part in OPEN for said in OPEN[part].split("; ")])
def test_a_time_that_was_left_open_is_any_in_that_part_of_the_day(part: str, said: str) -> None:
    assert knows_time(heard(said), INSIDE[part])
    assert part == "any" or not knows_time(heard(said), OUTSIDE[part])


@pytest.mark.parametrize(
    "said",
    [
        *("я зараз у дорозі", "зараз не можу", "не зараз", "вранці я зайнята", "доброго ранку", "о дев'ятій ранку"),
        *("я сейчас за рулём", "сейчас не могу", "утром не могу", "с добрым утром", "в девять утра", "утром в девять"),
        *("I can't talk now", "not in the morning", "good morning", "at nine in the morning", "any time after five"),
        *("whenever I call nobody answers", "I'm busy in the morning", "в любое время после пяти", "коли вам зручно"),
    ],
)
def test_a_time_that_is_named_or_does_not_suit_is_not_left_open(said: str) -> None:
    assert not knows_time(heard(said), time(10, 30))


def test_what_the_agent_says_leaves_no_time_open() -> None:
    assert not knows_time(heard("так", bot="Зараз перевірю. Вам зручно вранці?"), time(10))


def test_minutes_are_known_as_they_are_said() -> None:
    assert knows_time(heard("three thirty"), time(15, 30))
    assert knows_time(heard("о 15:30"), time(15, 30))
    assert knows_time(heard("за чверть четверта"), time(15, 45))


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_what_is_missing_is_asked_for(language: Language) -> None:
    error = NotGroundedError("order_id", "order_needed")
    assert error.code == "not_grounded"
    assert error.spoken(language, "read_failed") == say("order_needed", language)
