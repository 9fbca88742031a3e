"""A whole call in text over the model's real wire: a scripted model, a scripted caller, everything between real."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.callers.workspace import served_by
from bot.domain import Domain
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import TextCall, open_text_call
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from evals.tau2_retail import changing, identity, reading
from evals.tau2_retail.store import Store
from storage.database import Database
from storage.journal import Journal
from tools.context import FixedClock
from tools.guards import Guard
from tools.policy import Policy
from tools.registry import Registry
from tools.tool import Tool

HERE = Path(__file__).parent
BEGAN = dt.datetime(2026, 3, 11, 10, 0, tzinfo=dt.UTC)
COLLEAGUE = "+15550100999"
_DEADLINE_S = 30.0


@dataclass(frozen=True)
class Turn:
    """What the caller says.

    Attributes:
        text: Their words.
        cuts_short: Whether they break into the agent's answer to it, half of which they hear.
        while_writing: Whether the next turn comes in the middle of the change that this one brings about.
    """

    text: str
    cuts_short: bool = False
    while_writing: bool = False


@dataclass(frozen=True)
class Script:
    """One call: what the caller says, and what the model does, answer by answer."""

    turns: Sequence[Turn]
    moves: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Played:
    """What came of a call.

    Attributes:
        results: The bodies of the journal's `tool_result` events, in their order.
        confirmed: Of its `confirmed` events with a yes.
        said: What the agent said, as far as it was heard.
        moves_left: Moves of the model that were never asked for.
    """

    results: list[dict[str, Any]]
    confirmed: list[dict[str, Any]]
    said: list[str]
    moves_left: int


def registry() -> Registry:
    """The retail tools and guards."""
    found = [value for module in (reading, changing, identity) for value in vars(module).values()]
    tools = dict.fromkeys(value for value in found if isinstance(value, Tool))
    return Registry(tools, dict.fromkeys(value for value in found if isinstance(value, Guard)))


def domain(store: Store) -> Domain:
    """The retail shop as a domain of one call."""
    return Domain(registry(), Policy.load(HERE / "policy.yaml"), HERE / "flow.yaml", store)


async def _rest(call: TextCall, model: ScriptedModel) -> None:
    """Returns when the model has not been asked again for a while: a busy machine makes pauses that look like rest."""
    asked = -1
    while asked != len(model.requests):
        asked = len(model.requests)
        await call.wait_for_agent()


async def play(script: Script, store: Store, settings: Settings, call_id: str) -> Played:
    """Plays one call to its end.

    Args:
        script: Of caller and model.
        store: The call's shop; what is changed is in it afterwards.
        settings: With an empty, migrated database in `data_dir`, of which the call gets a copy: calls of one
            machine would wait for each other's commits.
        call_id: Also the copy's name.

    Raises:
        TimeoutError: The agent did not come to rest, or a change that was waited for never began.
    """
    said: list[str] = []
    cut = False
    empty, own = settings.data_dir / "empty.db", settings.data_dir / f"{call_id}.db"
    await asyncio.to_thread(shutil.copyfile, empty, own)

    def hear(text: str) -> str:
        words = text.split(" ")
        heard = " ".join(words[: len(words) // 2]) if cut else text
        said.append(heard)
        return heard

    request = CallRequest(call_id=call_id, carrier="chat", language="en", fallback_number=COLLEAGUE)
    model = ScriptedModel(read_moves(script.moves))
    async with OpenAIServer(model=model) as server:
        served = settings.model_copy(update={**served_by("llm", server), "database_url": f"sqlite:///{own}"})
        clock = FixedClock(BEGAN, monotonic=None)
        async with open_text_call(served, request, clock=clock, play=hear, domain=domain(store)) as call:
            for turn in script.turns:
                cut = turn.cuts_short
                store.busy.clear()
                await call.say(turn.text, while_busy=turn.while_writing)
                if turn.while_writing:
                    await asyncio.wait_for(store.busy.wait(), _DEADLINE_S)
                else:
                    await _rest(call, model)
            await call.hang_up()
    database = Database.open(served.database)
    try:
        events = await Journal.read(database, call_id)
    finally:
        await database.close()
        await asyncio.to_thread(own.unlink)
    return Played(
        [event.body for event in events if event.kind == "tool_result"],
        [event.body for event in events if event.kind == "confirmed" and event.body.get("confirmation_id")],
        said,
        model.moves_left,
    )
