"""Addresses of databases, and connections set up the way durability needs."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import URL, Connection, NullPool, event, make_url
from sqlalchemy import exc as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from storage.errors import DatabaseUnreachableError

_CONNECT_DEADLINE_S = 5.0
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        url: For SQLAlchemy, with the asynchronous driver named.
        path: The file of an SQLite database, absolute; None for a server.
        shown: For people: no password in it.
    """

    url: URL
    path: Path | None
    shown: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address in a URL as people write it.

        Raises:
            StorageError: `database_unreachable` if it is not a URL of a kind we know.
        """
        try:
            url = make_url(text)
        except sa.ArgumentError as exc:
            raise DatabaseUnreachableError(
                "DATABASE_URL: expected sqlite:///FILE or postgresql://…, got no URL"
            ) from exc
        kind = url.drivername.split("+")[0]
        shown = url.render_as_string(hide_password=True)
        if kind == "sqlite":
            if not url.database or url.database == ":memory:" or url.query:
                raise DatabaseUnreachableError(f"DATABASE_URL: expected sqlite:///FILE, got {shown}")
            return cls(url.set(drivername="sqlite+aiosqlite"), Path(url.database).absolute(), shown)
        if kind in {"postgresql", "postgres"}:
            query = dict(url.query)
            if "sslmode" in query:  # libpq's name; asyncpg takes the same values as `ssl`
                query["ssl"] = query.pop("sslmode")
            return cls(url.set(drivername="postgresql+asyncpg", query=query), None, shown)
        raise DatabaseUnreachableError(f"DATABASE_URL: expected sqlite:///FILE or postgresql://…, got {kind}://…")


def to_json(value: Any) -> str:
    """JSON that both databases keep: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""
    encoded = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _ESCAPED_NUL.sub(r"\1", encoded).encode("utf-8", "replace").decode()


def create_engine(
    address: Address,
    deadline_s: float,
    lock_wait_s: float,
    *,
    creates: bool = False,
    is_single_use: bool = False,
) -> AsyncEngine:
    """An engine for `address`; it connects at its first use.

    Args:
        address: Which database.
        deadline_s: For one statement.
        lock_wait_s: For another's lock.
        creates: Whether a missing SQLite file is created; otherwise a lost file is an error.
        is_single_use: No pool.
    """
    options: dict[str, Any] = {"hide_parameters": True, "json_serializer": to_json}
    if is_single_use:
        options["poolclass"] = NullPool
    else:
        options["pool_timeout"] = deadline_s
    if address.path is None:
        return _create_postgresql(address, deadline_s, lock_wait_s, options)
    return _create_sqlite(address.path, lock_wait_s, creates, options)


def _create_postgresql(address: Address, deadline_s: float, lock_wait_s: float, options: dict[str, Any]) -> AsyncEngine:
    return create_async_engine(
        address.url,
        pool_pre_ping=True,
        connect_args={
            "timeout": _CONNECT_DEADLINE_S,
            "command_timeout": deadline_s,
            "server_settings": {
                "application_name": "voice-agent",
                "lock_timeout": str(round(lock_wait_s * 1000)),
            },
        },
        **options,
    )


class _RollsBack(sqlite3.Connection):
    """A connection whose transaction ends with it.

    SQLite keeps a closed connection, and its lock, for as long as one of its statements is half read: who
    is cancelled in the middle of a query leaves such a statement to the garbage collector.
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


def _create_sqlite(path: Path, lock_wait_s: float, creates: bool, options: dict[str, Any]) -> AsyncEngine:
    url = URL.create(
        "sqlite+aiosqlite",
        database=f"file:{quote(str(path))}",
        query={"mode": "rwc" if creates else "rw", "uri": "true"},
    )
    engine = create_async_engine(url, connect_args={"timeout": lock_wait_s, "factory": _RollsBack}, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # `begin` below decides when a transaction starts
        entry.info["file"] = _identity(path)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={round(lock_wait_s * 1000)}")
        if creates:
            cursor.execute("PRAGMA journal_mode=WAL")  # the file remembers it
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not only forgotten
        cursor.close()

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        # SQLite goes on writing into a file that was deleted or replaced, and everything acknowledged
        # would be lost. A stat of a local file takes microseconds, and WAL works on local files only.
        if _identity(path) != entry.info["file"]:
            raise sa.DisconnectionError("the database file is gone or another one")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
