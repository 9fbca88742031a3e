"""Calls whose server is gone for good get an end, and whoever waits for their outcomes is told."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection

from loguru import logger

from bot.call_end import end_lost_call
from storage.calls import find_lost_calls, hold_calls
from storage.database import Database
from storage.errors import StorageError
from storage.tables import utc_now

ROUND_S = 30.0
LOST_AFTER = dt.timedelta(minutes=5)
"""No server has held the call and nothing has happened in it for so long: longer than anything takes that brings one
back, be it a carrier's new stream, a browser, or a phone that is picked up at last."""
RECENT = dt.timedelta(days=2)
REASON = "the server that held it was lost"
# Calls of these carriers are held by servers; those of commands end with their commands.
CARRIERS = ("twilio", "voximplant", "browser")


class LostCalls:
    """Says of this server's calls that they are held, and ends those that no server holds.

    Any number of servers on one database may do this: the first outcome stands, and is announced once.

    Args:
        database: Where calls are.
        held: Gives the ids of the calls that this server holds or waits for.
    """

    def __init__(self, database: Database, held: Callable[[], Collection[str]]) -> None:
        self._database = database
        self._held = held
        self._suspects: set[str] = set()
        self._rounds = 0

    async def run(self) -> None:
        """Looks at once, and then for ever."""
        while True:
            try:
                await self.look()
            except StorageError as exc:
                logger.error("lost calls not looked for: {code}", code=exc.code)
            except Exception as exc:  # noqa: BLE001  a background task's border: it must go on trying
                logger.opt(exception=exc).error("lost calls not looked for")
            await asyncio.sleep(ROUND_S)

    async def look(self, now: dt.datetime | None = None) -> int:
        """One round; how many calls it ended.

        A call is ended that was lost a round ago, too: after the database was away, its server says first that it
        holds it.

        Args:
            now: Aware; the present moment if not given.

        Raises:
            StorageError: the database did not answer.
        """
        now = now or utc_now()
        held = set(self._held())
        await hold_calls(self._database, held, now)
        self._rounds += 1
        # What is there at the start may be of any age, and is ended in the second round.
        since = now - RECENT if self._rounds > 2 else None
        lost = await find_lost_calls(self._database, now - LOST_AFTER, CARRIERS, since=since)
        found = {call_id: seen_at for call_id, seen_at in lost if call_id not in held}
        doomed = sorted(self._suspects & found.keys())
        self._suspects = set(found)
        return sum([await self._end(call_id, found[call_id]) for call_id in doomed])

    async def _end(self, call_id: str, seen_at: dt.datetime) -> bool:
        with logger.contextualize(call_id=call_id):
            try:
                has_ended = await end_lost_call(self._database, call_id, REASON, ended_at=seen_at)
            except StorageError:
                raise
            except Exception as exc:  # noqa: BLE001  one call that cannot be read must not keep the others
                logger.opt(exception=exc).error("lost call not ended")
                return False
            if has_ended:
                logger.error("call ended that no server holds")
            return has_ended
