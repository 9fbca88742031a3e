"""A machine that picks up gets the message, or nothing at all; people are not made to wait for the verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import CALLER, write_rehearsal

from bot.callers.workspace import Workspace, open_workspace
from bot.outbound.verdict import Verdict
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import TextCall, open_text_call
from storage.calls import get_call
from tools.context import FixedClock

pytestmark = pytest.mark.component

MESSAGES = {
    "uk": "Це служба доставки. Передзвоніть нам, будь ласка.",
    "ru": "Это служба доставки. Перезвоните нам, пожалуйста.",
    "en": "This is the delivery desk. Please call us back.",
}
END_IT = {"calls": [{"name": "end_call", "arguments": {"reason": "voicemail"}}]}


@dataclass
class Rung:
    """A call of ours, in text."""

    call: TextCall
    workspace: Workspace
    said: list[str] = field(default_factory=list)

    async def disposition(self) -> str | None:
        row = await get_call(self.workspace.database, "CHout")
        return row.disposition if row else None


@asynccontextmanager
async def ring(folder: Path, moves: Any = (), **request: Any) -> AsyncIterator[Rung]:
    rehearsal = write_rehearsal(folder, ["Hm."], moves=list(moves) or [{"say": "Yes?"}])
    said: list[str] = []

    def play(text: str) -> str:
        said.append(text)
        return text

    async with open_workspace(rehearsal, Settings(_env_file=None, data_dir=folder / "data")) as workspace:
        call = CallRequest(call_id="CHout", carrier="chat", direction="outbound", from_number=CALLER, **request)
        clock = FixedClock(workspace.began)
        async with open_text_call(workspace.settings, call, clock=clock, play=play) as talk:
            yield Rung(talk, workspace, said)


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_the_message_is_left_in_the_calls_language(tmp_path: Path, language: str) -> None:
    async with ring(tmp_path, language=language, voicemail=MESSAGES[language]) as rung:
        await rung.call.conversation.machine_answered()
        assert rung.call.has_ended
        assert await rung.disposition() == "voicemail"
    assert rung.said[-1] == MESSAGES[language]
    assert len(rung.said) == 2  # after the greeting that a person would have heard


async def test_without_a_message_the_machine_is_hung_up_on(tmp_path: Path) -> None:
    async with ring(tmp_path, language="en") as rung:
        await rung.call.conversation.machine_answered()
        assert rung.call.has_ended
        assert await rung.disposition() == "voicemail"
    assert len(rung.said) == 1


async def test_a_machine_that_was_known_at_once_is_not_greeted(tmp_path: Path) -> None:
    async with ring(tmp_path, language="en", voicemail=MESSAGES["en"], answered_by="machine") as rung:
        assert rung.call.has_ended
    assert rung.said == [MESSAGES["en"]]


async def test_a_machine_known_by_its_words_gets_the_message_after_its_beep(tmp_path: Path) -> None:
    async with ring(tmp_path, [END_IT], language="en", voicemail=MESSAGES["en"]) as rung:
        await rung.call.say("You have reached Priya. Please leave a message after the tone.")
        assert not rung.call.has_ended
        for _ in range(100):  # nobody asks a machine whether it is still there
            await rung.call.conversation.pass_time(0.2)
        assert len(rung.said) == 1
        await rung.call.conversation.machine_answered()
        assert await rung.disposition() == "voicemail"
    assert rung.said[1:] == [MESSAGES["en"]]


async def test_the_message_is_left_even_if_the_carrier_never_hears_the_beep(tmp_path: Path) -> None:
    async with ring(tmp_path, [END_IT], language="en", voicemail=MESSAGES["en"]) as rung:
        await rung.call.say("You have reached Priya. Please leave a message after the tone.")
        for _ in range(130):
            await rung.call.conversation.pass_time(0.2)
        assert rung.call.has_ended
    assert rung.said[1:] == [MESSAGES["en"]]


async def test_a_verdict_reaches_the_conversation_whichever_comes_first() -> None:
    class Told:
        def __init__(self) -> None:
            self.by: list[str] = []

        async def machine_answered(self) -> None:
            self.by.append("machine")

        def human_answered(self) -> None:
            self.by.append("human")

    async def early(verdict: Verdict, told: Told) -> None:
        verdict.hear("machine")
        verdict.attach(told)

    async def late(verdict: Verdict, told: Told) -> None:
        verdict.attach(told)
        verdict.hear("machine")
        verdict.hear("machine")
        verdict.hear("human")

    orders: list[Callable[[Verdict, Told], Awaitable[None]]] = [early, late]
    for order in orders:
        verdict, told = Verdict(), Told()
        await order(verdict, told)
        await asyncio.sleep(0)
        assert told.by == ["machine"]
        await verdict.close()
