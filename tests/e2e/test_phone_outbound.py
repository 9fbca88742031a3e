"""Calls that the agent places, with real speech both ways: a person is greeted at once, a machine gets its message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]
MACHINE = "You have reached Priya Nair. Please leave a message after the tone."
MESSAGE = "This is the delivery desk. Please call us back about your order."


def spoken(run: Any) -> list[str]:
    return [said.text for said in run.result.transcript if said.who == "bot"]


async def test_a_person_is_greeted_at_once_and_their_order_moved(phone: PhoneCall) -> None:
    opening = "Здравствуйте, это служба доставки, по поводу вашего заказа."
    turns = ["Перенесите заказ один ноль три три на вторник.", "Да, верно.", "Нет, спасибо. До свидания."]
    run = await phone(turns, language="ru", direction="outbound", greeting=opening)
    assert spoken(run)[0] == opening
    assert run.result.db_diff == {"orders.1033.delivery_date": "2026-03-17"}
    assert (run.result.disposition, run.result.violations) == ("resolved", [])


async def test_a_reminder_asks_who_it_is_before_it_tells_the_day(phone: PhoneCall) -> None:
    turns = ["Алло, хто це?", "Так, це я.", "Так, підходить.", "Ні, дякую. До побачення."]
    run = await phone(turns, language="uk", direction="outbound", flow="delivery_reminder")
    said = spoken(run)
    assert [number for number, text in enumerate(said) if "чотирнадцят" in text or "субот" in text] == [2]
    assert all("служба доставки" in text and text.endswith("власником цього номера?") for text in said[:2])
    assert run.result.collected_data == {"right_person": "yes", "order_id": "1033", "delivery_confirmed": "yes"}
    assert (run.result.disposition, run.result.db_diff, run.result.violations) == ("resolved", {}, [])


async def test_a_machine_gets_the_whole_message_after_its_beep(phone: PhoneCall) -> None:
    run = await phone([MACHINE], direction="outbound", answered_by="machine", voicemail=MESSAGE)
    assert (run.result.disposition, run.result.violations) == ("voicemail", [])
    assert spoken(run)[-1] == MESSAGE
    assert run.remarks == []


async def test_a_machine_is_hung_up_on_where_there_is_no_message(phone: PhoneCall) -> None:
    run = await phone([MACHINE], direction="outbound", answered_by="machine")
    assert run.result.disposition == "voicemail"
