"""What is written down of a call while it goes on, and the state that follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from loguru import logger

from bot.line import Journal
from bot.state import AgentState, Event, apply
from spoken import Language
from storage.errors import JournalFencedError, StorageError
from storage.tables import EventKind
from tools.context import Clock

JOURNAL_WAIT_S = 1.0


class Notes:
    """One call's journal and the fold of it; every part of the conversation reads the state here.

    It is the tools' `EventLog`.

    Args:
        state: What is known already.
        journal: Where events are committed.
        clock: The business's clock, in its own time zone.
        elapsed_s: Seconds since the call began.
    """

    def __init__(self, state: AgentState, journal: Journal, clock: Clock, elapsed_s: Callable[[], float]) -> None:
        self.state = state
        self._journal = journal
        self._clock = clock
        self._elapsed_s = elapsed_s

    @property
    def language(self) -> Language:
        """The call's."""
        return self.state.language

    @property
    def today(self) -> date:
        """The business's day."""
        return self._clock.now().date()

    async def append(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        """Commits an event and brings the state up to date with it.

        A database that does not answer must not leave the caller in silence: after a second the call goes
        on, and the event is tried until it is committed or the call is over. Effects need their own commit.

        Raises:
            JournalFencedError: Another process has taken the call over: this one must have no more effects.
        """
        self._apply(kind, body)
        try:
            self._journal.post(kind, body)
            await asyncio.wait_for(self._journal.flush(), JOURNAL_WAIT_S)
        except JournalFencedError:
            raise
        except (StorageError, TimeoutError) as exc:
            logger.warning("journal is late", code=getattr(exc, "code", "timeout"))

    async def flush(self) -> None:
        """Waits until everything noted is committed, for a second at most."""
        try:
            await asyncio.wait_for(self._journal.flush(), JOURNAL_WAIT_S)
        except (StorageError, TimeoutError) as exc:
            logger.warning("journal is late", code=getattr(exc, "code", "timeout"))

    def post(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        """Notes what the caller need not wait for: it is committed soon, and before any event that is waited for.

        No effect on the world runs before its own intent is committed, and so everything noted before it.
        """
        self._apply(kind, body)
        try:
            self._journal.post(kind, body)
        except StorageError as exc:
            logger.error("event not in the journal", kind=kind, code=exc.code)

    def _apply(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        self.state = apply(self.state, Event(kind, body, self._elapsed_s()))
