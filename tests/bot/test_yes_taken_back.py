"""A yes counts until the caller hesitates, and what has been written stays written."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from bot.callers.result import Result
from bot.deeds import MOVE
from bot.state import AgentState, Event, ReadBack, apply, fold
from bot.talk.understanding import judge_answer

Play = Callable[..., Awaitable[Result]]
TODAY = date(2026, 3, 11)
VALUES = {"order_id": "1033", "new_date": "2026-03-17"}
LOOK = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}
WRITE = {"calls": [{"name": MOVE, "arguments": VALUES}]}
# What is asked, the question, the yes, and "one moment".
CALLS = {
    "en": (
        "Please move order one zero three three to Tuesday.",
        "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?",
        "Yes, please.",
        "One moment, please.",
    ),
    "uk": (
        "Перенесіть, будь ласка, замовлення один нуль три три на вівторок.",
        "Можу перенести замовлення один нуль три три на вівторок, сімнадцяте березня. Переносимо?",
        "Так, будь ласка.",
        "Хвилинку, будь ласка.",
    ),
    "ru": (
        "Перенесите, пожалуйста, заказ один ноль три три на вторник.",
        "Могу перенести заказ один ноль три три на вторник, семнадцатое марта. Переносим?",
        "Да, пожалуйста.",
        "Минутку, пожалуйста.",
    ),
}
SAID_AFTER_THE_YES = [
    ("en", "Wait, I'm not sure.", False),
    ("en", "Hold on.", False),
    ("en", "Let me think.", False),
    ("en", "Is it too late to change the day?", False),
    ("en", "Oh, I'm away on Tuesday.", False),
    ("en", "My wife says Tuesday's bad.", False),
    ("en", "Thanks.", True),
    ("en", "Tuesday suits me.", True),
    ("en", "What time on Tuesday?", True),
    ("en", "How long will it take?", True),
    ("uk", "Зачекайте, я не впевнена.", False),
    ("uk", "Хвилинку.", False),
    ("uk", "Ой, я переплутала.", False),
    ("uk", "У вівторок я зайнята.", False),
    ("uk", "Ой, у вівторок же свято.", False),
    ("uk", "Дякую.", True),
    ("uk", "Дякую, вівторок.", True),
    ("ru", "Подождите, я не уверен.", False),
    ("ru", "Мне надо подумать.", False),
    ("ru", "Ой, во вторник я занят.", False),
    ("ru", "Во вторник же праздник.", False),
    ("ru", "Сколько это займёт?", True),
    ("ru", "А во сколько во вторник?", True),
]


@pytest.mark.wire
@pytest.mark.parametrize(("language", "words", "is_written"), SAID_AFTER_THE_YES)
async def test_a_yes_that_is_hesitated_about_writes_nothing(
    play: Play, language: str, words: str, *, is_written: bool
) -> None:
    ask, read_back, yes, moment = CALLS[language]
    result = await play(
        [ask, yes, words, {"hang_up": True}],
        language=language,
        moves=[LOOK, {"say": read_back}, {"say": moment}, WRITE, {"say": moment}],
    )
    written = [(call.status, call.reason) for call in result.tool_calls if call.name == MOVE]
    assert written == ([("done", None)] if is_written else [("refused", "not_confirmed")])
    assert result.db_diff == ({"orders.1033.delivery_date": "2026-03-17"} if is_written else {})


def asked(tool: str = MOVE, **values: Any) -> Event:
    return Event("readback", ReadBack(tool, values or VALUES).body)


def agreed(tool: str = MOVE, **values: Any) -> Event:
    return Event("confirmed", {"confirmation_id": "c1", **ReadBack(tool, values or VALUES).body})


def after(*events: Event) -> AgentState:
    return fold("CA1", [Event("call_started", {"language": "en"}), *events])


def answered(state: AgentState, text: str) -> AgentState:
    for kind, body in judge_answer(state, text, TODAY):
        state = apply(state, Event(kind, body))
    return state


@pytest.mark.unit
def test_hesitation_over_the_next_question_takes_back_the_yes_before() -> None:
    state = after(asked(), agreed(), asked("create_callback", at="2026-03-12T10:00"))
    assert answered(state, "Wait, I'm not sure.").confirmation is None


@pytest.mark.unit
def test_a_question_that_is_asked_again_needs_its_yes_again() -> None:
    state = after(asked(), agreed(), asked())
    assert answered(state, "Mm-hm, thanks.").confirmation is None


@pytest.mark.unit
@pytest.mark.parametrize("tool", [MOVE, "create_callback"])
def test_what_was_done_is_not_taken_back_by_hesitation(tool: str) -> None:
    values = VALUES if tool == MOVE else {"at": "2026-03-12T10:00"}
    done = {"tool": tool, "arguments": {**values, "reason": "x"}, "status": "done", "result": values}
    state = after(asked(tool, **values), agreed(tool, **values), Event("tool_result", done))
    assert answered(state, "Wait, hold on.").confirmation is not None


@pytest.mark.unit
def test_a_write_that_failed_may_be_taken_back() -> None:
    failed = {"tool": MOVE, "arguments": VALUES, "status": "failed", "result": {}}
    state = after(asked(), agreed(), Event("tool_result", failed))
    assert answered(state, "Wait, hold on.").confirmation is None


@pytest.mark.unit
def test_a_yes_does_not_outlive_somebody_elses_change() -> None:
    failed = {"tool": MOVE, "arguments": VALUES, "status": "failed", "reason": "delivery_changed", "result": {}}
    assert after(asked(), agreed(), Event("tool_result", failed)).confirmation is None
