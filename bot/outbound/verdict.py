"""Who has picked up a call of ours, as the conversation learns of it."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Talk(Protocol):
    """What a verdict means to a conversation."""

    async def machine_answered(self) -> None:
        """Leaves the message, if there is one, and ends the call."""

    def human_answered(self) -> None:
        """Goes on as with anyone."""


class Verdict:
    """Passes the carrier's verdict on to the one conversation of this process, whichever comes first."""

    def __init__(self) -> None:
        """Nobody has picked up yet."""
        self._talk: Talk | None = None
        self._answered_by: str | None = None
        self._acting: asyncio.Task[None] | None = None

    def attach(self, talk: Talk) -> None:
        """The conversation has begun."""
        self._talk = talk
        self._act()

    def hear(self, answered_by: str) -> None:
        """`human` or `machine`; the first verdict stands."""
        if self._answered_by is None:
            self._answered_by = answered_by
            self._act()

    async def close(self) -> None:
        """The conversation is over."""
        self._talk = None
        if self._acting is not None:
            self._acting.cancel()
            await asyncio.gather(self._acting, return_exceptions=True)

    def _act(self) -> None:
        if self._talk is None or self._answered_by is None:
            return
        if self._answered_by != "machine":
            self._talk.human_answered()
        elif self._acting is None:
            self._acting = asyncio.get_running_loop().create_task(self._talk.machine_answered(), name="machine")
