"""A process is killed while it writes; the next one reads back, repeats nothing blindly, and tells the truth."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import CALLER, write_rehearsal
from sqlalchemy import select, update

from bot.callers.workspace import Workspace, open_workspace
from bot.desk import Desk
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from storage.calls import get_call, start_resume
from storage.tables import Delivery, ToolEffect
from tools.context import FixedClock
from tools.execution import settle_unfinished

pytestmark = pytest.mark.component

DOOMED = Path(__file__).parents[1] / "fakes" / "doomed_call.py"
TUESDAY = {"order_id": "1033", "new_date": "2026-03-17"}
ASK = "Please move order one zero three three to Tuesday."
LOOK = {"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}
READ_BACK = {"say": "I can move order one zero three three to Tuesday the seventeenth of March. Shall I?"}
MOVE = {"calls": [{"name": "reschedule_delivery", "arguments": TUESDAY}]}
MOVED = {"orders.1033.delivery_date": "2026-03-17"}
REQUEST = CallRequest(call_id="CHdoomed", carrier="chat", from_number=CALLER, language="en")
Wait = Callable[[Sequence[Any]], bool]


@dataclass
class Resumed:
    """What the caller heard and what became of the order."""

    said: list[str]
    changes: dict[str, str | None]
    effects: list[ToolEffect]


def kinds(events: Sequence[Any], tool: str) -> list[str]:
    return [event.kind for event in events if event.body.get("tool") == tool]


async def kill_when(workspace: Workspace, turns: list[str], is_time: Wait) -> None:
    """Plays the turns in a process of their own and kills it at the moment that its journal tells."""
    path = workspace.folder / "doomed.json"
    body = {"settings": workspace.settings.reveal(), "request": REQUEST.model_dump(mode="json"), "turns": turns}
    path.write_text(json.dumps(body), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(DOOMED), str(path)), env=os.environ | {"PYTHONPATH": str(DOOMED.parents[2])}
    )
    async with asyncio.timeout(60):
        while not is_time(await workspace.journal(REQUEST.call_id)):
            assert process.returncode is None
            await asyncio.sleep(0.02)
    process.kill()
    await process.wait()


async def resume(workspace: Workspace, *turns: str) -> Resumed:
    """Goes on with the call in this process, without the fault."""
    said: list[str] = []

    def play(text: str) -> str:
        said.append(text)
        return text

    settings = workspace.settings.model_copy(update={"faults_file": None})
    request = REQUEST.model_copy(update={"resumed": True})
    async with open_text_call(settings, request, clock=FixedClock(workspace.began), play=play) as call:
        for turn in turns:
            await call.say(turn)
        await call.hang_up()
    async with workspace.database.session(read_only=True) as session:
        effects = list(await session.scalars(select(ToolEffect)))
    return Resumed(said, await workspace.changes(), effects)


def settings_of(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data")


SLOW = [{"tool": "reschedule_delivery", "delay_s": 60.0, "times": 1}]


async def test_a_write_that_had_not_been_done_is_done_once(tmp_path: Path) -> None:
    moves = [LOOK, READ_BACK, MOVE, {"say": "It is moved."}]
    rehearsal = write_rehearsal(tmp_path, [ASK], moves=moves, faults=SLOW)
    async with open_workspace(rehearsal, settings_of(tmp_path)) as workspace:
        await kill_when(workspace, [ASK, "Yes."], lambda events: "tool_intent" in kinds(events, "reschedule_delivery"))
        assert await workspace.changes() == {}
        resumed = await resume(workspace)
    assert resumed.said == ["Sorry, we lost the connection for a second.", "It is moved."]
    assert resumed.changes == MOVED
    assert [(effect.status, effect.attempts) for effect in resumed.effects] == [("done", 2)]


CHECK = {"kind": "check", "tool": "reschedule_delivery", "arguments": TUESDAY}


@pytest.mark.parametrize(("looks", "changes", "follow_ups"), [(True, MOVED, None), (False, {}, {"items": [CHECK]})])
async def test_who_hangs_up_while_their_call_is_taken_over_has_the_outcome_that_the_order_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, looks: bool, changes: Any, follow_ups: Any
) -> None:
    looking = asyncio.Event()

    async def slowly(*given: Any) -> Any:
        looking.set()
        await asyncio.sleep(0.3)
        return await settle_unfinished(*given)

    async def leave(desk: Desk) -> None:
        await looking.wait()
        await desk.conversation.caller_left()

    async def on_open(desk: Desk) -> None:
        leaving.append(asyncio.create_task(leave(desk)))
        if not looks:
            looking.set()
            await leaving[0]

    leaving: list[asyncio.Task[None]] = []
    monkeypatch.setattr("bot.desk.settle_unfinished", slowly)
    moves = [LOOK, READ_BACK, MOVE, {"say": "It is moved."}]
    async with open_workspace(
        write_rehearsal(tmp_path, [ASK], moves=moves, faults=SLOW), settings_of(tmp_path)
    ) as workspace:
        await kill_when(workspace, [ASK, "Yes."], lambda events: "tool_intent" in kinds(events, "reschedule_delivery"))
        settings = workspace.settings.model_copy(update={"faults_file": None})
        request, clock = REQUEST.model_copy(update={"resumed": True}), FixedClock(workspace.began)
        async with open_text_call(settings, request, clock=clock, on_open=on_open):
            await asyncio.gather(*leaving)
        row = await get_call(workspace.database, REQUEST.call_id)
        assert row
        assert (await workspace.changes(), row.follow_ups) == (changes, follow_ups)
        assert ("new_date" in (row.collected_data or {})) == looks


async def test_a_write_whose_effect_had_arrived_is_not_repeated(tmp_path: Path) -> None:
    rehearsal = write_rehearsal(
        tmp_path, [ASK], moves=[LOOK, READ_BACK, MOVE, MOVE, {"say": "It is moved."}], faults=SLOW
    )
    async with open_workspace(rehearsal, settings_of(tmp_path)) as workspace:
        await kill_when(workspace, [ASK, "Yes."], lambda events: "tool_intent" in kinds(events, "reschedule_delivery"))
        async with workspace.database.session() as session:  # it was on its way when the process died
            moved = update(Delivery).where(Delivery.order_id == "1033")
            await session.execute(moved.values(delivery_date=workspace.began.date().replace(day=17)))
        resumed = await resume(workspace)
        events = await workspace.journal(REQUEST.call_id)
    assert resumed.said[-1] == "It is moved."
    assert resumed.changes == MOVED
    assert [(effect.status, effect.attempts) for effect in resumed.effects] == [("done", 1)]
    results = [event.body for event in events if "tool_result" in kinds([event], "reschedule_delivery")]
    assert [(result["status"], result["reason"]) for result in results] == [("done", "verified"), ("done", None)]


async def test_the_caller_goes_on_where_the_agent_had_asked(tmp_path: Path) -> None:
    rehearsal = write_rehearsal(tmp_path, [ASK], moves=[LOOK, READ_BACK, MOVE, {"say": "It is moved."}])
    async with open_workspace(rehearsal, settings_of(tmp_path)) as workspace:
        await kill_when(workspace, [ASK], lambda events: any(event.kind == "readback" for event in events))
        resumed = await resume(workspace, "Yes.")
        call = await get_call(workspace.database, REQUEST.call_id)
        events = await workspace.journal(REQUEST.call_id)
    said = [event.body["text"] for event in events if event.kind == "user_said"]
    assert resumed.said[0] == "Sorry, we lost the connection for a second."
    assert "one zero three three" in resumed.said[1]
    assert resumed.said[2] == "It is moved."
    assert resumed.changes == MOVED
    assert said == [ASK, "Yes."]
    assert call is not None
    assert (call.resume_count, call.disposition) == (1, "resolved")


async def test_a_process_whose_call_was_taken_over_changes_nothing(tmp_path: Path) -> None:
    rehearsal = write_rehearsal(tmp_path, [ASK], moves=[LOOK, READ_BACK, MOVE, {"say": "Hm."}])
    async with open_workspace(rehearsal, settings_of(tmp_path)) as workspace:
        async with open_text_call(workspace.settings, REQUEST, clock=FixedClock(workspace.began)) as call:
            await call.say(ASK)
            await start_resume(workspace.database, REQUEST.call_id)
            await call.say("Yes.")
            await call.hang_up()
        assert await workspace.changes() == {}
        async with workspace.database.session(read_only=True) as session:
            (effect,) = await session.scalars(select(ToolEffect))
    assert effect.status == "intent"  # the process that has the call now reads it back
