"""Who is calling, once it has been shown: in the journal without a number of theirs, and so known after a resume."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.rehearsals import CALLER, write_rehearsal

from bot.api_routes import state_of
from bot.callers.workspace import Workspace, open_workspace
from bot.settings import Settings
from bot.state import Event, fold
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from storage.calls import get_call, record_call
from storage.journal import Journal
from tools.context import FixedClock
from tools.proofs import Proof

ROOT = Path(__file__).parents[2]
OTHER = "+15550100042"
OWN = Proof("own_phone", "caller")


def proven(by: str, of: str) -> Event:
    return Event("identity_set", {"by": by, "of": of, "outcome": "proven"})


@pytest.mark.unit
@pytest.mark.parametrize(
    ("events", "identity"),
    [
        ([], ()),
        ([proven("own_phone", "caller"), proven("own_phone", "caller")], (OWN,)),
        ([proven("stated", "1042"), proven("code", "1042")], (Proof("stated", "1042"), Proof("code", "1042"))),
        (
            [
                Event("identity_set", {"by": "code", "outcome": outcome, "of": "caller"})
                for outcome in ("sent", "wrong")
            ],
            (),
        ),
        ([Event("identity_set", {"by": "code", "outcome": "proven"})], ()),  # of a journal before it said of whom
    ],
)
def test_what_proved_who_is_a_fold_of_the_journal(events: list[Event], identity: tuple[Proof, ...]) -> None:
    assert fold("CA1", events).identity == identity


def settings_of(folder: Path) -> Settings:
    rules = yaml.safe_load((ROOT / "tools/policy.yaml").read_text("utf-8"))
    rules["identity"]["code"] = {"before": "details"}
    policy = folder / "policy.yaml"
    policy.write_text(yaml.safe_dump(rules), "utf-8")
    return Settings(_env_file=None, data_dir=folder / "data", policy_file=policy)


async def look_up_after_resume(
    folder: Path, settings: Settings, caller: str | None, *before: tuple[Any, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Results of a lookup of 1042, or of the caller's own orders, in a process that takes a call over."""
    arguments = {"order_id": "1042"} if caller is None else {}
    moves = [{"calls": [{"name": "lookup_order", "arguments": arguments}]}, {"say": "It comes on Monday."}]
    request = CallRequest(call_id="CH1", carrier="chat", from_number=caller, language="en", resumed=True)
    async with open_workspace(write_rehearsal(folder, ["Hello"], moves=moves), settings) as workspace:
        await begin(workspace, *before)
        async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began)) as call:
            await call.say("When does it come?")
            await call.hang_up()
        events = await workspace.journal("CH1")
    assert OTHER not in str(events)
    return [event.body for event in events if event.kind == "tool_result"]


async def begin(workspace: Workspace, *before: tuple[Any, dict[str, Any]]) -> None:
    await record_call(workspace.database, call_id="CH1", carrier="chat", direction="inbound", flow="order_desk")
    journal = Journal(workspace.database, "CH1")
    journal.post("call_started", {"language": "en"})
    journal.post("bot_said", {"text": "Hello.", "heard": "Hello.", "interrupted": False})
    journal.post("user_said", {"text": "Order one zero four two."})
    for kind, body in before:
        journal.post(kind, body)
    journal.post("bot_said", {"text": "One moment.", "heard": "One moment.", "interrupted": False})
    await journal.close()


CODE = ("identity_set", {"by": "code", "of": "caller", "outcome": "proven"})
STATED = ("identity_set", {"by": "stated", "of": "1042", "outcome": "proven"})


@pytest.mark.component
@pytest.mark.parametrize(("before", "reason"), [([CODE], None), ([], "code_needed")])
async def test_a_code_once_typed_is_not_asked_for_again(tmp_path: Path, before: list[Any], reason: str | None) -> None:
    results = await look_up_after_resume(tmp_path, settings_of(tmp_path), CALLER, *before)
    assert [body["reason"] for body in results][:1] == [reason]


@pytest.mark.component
@pytest.mark.parametrize(("before", "reason"), [([STATED], None), ([], "not_identified")])
async def test_who_typed_their_phone_in_private_stays_identified(
    tmp_path: Path, before: list[Any], reason: str | None
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    results = await look_up_after_resume(tmp_path, settings, None, *before)
    assert [body["reason"] for body in results] == [reason]


@pytest.mark.component
async def test_a_call_shows_who_was_identified_and_what_is_open(tmp_path: Path) -> None:
    moves = [{"calls": [{"name": "lookup_order", "arguments": {"order_id": "1033"}}]}, {"say": "It comes on Saturday."}]
    rehearsal = write_rehearsal(tmp_path, ["Hello"], moves=moves)
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    request = CallRequest(call_id="CH1", carrier="chat", from_number=CALLER, language="en")
    asked = {"tool": "reschedule_delivery", "values": {"order_id": "1033", "new_date": "2026-03-17"}}
    unknown = {"tool": "send_sms", "arguments": {"order_id": "1033"}, "status": "unknown", "reason": "timeout"}
    async with AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(open_workspace(rehearsal, settings))
        clock = FixedClock(workspace.began)
        call = await stack.enter_async_context(open_text_call(workspace.settings, request, clock=clock))
        await call.say("Order one zero three three.")
        call.conversation.notes.post("confirmed", {"confirmation_id": "c1", **asked})
        await call.conversation.notes.append("tool_result", {**unknown, "result": {}})
        row = await get_call(workspace.database, "CH1")
        assert row
        shown = state_of(row, await workspace.journal("CH1"))
    assert shown["identity"] == [{"by": "own_phone", "of": "caller"}]
    assert shown["confirmation"] == {"confirmation_id": "c1", **asked}
    assert shown["follow_ups"] == [{"kind": "check", "tool": "send_sms", "arguments": {"order_id": "1033"}}]
