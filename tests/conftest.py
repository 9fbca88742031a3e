"""What many tests share: a server, and databases of both kinds."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from storage.database import Database

if TYPE_CHECKING:
    from fakes.live_server import LiveServer

# Rich takes the width of tables from it once and for all; a test that wants one sets it for its command.
os.environ.pop("COLUMNS", None)

MIGRATED = "migrated"


def migrate(url: str) -> None:
    """Migrate a database from a thread of its own: a test's loop may be running in this one."""

    async def run() -> None:
        database = Database.open(url)
        await database.migrate()
        await database.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


def named(server: str, database: str) -> str:
    """The URL of a database on a PostgreSQL server."""
    return make_url(server).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this session's own, on a Unix socket, with one migrated database to copy."""
    pgserver = pytest.importorskip("pgserver")
    # Not under pytest's directory: only its owner may enter that, and for root the server runs as another user.
    server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="postgres-")), cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off;")  # tests kill clients, never the machine
    server.psql("SELECT pg_reload_conf();")
    server.psql(f"CREATE DATABASE {MIGRATED};")
    migrate(named(server.get_uri(), MIGRATED))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each test runs once on either."""
    return str(request.param)


async def _create(server: str, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE {template}')
    yield named(server, name)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without tables; the SQLite file does not exist yet."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    async for url in _create(request.getfixturevalue("postgres_url"), "template1"):
        yield url


@pytest.fixture
async def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a migrated database."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    async for url in _create(request.getfixturevalue("postgres_url"), MIGRATED):
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, opened."""
    database = Database.open(database_url)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveServer]:
    """A running server for the tests of a module that leave nothing in it: a start takes seconds.

    They run in its loop: `@pytest.mark.asyncio(loop_scope="module")`.
    """
    from fakes.live_server import live_server, server_settings  # most tests need no server

    async with live_server(server_settings(tmp_path_factory.mktemp("one_server"))) as running:
        yield running
