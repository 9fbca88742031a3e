"""A read-back that is answered unclearly twice is asked for by key: 1 is an explicit yes to exactly it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.callers.result import Result

pytestmark = pytest.mark.wire

Play = Callable[..., Awaitable[Result]]
MOVED = {"orders.1033.delivery_date": "2026-03-17"}
LOOK = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}
WRITE = {
    "calls": [{"name": "reschedule_delivery", "arguments": {"order_id": "1033", "new_date": "2026-03-17"}}],
}
END = {"calls": [{"name": "end_call", "arguments": {}}]}
CALLERS = {
    "en": (
        "Please move order one zero three three to Tuesday.",
        "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?",
        ["Well, the neighbours are usually there.", "My sister might know about it."],
        "press 1",
        "Yes, please.",
    ),
    "uk": (
        "Перенесіть, будь ласка, замовлення один нуль три три на вівторок.",
        "Можу перенести замовлення один нуль три три на вівторок, сімнадцяте березня. Переносимо?",
        ["Ну, сусіди зазвичай удома.", "Сестра може про це знати."],
        "Натисніть",
        "Так, переносьте.",
    ),
    "ru": (
        "Перенесите, пожалуйста, заказ один ноль три три на вторник.",
        "Могу перенести заказ один ноль три три на вторник, семнадцатое марта. Переносим?",
        ["Ну, соседи обычно дома.", "Сестра может об этом знать."],
        "Нажмите",
        "Да, переносите.",
    ),
}


async def ask(play: Play, language: str, answer: Any) -> Result:
    request, read_back, unclear, _, _ = CALLERS[language]
    moves = [LOOK, {"say": read_back}, {"say": read_back}, WRITE, {"say": "OK."}, END]
    return await play([request, *unclear, answer, {"hang_up": True}], moves=moves, language=language)


def writes(result: Result) -> list[tuple[str, str | None]]:
    return [(call.status, call.reason) for call in result.tool_calls if call.name == "reschedule_delivery"]


@pytest.mark.parametrize("language", CALLERS)
async def test_one_is_a_yes(play: Play, language: str) -> None:
    result = await ask(play, language, {"dtmf": "1"})
    asked = [said.text for said in result.transcript if said.who == "bot" and CALLERS[language][3] in said.text]
    assert len(asked) == 1
    assert writes(result) == [("done", None)]
    assert result.db_diff == MOVED


@pytest.mark.parametrize("key", ["2", "5", "#"])
async def test_no_other_key_is(play: Play, key: str) -> None:
    result = await ask(play, "en", {"dtmf": key})
    assert result.db_diff == {}
    assert ("done", None) not in writes(result)


@pytest.mark.parametrize("language", CALLERS)
async def test_a_spoken_yes_still_counts(play: Play, language: str) -> None:
    result = await ask(play, language, CALLERS[language][4])
    assert writes(result) == [("done", None)]
    assert result.db_diff == MOVED


async def test_a_one_that_is_said_is_no_key(play: Play) -> None:
    result = await ask(play, "en", "One.")
    assert result.db_diff == {}


async def test_a_wish_for_a_person_is_no_unclear_answer(play: Play) -> None:
    request, read_back, _, press, _ = CALLERS["en"]
    turns = [request, "I want to speak to a person.", "A human, please!", {"hang_up": True}]
    result = await play(turns, moves=[LOOK, {"say": read_back}, {"say": read_back}, {"say": "Of course."}])
    assert not [said for said in result.transcript if press in said.text]


@pytest.mark.parametrize("language", CALLERS)
async def test_a_spoken_yes_to_the_question_for_a_key_is_one_with_rules_for_a_model(play: Play, language: str) -> None:
    request, _, unclear, press, yes = CALLERS[language]
    result = await play([request, *unclear, yes, {"hang_up": True}], language=language)
    assert len([said for said in result.transcript if said.who == "bot" and press in said.text]) == 1
    assert writes(result) == [("done", None)]
    assert result.db_diff == MOVED
