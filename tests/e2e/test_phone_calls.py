"""Whole calls over the carrier's wire, with real speech both ways."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.callers import load_example

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]
MOVED = {"orders.1033.delivery_date": "2026-03-17"}


def spoken(run: Any) -> list[str]:
    return [said.text for said in run.result.transcript if said.who == "bot"]


@pytest.mark.alone  # the models hear and speak in real time on the same cores
async def test_an_english_caller_is_heard_and_their_order_moved(phone: PhoneCall) -> None:
    script = load_example("en/reschedule").rehearsal.script
    turns = [turn.model_dump(exclude_none=True, exclude_defaults=True) for turn in script.turns]
    run = await phone(turns, scripted_stt=False)
    assert run.result.db_diff == MOVED, [(said.who, said.text) for said in run.result.transcript]
    assert (run.result.disposition, run.result.state, run.result.violations) == ("resolved", "closed", [])
    assert run.result.tape
    assert all(turn.ttfab_ms for turn in run.result.latency.turns)


CALLERS = [
    ("uk", ["Перенесіть замовлення один нуль три три на вівторок.", "Так, переносьте.", "Ні, дякую. До побачення."]),
    ("ru", ["Перенесите заказ один ноль три три на вторник.", "Да, верно.", "Нет, спасибо. До свидания."]),
]


@pytest.mark.parametrize(("language", "turns"), CALLERS)
async def test_ukrainian_and_russian_callers_are_served_like_english_ones(
    phone: PhoneCall, language: str, turns: list[str]
) -> None:
    run = await phone(turns, language=language)
    assert run.result.db_diff == MOVED
    assert (run.result.disposition, run.result.language, run.result.violations) == ("resolved", language, [])


async def test_a_caller_who_cuts_in_is_not_talked_over(phone: PhoneCall) -> None:
    long = "I can offer you Thursday, Friday, Monday, Tuesday, Wednesday and many more days after these ones."
    moves = [{"say": long}, {"say": "Of course."}, {"calls": [{"name": "end_call", "arguments": {}}]}]
    run = await phone(
        ["Which days are there?", {"say": "Wait, stop please.", "barge_in_ms": 1200}, "Bye."], moves=moves
    )
    cut = next(said for said in run.result.transcript if said.who == "bot" and said.interrupted)
    assert long.startswith(cut.text)
    assert len(cut.text) < len(long)
    assert "Of course." in spoken(run)


async def test_a_caller_who_hangs_up_while_it_is_written_loses_nothing(phone: PhoneCall) -> None:
    look = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}
    read_back = {"say": "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"}
    write = {"calls": [{"name": "reschedule_delivery", "arguments": {"order_id": "1033", "new_date": "2026-03-17"}}]}
    turns = [
        "Move order one zero three three to Tuesday.",
        "Yes please.",
        {"hang_up": True, "at_s_after_tool_start": 0.5},
    ]
    faults = [{"tool": "reschedule_delivery", "delay_s": 3.0, "times": 1}]
    run = await phone(turns, moves=[look, read_back, write, {"say": "Done."}], faults=faults)
    assert run.result.db_diff == MOVED
    assert run.result.disposition == "abandoned"
