"""A server that can wait no longer ends its calls politely."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fakes.rehearsals import CALLER, write_rehearsal

from bot.callers.workspace import open_workspace
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from storage.calls import get_call
from storage.journal import Journal
from tools.context import FixedClock

pytestmark = pytest.mark.component

MUST_GO = {
    "en": "I am sorry, I have to end this call now. Please call again in a few minutes. Goodbye.",
    "uk": "Перепрошую, я мушу завершити розмову. Зателефонуйте, будь ласка, за кілька хвилин. До побачення.",
    "ru": "Простите, я должен завершить разговор. Перезвоните, пожалуйста, через несколько минут. До свидания.",
}


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_the_caller_hears_why_in_their_language(tmp_path: Path, language: str) -> None:
    rehearsal = write_rehearsal(tmp_path, ["Hm."], moves=[{"say": "Yes?"}])
    said: list[str] = []

    def play(text: str) -> str:
        said.append(text)
        return text

    async with open_workspace(rehearsal, Settings(_env_file=None, data_dir=tmp_path / "data")) as workspace:
        request = CallRequest(call_id="CHbye", carrier="chat", from_number=CALLER, language=language)  # type: ignore[arg-type]
        async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began), play=play) as call:
            await call.conversation.must_go()
            assert call.has_ended
        row = await get_call(workspace.database, "CHbye")
    assert said[-1] == MUST_GO[language]
    assert row is not None
    assert row.disposition == "failed_system"


async def test_the_policy_tells_how_long_a_caller_may_be_silent(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    shipped = (Path(__file__).parents[2] / "tools/policy.yaml").read_text("utf-8")
    policy.write_text(shipped.replace("prompt_after_s: 8 ", "prompt_after_s: 4 "), "utf-8")
    said: list[str] = []

    def play(text: str) -> str:
        said.append(text)
        return text

    settings = Settings(_env_file=None, data_dir=tmp_path / "data", policy_file=policy)
    rehearsal = write_rehearsal(tmp_path, ["Hm."], moves=[{"say": "Yes?"}])
    async with open_workspace(rehearsal, settings) as workspace:
        request = CallRequest(call_id="CHquiet", carrier="chat", from_number=CALLER, language="en")
        async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began), play=play) as call:
            greeted = len(said)
            await call.pass_time(3.5)
            assert len(said) == greeted
            await call.pass_time(1.0)
            assert len(said) == greeted + 1
            await call.hang_up()


async def test_the_outcome_waits_for_a_write_that_the_caller_did_not_wait_for(tmp_path: Path) -> None:
    arguments = {"order_id": "1033", "new_date": "2026-03-17"}
    moves = [
        {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]},
        {"say": "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"},
        {"calls": [{"name": "reschedule_delivery", "arguments": arguments}]},
        {"say": "It is moved."},
    ]
    slow = [{"tool": "reschedule_delivery", "delay_s": 0.5, "times": 1}]
    rehearsal = write_rehearsal(tmp_path, ["Hm."], moves=moves, faults=slow)
    async with open_workspace(rehearsal, Settings(_env_file=None, data_dir=tmp_path / "data")) as workspace:
        request = CallRequest(call_id="CHgone", carrier="chat", from_number=CALLER, language="en")
        async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began)) as call:
            await call.say("Please move order one zero three three to Tuesday.")
            answering = asyncio.create_task(call.say("Yes."))
            async with asyncio.timeout(10):
                while not any(
                    event.kind == "tool_intent" and event.body["tool"] == "reschedule_delivery"
                    for event in await Journal.read(workspace.database, "CHgone")
                ):
                    await asyncio.sleep(0)
            await call.hang_up()
            await answering
        row = await get_call(workspace.database, "CHgone")
        assert await workspace.changes() == {"orders.1033.delivery_date": "2026-03-17"}
    assert row is not None
    assert row.disposition == "abandoned"  # nobody told the caller; that it was done is in the outcome all the same
    assert row.collected_data["new_date"] == "2026-03-17"
    assert "17" in row.summary


async def test_an_end_that_two_see_at_once_is_noted_once(tmp_path: Path) -> None:
    rehearsal = write_rehearsal(tmp_path, ["Hm."], moves=[{"say": "Yes?"}])
    async with open_workspace(rehearsal, Settings(_env_file=None, data_dir=tmp_path / "data")) as workspace:
        request = CallRequest(call_id="CHboth", carrier="chat", from_number=CALLER, language="en")
        async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began)) as call:
            leaving = call.conversation.leaving
            await asyncio.gather(leaving.end("agent", None), leaving.caller_left(), leaving.caller_left())
        events = await Journal.read(workspace.database, "CHboth")
        row = await get_call(workspace.database, "CHboth")
    assert [event.body["ended_by"] for event in events if event.kind == "call_ended"] == ["agent"]
    assert row is not None
    assert row.ended_at is not None
