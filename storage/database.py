"""One database: SQLite in a file by default, PostgreSQL by its URL; the same code on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from storage.engines import Address, create_engine
from storage.errors import DatabaseSchemaError, DatabaseUnreachableError, translate

DEADLINE_S = 10.0
LOCK_WAIT_S = 5.0
MIGRATION_DEADLINE_S = 120.0


class Database:
    """Transactions with a deadline, and errors that say what to do.

    Open one a process and loop, after any fork; close it, or its threads keep the process alive.
    """

    def __init__(self, address: Address, engine: AsyncEngine, deadline_s: float) -> None:
        self.address = address
        self._engine = engine
        self._deadline_s = deadline_s
        self.announces_outcomes = False
        """Whether the end of a call is written down for the webhook, too."""
        self._reading = async_sessionmaker(engine, expire_on_commit=False)
        # SQLite: a transaction that reads first and writes later fails at once when another one
        # wrote in between; taking the write lock at the start waits its turn instead.
        self._writing = async_sessionmaker(engine.execution_options(sqlite_begin="IMMEDIATE"), expire_on_commit=False)

    @classmethod
    def open(cls, url: str, *, deadline_s: float = DEADLINE_S, lock_wait_s: float = LOCK_WAIT_S) -> Self:
        """A database that connects at its first use; `ping` tells whether it can.

        Args:
            url: `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://…` or `postgres://…`.
            deadline_s: For one transaction, from taking a connection to its commit.
            lock_wait_s: How long another transaction's lock is waited for.

        Raises:
            StorageError: `database_unreachable` if the URL names no database we can use.
        """
        address = Address.parse(url)
        return cls(address, create_engine(address, deadline_s, lock_wait_s), deadline_s)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file on this machine."""
        return self.address.path is not None

    @asynccontextmanager
    async def session(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends well, rolled back when it does not.

        Keep it short: on SQLite one writer at a time goes on.

        Raises:
            StorageError: `database_unreachable`, `database_locked`, `database_schema`; nothing was kept.
            sqlalchemy.exc.IntegrityError: As it comes, for those who can act on it.
        """
        sessions = self._reading if read_only else self._writing
        try:
            async with asyncio.timeout(self._deadline_s) as deadline, sessions.begin() as session:
                yield session
        except TimeoutError as exc:
            # The driver gives a connection up by itself, before the deadline.
            within = f" in {self._deadline_s} s" if deadline.expired() else ""
            raise DatabaseUnreachableError(
                f"{self.address.shown} gave no answer{within}: is it overloaded or cut off"
            ) from exc
        except Exception as exc:
            error = translate(exc, self.address.shown)
            if error is None or error is exc:
                raise
            raise error from exc

    def insert(self, table: Table | type) -> postgresql.Insert | sqlite.Insert:
        """An INSERT of this dialect, which knows `on_conflict_do_nothing`."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def migrate(self) -> None:
        """Bring the tables to the newest schema; a new SQLite file is created.

        Several processes may do this at the same time: one migrates, the others wait for it.

        Raises:
            StorageError: As `session` does.
        """
        # Alembic takes as long to import as the rest of this package; only who migrates pays for it.
        from storage.migrate import upgrade_blocking

        engine = create_engine(
            self.address, MIGRATION_DEADLINE_S, MIGRATION_DEADLINE_S, creates=True, is_single_use=True
        )
        try:
            await asyncio.to_thread(upgrade_blocking, engine, self.address.path, MIGRATION_DEADLINE_S)
        except TimeoutError as exc:
            raise DatabaseUnreachableError(
                f"{self.address.shown} was not migrated in {MIGRATION_DEADLINE_S} s: is another migration stuck"
            ) from exc
        except Exception as exc:
            error = translate(exc, self.address.shown)
            if error is None or error is exc:
                raise
            raise error from exc

    async def ping(self) -> None:
        """Return if the database answers and has been migrated.

        Raises:
            StorageError: Otherwise.
        """
        async with self.session(read_only=True) as session:
            version = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar()
        if version is None:
            raise DatabaseSchemaError(f"{self.address.shown} was never migrated: migrate it before use")

    async def forget_deleted(self) -> None:
        """Take what was deleted out of SQLite's write-ahead file too; while others read, it stays until they are done.

        Raises:
            StorageError: As `session` does.
        """
        if not self.is_sqlite:
            return
        try:
            async with asyncio.timeout(self._deadline_s), self._engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except TimeoutError as exc:
            raise DatabaseUnreachableError(f"{self.address.shown} gave no answer in {self._deadline_s} s") from exc
        except Exception as exc:
            error = translate(exc, self.address.shown)
            if error is None or error is exc:
                raise
            raise error from exc

    async def close(self) -> None:
        """Close all connections; the database may be opened again."""
        await self._engine.dispose()
