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
ROUND = dt.timedelta(seconds=ROUND_S)
LOST_AFTER = dt.timedelta(minutes=5)
"""No server has held the call and nothing has happened in it for so long: longer than anything takes that brings one
back, be it a carrier's new stream, a browser, or a phone that is picked up at last."""
HELD_FOR = 3 * ROUND
"""A call that was held no longer ago has a server that lives: it may have missed a round, and its clock be late."""
MOST_ENDINGS = 50
"""In one round: each takes several transactions, which calls that go on need as well."""
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
        now: The time, aware.
    """

    def __init__(
        self, database: Database, held: Callable[[], Collection[str]], *, now: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._database = database
        self._held = held
        self._now = now
        self._suspects: set[str] = set()
        self._rounds = 0
        self._has_more = False

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

    async def look(self) -> int:
        """One round; how many calls it ended, at most `MOST_ENDINGS`.

        A call is ended that was lost a round ago, too: after the database was away, its server says first that it
        holds it.

        Raises:
            StorageError: the database did not answer.
        """
        now, held = await self._hold()
        self._rounds += 1
        # What is there at the start may be of any age, and is ended in the second round.
        since = now - RECENT if self._rounds > 2 and not self._has_more else None
        lost = await find_lost_calls(self._database, now - LOST_AFTER, CARRIERS, since=since)
        found = {call_id: seen_at for call_id, seen_at in lost if call_id not in held}
        doomed = sorted(self._suspects & found.keys())
        self._has_more = True  # if the database goes away below
        due = doomed[:MOST_ENDINGS]
        # What cannot be ended is no suspect in the next round, so that it does not keep the others.
        self._suspects = found.keys() - set(due)
        count = 0
        for call_id in due:
            if self._now() - now >= ROUND:
                now, _ = await self._hold()
            count += await self._end(call_id, found[call_id])
        self._has_more = len(doomed) > len(due)
        return count

    async def _hold(self) -> tuple[dt.datetime, set[str]]:
        """Notes what is held here, and gives when, and what."""
        now, held = self._now(), set(self._held())
        await hold_calls(self._database, held, now)
        return now, held

    async def _end(self, call_id: str, seen_at: dt.datetime) -> bool:
        with logger.contextualize(call_id=call_id):
            try:
                # Its server may have come back, or another one have taken it up, since it was found.
                lost_since = self._now() - LOST_AFTER
                has_ended = await end_lost_call(
                    self._database, call_id, REASON, ended_at=seen_at, lost_since=lost_since
                )
            except StorageError:
                raise
            except Exception as exc:  # noqa: BLE001  one call that cannot be read must not keep the others
                logger.opt(exception=exc).error("lost call not ended")
                return False
            if has_ended:
                logger.error("call ended that no server holds")
            return has_ended
