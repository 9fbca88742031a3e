"""Whole calls over Voximplant: real speech both ways, a killed process, a lost node."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.callers.example import load_example
from emulators.twilio import tape
from emulators.twilio.measure import measure
from emulators.twilio.track import RATE_HZ

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PhoneCall = Callable[..., Awaitable[Any]]
MOVED = {"orders.1033.delivery_date": "2026-03-17"}
TURNS = ["Перенесіть замовлення один нуль три три на вівторок.", "Так, переносьте.", "Ні, дякую. До побачення."]
APOLOGY = "Вибачте, на секунду пропав зв'язок."


async def test_an_english_caller_is_heard_and_their_order_moved(phone: PhoneCall) -> None:
    script = load_example("en/reschedule").rehearsal.script
    turns = [turn.model_dump(exclude_none=True, exclude_defaults=True) for turn in script.turns]
    run = await phone(turns, scripted_stt=False, over_voximplant=True)
    assert run.result.db_diff == MOVED
    assert (run.result.disposition, run.result.state, run.result.violations) == ("resolved", "closed", [])
    stereo = tape.load(Path(run.result.tape))
    # The platform says a second later that the last word was played; only then the call is ended.
    assert len(stereo) / RATE_HZ - measure(stereo).agent[-1].end_s >= 0.9


async def test_a_killed_agent_goes_on_where_it_was(phone: PhoneCall) -> None:
    run = await phone(TURNS, language="uk", over_voximplant=True, faults=[{"kill_bot_at_s": 7.5}])
    assert run.result.db_diff == MOVED
    assert (run.result.disposition, run.result.state, run.result.violations) == ("resolved", "closed", [])
    said = [said.text for said in run.result.transcript if said.who == "bot"]
    assert sum(text.startswith(APOLOGY) for text in said) == 1


async def test_a_caller_whose_node_is_lost_is_taken_up_by_another(phone: PhoneCall) -> None:
    run = await phone(TURNS, language="uk", over_voximplant=True, lose_node_at_s=12.0)
    assert run.result.db_diff == MOVED
    assert (run.result.disposition, run.result.state) == ("resolved", "closed")
    said = [said.text for said in run.result.transcript if said.who == "bot"]
    assert sum(text.startswith(APOLOGY) for text in said) == 1
