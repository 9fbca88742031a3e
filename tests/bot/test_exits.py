"""Ways out of a call hold whatever the model does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import CALLER, write_rehearsal

from bot import phrases
from bot.callers.result import Result
from bot.callers.workspace import open_workspace
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import open_text_call
from spoken import Language
from storage.calls import get_call
from storage.database import Database
from storage.do_not_call import has_opted_out, opt_out
from tools.context import FixedClock

pytestmark = pytest.mark.wire

Play = Callable[..., Awaitable[Result]]
DEAF: dict[str, Any] = {"say": "Let us talk about something else."}


def spoken(result: Result) -> list[str]:
    return [said.text for said in result.transcript if said.who == "bot"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Never call me again!"), ("uk", "Не дзвоніть мені більше."), ("ru", "Больше мне не звоните.")],
)
async def test_who_wants_no_more_calls_is_heard_without_the_model(play: Play, language: Language, text: str) -> None:
    result = await play([text], moves=[DEAF], language=language)
    assert spoken(result)[1:] == [phrases.OPTED_OUT[language]]
    assert result.collected_data == {"opted_out": "yes"}
    assert (result.disposition, result.state) == ("resolved", "closed")


async def test_who_wants_no_more_calls_and_hangs_up_at_once_is_not_called_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()

    async def slowly(database: Database, number: str) -> None:
        began.set()
        await asyncio.sleep(0.3)  # the database is busy
        await opt_out(database, number)

    monkeypatch.setattr("bot.desk.opt_out", slowly)
    rehearsal = write_rehearsal(tmp_path, [], moves=[DEAF])
    request = CallRequest(call_id="CHleft", carrier="chat", from_number=CALLER, language="en")
    async with open_workspace(rehearsal, Settings(_env_file=None, data_dir=tmp_path / "data")) as workspace:
        async with open_text_call(workspace.settings, request, clock=FixedClock(workspace.began)) as call:
            await call.say("Never call me again!", while_busy=True)
            await began.wait()
            await call.hang_up()
        async with workspace.database.session(read_only=True) as session:
            assert await has_opted_out(session, CALLER)
        row = await get_call(workspace.database, "CHleft")
        assert row
        assert row.collected_data == {"opted_out": True}


async def test_nobody_is_promised_silence_whose_number_is_not_known(play: Play) -> None:
    result = await play(["Never call me again!"], moves=[DEAF], caller_id=None)
    assert phrases.OPTED_OUT["en"] not in spoken(result)
    assert result.disposition == "transferred"


@pytest.mark.parametrize(
    ("language", "insult"), [("en", "You are an idiot."), ("uk", "Ти ідіот."), ("ru", "Ты идиот.")]
)
async def test_one_calm_warning_and_then_a_polite_end(play: Play, language: Language, insult: str) -> None:
    result = await play([insult, insult], moves=[DEAF], language=language)
    assert spoken(result)[1:] == [phrases.ABUSE_WARNING[language], phrases.ABUSE_GOODBYE[language]]
    assert (result.disposition, result.state) == ("no_action", "closed")


async def test_who_calms_down_is_served(play: Play) -> None:
    result = await play(["You are an idiot.", "Sorry. Hello?", {"hang_up": True}], moves=[{"say": "How can I help?"}])
    assert spoken(result)[-1] == "How can I help?"


async def test_who_asks_twice_for_a_person_gets_one(play: Play) -> None:
    result = await play(["A human, please.", "I want to speak to a human!"], moves=[DEAF])
    assert result.disposition == "transferred"
    assert spoken(result)[-1] == phrases.TRANSFER["en"]


@pytest.mark.parametrize(
    ("turns", "disposition"),
    [
        (["That's all, goodbye.", "Goodbye!"], "no_action"),
        (["Sorry, wrong number.", "I dialed the wrong number."], "wrong_number"),
    ],
)
async def test_who_wants_to_go_is_let_go(play: Play, turns: list[str], disposition: str) -> None:
    result = await play(turns, moves=[DEAF])
    assert (result.disposition, result.state) == (disposition, "closed")
    assert spoken(result)[-1] == phrases.GOODBYE["en"]
