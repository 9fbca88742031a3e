"""The journal of one call: what was acknowledged survives any death of the process."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from loguru import logger
from sqlalchemy import exc as sa
from sqlalchemy import func, select

from storage.database import Database
from storage.engines import to_json
from storage.errors import CallUnknownError, JournalFencedError, JournalFullError, StorageError
from storage.tables import EVENT_KINDS, Call, CallEvent, EventKind, utc_now

BODY_VERSION = 1
_BATCH = 100
_RETRY_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a journal. `body["v"]` is the version of the body's shape."""

    seq: int
    kind: EventKind
    at: dt.datetime
    body: dict[str, Any]


@dataclass(slots=True, eq=False)
class _Waiting:
    row: dict[str, Any] | None  # None: a flush that waits for what stands before it
    acknowledge: asyncio.Future[int] | None


class Journal:
    """The only writer of one call's events, in the order they were given.

    Owns one task, which `close` ends. The task commits what waits as one transaction, so that many
    posted events cost one commit.
    """

    def __init__(
        self,
        database: Database,
        call_id: str,
        resume_count: int = 0,
        *,
        now: Callable[[], dt.datetime] = utc_now,
        limit: int = 1000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._call_id = call_id
        self._resume_count = resume_count
        self._now = now
        self._limit = limit
        self._sleep = sleep
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._last_seq: int | None = None
        self._is_unsure = False  # a commit failed; it may have been done all the same
        self._broken: StorageError | None = None

    async def append(self, kind: EventKind, body: Mapping[str, Any]) -> int:
        """Write an event; it is committed on return, after all that was posted before.

        A caller that is cancelled while it waits does not take the event back.

        Returns:
            Its number in the journal.

        Raises:
            StorageError: `journal_fenced` when another process has taken the call over, `call_unknown`,
                or why the database did not commit; then the event is not written again.
        """
        acknowledge: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._enqueue(_Waiting(self._row(kind, body), acknowledge))
        return await acknowledge

    def post(self, kind: EventKind, body: Mapping[str, Any]) -> None:
        """Have an event written soon, without waiting; tried until it is committed or the journal closes.

        Raises:
            StorageError: `journal_full`, or `journal_fenced` once that is known.
        """
        if len(self._waiting) >= self._limit:
            raise JournalFullError(f"{self._limit} events wait for the database: it does not answer or is too slow")
        self._enqueue(_Waiting(self._row(kind, body), None))

    async def flush(self) -> None:
        """Return when all that was posted is committed.

        Raises:
            StorageError: Why it could not be; posted events stay queued.
        """
        if not self._waiting:
            return
        acknowledge: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._enqueue(_Waiting(None, acknowledge))
        await acknowledge

    async def close(self, deadline_s: float = 10.0) -> None:
        """Commit what waits, as long as `deadline_s` allows, and end the writer.

        Raises:
            StorageError: Why posted events were lost.
        """
        failure: StorageError | None = None
        try:
            async with asyncio.timeout(deadline_s):
                while self._waiting and self._broken is None:
                    try:
                        await self.flush()
                        failure = None
                    except StorageError as exc:
                        failure = exc
                        await self._sleep(_RETRY_PAUSE_S)
        except TimeoutError:
            failure = failure or StorageError("the journal could not be written before its deadline")
        finally:
            await self._stop()
        if failure is not None and not isinstance(failure, JournalFencedError):
            raise failure

    @staticmethod
    async def read(database: Database, call_id: str, after: int = 0) -> list[Event]:
        """All events of a call with a number above `after`, in order."""
        statement = select(CallEvent).where(CallEvent.call_id == call_id, CallEvent.seq > after).order_by(CallEvent.seq)
        async with database.session(read_only=True) as session:
            rows = (await session.scalars(statement)).all()
        return [Event(row.seq, row.kind, row.at, row.body) for row in rows]

    def _row(self, kind: EventKind, body: Mapping[str, Any]) -> dict[str, Any]:
        if kind not in EVENT_KINDS:
            raise ValueError(f"journal: expected a kind of {', '.join(EVENT_KINDS)}, got {kind!r}")
        # A copy, taken now: the caller may go on changing what it gave, and what is no JSON
        # must fail here and not in the writer.
        kept = json.loads(to_json({"v": BODY_VERSION, **body}))
        return {"call_id": self._call_id, "kind": kind, "at": self._now(), "body": kept}

    def _enqueue(self, waiting: _Waiting) -> None:
        if self._broken is not None:
            raise copy.copy(self._broken)
        self._waiting.append(waiting)
        self._wake.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="journal")

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            batch = list(islice(self._waiting, _BATCH))
            if not batch:
                self._wake.clear()
                continue
            try:
                await self._commit([waiting.row for waiting in batch if waiting.row is not None])
            except (JournalFencedError, CallUnknownError) as exc:
                self._give_up(exc)
                return
            except StorageError as exc:
                self._is_unsure = True
                self._refuse(batch, exc)
                logger.warning("journal not written, will be tried again", code=exc.code)
                await self._sleep(_RETRY_PAUSE_S)
            except Exception as exc:  # noqa: BLE001 - the border of a background task
                logger.opt(exception=exc).error("journal broken")
                self._give_up(StorageError(f"the journal cannot be written: {type(exc).__name__}"))
                return
            else:
                self._is_unsure = False
                for waiting in batch:
                    self._waiting.popleft()
                    if waiting.acknowledge is not None and not waiting.acknowledge.done():
                        waiting.acknowledge.set_result(waiting.row["seq"] if waiting.row else 0)

    async def _commit(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        async with self._database.session() as session:
            # FOR SHARE (PostgreSQL) holds a take-over back until this commit; SQLite has one writer anyway.
            owner = select(Call.resume_count).where(Call.call_id == self._call_id).with_for_update(read=True)
            count = (await session.execute(owner)).scalar()
            if count is None:
                raise CallUnknownError("the journal's call was never recorded: record it at the webhook first")
            if count != self._resume_count:
                raise JournalFencedError(
                    f"the call was taken over: resume {count}, this writer has {self._resume_count}"
                )
            if self._last_seq is None:
                last = select(func.max(CallEvent.seq)).where(CallEvent.call_id == self._call_id)
                self._last_seq = (await session.execute(last)).scalar() or 0
            for row in rows:
                if "seq" not in row:
                    self._last_seq += 1
                    row["seq"] = self._last_seq
            insert = self._database.insert(CallEvent)
            if self._is_unsure:
                insert = insert.on_conflict_do_nothing()
            try:
                await session.execute(insert, rows)
            except sa.IntegrityError as exc:
                raise JournalFencedError("another writer with the same resume count wrote this call's journal") from exc

    def _refuse(self, batch: list[_Waiting], error: StorageError) -> None:
        """Tell those who wait; what nobody waits for stays queued, in order."""
        for waiting in batch:
            if waiting.acknowledge is not None:
                self._waiting.remove(waiting)
                if not waiting.acknowledge.done():
                    waiting.acknowledge.set_exception(copy.copy(error))

    def _give_up(self, error: StorageError) -> None:
        self._broken = error
        lost = 0
        while self._waiting:
            waiting = self._waiting.popleft()
            if waiting.acknowledge is None:
                lost += 1
            elif not waiting.acknowledge.done():
                waiting.acknowledge.set_exception(copy.copy(error))
        logger.warning("journal ended", code=error.code, lost=lost)

    async def _stop(self) -> None:
        if self._broken is None:
            self._broken = StorageError("the journal is closed", code="journal_closed")
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        if self._waiting:
            self._give_up(self._broken)
