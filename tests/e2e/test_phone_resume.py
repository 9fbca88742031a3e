"""A caller whose agent's process is killed keeps the call, the conversation and what was agreed."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]
MOVED = {"orders.1033.delivery_date": "2026-03-17"}
CALLERS = [
    (
        "uk",
        ["Перенесіть замовлення один нуль три три на вівторок.", "Так, переносьте.", "Ні, дякую. До побачення."],
        "Вибачте, на секунду пропав зв'язок.",
    ),
    (
        "ru",
        ["Перенесите заказ один ноль три три на вторник.", "Да, верно.", "Нет, спасибо. До свидания."],
        "Извините, на секунду пропала связь.",
    ),
    (
        "en",
        ["Please move order one zero three three to Tuesday.", "Yes, that's right.", "No, thank you. Goodbye."],
        "Sorry, we lost the connection for a second.",
    ),
]


@pytest.mark.parametrize(("language", "turns", "apology"), CALLERS)
async def test_a_killed_agent_goes_on_where_it_was(
    phone: PhoneCall, language: str, turns: list[str], apology: str
) -> None:
    run = await phone(turns, language=language, faults=[{"kill_bot_at_s": 7.5}])
    assert run.result.db_diff == MOVED
    assert (run.result.disposition, run.result.state, run.result.violations) == ("resolved", "closed", [])
    said = [said.text for said in run.result.transcript if said.who == "bot"]
    assert sum(text.startswith(apology) for text in said) == 1


async def test_a_caller_whose_node_is_lost_is_taken_up_by_another(phone: PhoneCall) -> None:
    language, turns, apology = CALLERS[0]
    run = await phone(turns, language=language, lose_node_at_s=12.0)
    assert run.result.db_diff == MOVED
    assert (run.result.disposition, run.result.state) == ("resolved", "closed")
    said = [said.text for said in run.result.transcript if said.who == "bot"]
    assert sum(text.startswith(apology) for text in said) == 1
