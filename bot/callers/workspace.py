"""What a rehearsed call has of its own: a database with its shop, a clock, and the model its script asks for."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.api_tools import api_plans
from bot.callers.problems import CallerFilesError
from bot.callers.rehearsal import Rehearsal
from bot.settings import Settings
from bot.stages import Provider, SettingsError, StageChoice
from emulators.openai import OpenAIServer, ScriptedModel, read_moves
from storage.database import Database
from storage.journal import Event, Journal
from storage.shop import diff, seed_shop, snapshot

SCRIPT_KEY = "script"


@dataclass
class Workspace:
    """One call's own world.

    Attributes:
        folder: gone when the workspace is closed.
        settings: the configured ones, with what is the call's own put in their place.
        began: aware; the business's time at the start.
        database: open; holds the shop.
        before: the shop as the call found it, by path.
    """

    folder: Path
    settings: Settings
    began: datetime
    database: Database
    before: dict[str, str] = field(default_factory=dict)

    async def changes(self) -> dict[str, str | None]:
        """What differs in the shop from how the call found it."""
        return diff(self.before, await snapshot(self.database))

    async def journal(self, call_id: str, after: int = 0) -> list[Event]:
        """The call's events with a number above `after`."""
        return await Journal.read(self.database, call_id, after)


@asynccontextmanager
async def open_workspace(
    rehearsal: Rehearsal, settings: Settings, changes: Mapping[str, Any] | None = None
) -> AsyncIterator[Workspace]:
    """A workspace, removed when the block is left; the configured database is never touched.

    Args:
        rehearsal: what the call is made of.
        settings: everything configured; serves the stages that the rehearsal does not.
        changes: further settings of this call.

    Raises:
        CallerFilesError: the file of operations is wrong, with all its problems.
        StorageError: the database cannot be made.
    """
    began = rehearsal.now or datetime.now(UTC)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voice-agent-")))
        own: dict[str, Any] = {
            "database_url": f"sqlite:///{folder / 'voice.db'}",
            "timezone": rehearsal.script.timezone,
            "clock_start": rehearsal.now,
            "faults_file": await asyncio.to_thread(rehearsal.faults_path.resolve) if rehearsal.faults_path else None,
            "record_calls": False,
            # A rehearsal's orders are its own: nothing real may be moved unless its APIs were named for it.
            "tools_file": await asyncio.to_thread(rehearsal.tools_path.resolve) if rehearsal.tools_path else None,
            "shop": "sql",
        }
        if rehearsal.moves:
            moves = [move.model_dump(exclude_none=True) for move in rehearsal.moves.moves]
            server = await stack.enter_async_context(OpenAIServer(model=ScriptedModel(read_moves(moves))))
            own |= served_by("llm", server)
        own |= dict(changes or {})
        if rehearsal.tools_path:
            try:
                await asyncio.to_thread(api_plans, settings.model_copy(update=own), is_fresh=True)
            except SettingsError as exc:
                raise CallerFilesError(str(exc).splitlines()) from exc
        database = Database.open(own["database_url"])
        stack.push_async_callback(database.close)
        await database.migrate()
        await seed_shop(database, rehearsal.orders(began.astimezone(rehearsal.zone).date()))
        before = await snapshot(database)
        yield Workspace(folder, settings.model_copy(update=own), began.astimezone(rehearsal.zone), database, before)


def served_by(stage: str, server: OpenAIServer) -> dict[str, Any]:
    """Settings that have an emulator serve a stage."""
    return {
        stage: [StageChoice(provider=Provider.COMPATIBLE)],
        f"{stage}_base_url": server.base_url,
        f"{stage}_api_key": SecretStr(SCRIPT_KEY),
        f"{stage}_model": SCRIPT_KEY,
    }
