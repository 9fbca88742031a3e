"""A reminder is told to the right person only, agreed on or moved by the usual guards, and ends as it came out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import write_rehearsal

from bot import phrases
from bot.callers.result import Result
from bot.settings import Settings
from spoken import Language

pytestmark = pytest.mark.wire

Play = Callable[..., Awaitable[Result]]
REMINDER: dict[str, Any] = {"direction": "outbound", "flow": "delivery_reminder"}
LOOK_UP: dict[str, Any] = {"calls": [{"name": "lookup_order", "arguments": {}}]}
# What no one but the right person may hear: the order's number, day and city, and that there is an order.
ORDER_WORDS = ("1033", "one zero three three", "14", "fourteenth", "Saturday", "Denver", "Priya", "your order")
ORDER_WORDS_UK = ("чотирнадцят", "субот", "замовлення", "доставку для вас")
ORDER_WORDS_RU = ("четырнадцат", "суббот", "заказ", "доставка для вас")

ITS_ME = {"en": "Yes, speaking.", "uk": "Так, це я.", "ru": "Да, это я."}
SUITS = {"en": "Yes, that suits me.", "uk": "Так, підходить.", "ru": "Да, подходит."}
NO_MORE = {"en": "No, thank you. Goodbye.", "uk": "Ні, дякую. До побачення.", "ru": "Нет, спасибо. До свидания."}
TUESDAY = {
    "en": ["No, can you move it to Tuesday?", "Yes."],
    "uk": ["Ні, перенесіть на вівторок.", "Так."],
    "ru": ["Нет, перенесите на вторник.", "Да."],
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One embedded server for all calls: its folder is what they share."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def play(tmp_path: Path, data_dir: Path) -> Play:
    from bot.callers.chat import run_chat

    async def run(turns: Any, **rest: Any) -> Result:
        settings = Settings(_env_file=None, data_dir=data_dir, transfer_number="+15550100999")
        return await run_chat(write_rehearsal(tmp_path, turns, **rest), settings)

    return run


def spoken(result: Result) -> list[str]:
    return [said.text for said in result.transcript if said.who == "bot"]


def assert_nothing_told(result: Result) -> None:
    told = " ".join(spoken(result)).casefold()
    assert [word for word in (*ORDER_WORDS, *ORDER_WORDS_UK, *ORDER_WORDS_RU) if word.casefold() in told] == []
    assert [call for call in result.tool_calls if call.name == "lookup_order" and call.status == "done"] == []
    assert result.db_diff == {}


@pytest.mark.parametrize("language", ["uk", "ru"])  # in English it is one of the shipped examples
async def test_the_right_person_hears_the_day_and_agrees(play: Play, language: Language) -> None:
    result = await play([ITS_ME[language], SUITS[language], NO_MORE[language]], language=language, **REMINDER)
    assert spoken(result)[0] == phrases.REMINDER_OPENING[language]
    assert result.collected_data == {"right_person": "yes", "order_id": "1033", "delivery_confirmed": "yes"}
    assert (result.disposition, result.state, result.db_diff) == ("resolved", "closed", {})


@pytest.mark.parametrize("language", ["en", "ru"])  # in Ukrainian it is one of the shipped examples
async def test_the_right_person_moves_the_delivery_after_a_yes(play: Play, language: Language) -> None:
    turns = [ITS_ME[language], *TUESDAY[language], NO_MORE[language]]
    result = await play(turns, language=language, **REMINDER)
    assert result.db_diff == {"orders.1033.delivery_date": "2026-03-17"}
    assert result.disposition == "resolved"
    assert "delivery_confirmed" not in result.collected_data


@pytest.mark.parametrize(
    ("language", "turns", "disposition"),
    [
        ("en", ["No, this is her husband."], "no_action"),
        ("en", ["No.", {"hang_up": True}], "no_action"),
        ("uk", ["Ви помилилися номером."], "wrong_number"),
        ("ru", ["Вы ошиблись номером."], "wrong_number"),
        ("en", ["Who is this?", "Hello?", "What do you want?"], "no_action"),
        ("en", ["You have reached Priya. Please leave a message after the tone."], "voicemail"),
    ],
)
async def test_nobody_else_is_told_that_there_is_an_order(
    play: Play, language: Language, turns: list[Any], disposition: str
) -> None:
    result = await play(turns, language=language, **REMINDER)
    assert_nothing_told(result)
    assert result.disposition == disposition


async def test_the_person_who_is_fetched_is_asked_anew(play: Play) -> None:
    turns = ["Так, хвилинку, зараз покличу.", "Алло?", "Так, це я.", "Так, підходить.", "Ні, до побачення."]
    result = await play(turns, language="uk", **REMINDER)
    assert (result.collected_data.get("delivery_confirmed"), result.disposition) == ("yes", "resolved")


async def test_who_wants_no_more_calls_is_heard_before_anything_is_told(play: Play) -> None:
    result = await play(["Нет, и больше мне не звоните."], language="ru", **REMINDER)
    assert_nothing_told(result)
    assert spoken(result)[1:] == [phrases.OPTED_OUT["ru"]]
    assert (result.collected_data, result.disposition) == ({"opted_out": "yes"}, "resolved")


async def test_a_model_that_looks_up_before_it_knows_the_person_is_stopped(play: Play) -> None:
    moves = [LOOK_UP, {"say": "Do you have a minute?"}, LOOK_UP, {"say": "Goodbye then."}]
    result = await play(["Hello?", "Yes.", {"hang_up": True}], moves=moves, **REMINDER)
    assert [(call.name, call.status, call.reason) for call in result.tool_calls] == [
        ("lookup_order", "refused", "not_here")
    ] * 2
    assert "right_person" not in result.collected_data


async def test_a_yes_to_another_question_agrees_to_no_day(play: Play) -> None:
    asks = "Your delivery is planned for Saturday, 14 March. Would you like to move it?"
    result = await play(["Yes, speaking.", "Yes.", {"hang_up": True}], moves=[LOOK_UP, {"say": asks}], **REMINDER)
    assert "delivery_confirmed" not in result.collected_data
    assert result.db_diff == {}


async def test_a_planned_day_that_is_told_with_its_number_is_no_question_to_move(play: Play) -> None:
    tells = "Order 1033 is to be delivered on Saturday, 14 March. Does that suit you?"
    moves = [LOOK_UP, {"say": tells}, {"say": "Thank you."}]
    result = await play(["Yes, speaking.", "Yes, it does.", {"hang_up": True}], moves=moves, **REMINDER)
    assert result.collected_data == {"right_person": "yes", "order_id": "1033", "delivery_confirmed": "yes"}
    assert result.disposition == "resolved"


async def test_a_machine_gets_the_message(play: Play) -> None:
    message = "This is the delivery desk. Please call us back."
    result = await play([], voicemail=message, answered_by="machine", **REMINDER)
    assert (spoken(result)[-1], result.disposition) == (message, "voicemail")
