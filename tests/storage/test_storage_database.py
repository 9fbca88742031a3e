"""Reaching the database, its schema, and what is said when it fails."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.calls import get_call, record_call
from storage.database import Database
from storage.engines import Address, create_engine
from storage.errors import StorageError
from storage.journal import Journal
from storage.tables import Base, Customer

pytestmark = pytest.mark.component


def engine_of(url: str) -> AsyncEngine:
    return create_engine(Address.parse(url), 10, 5, is_single_use=True)


async def test_migrations_make_exactly_the_tables_of_the_code(database: Database, database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    engine = engine_of(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_processes_that_start_together_all_find_a_migrated_database(empty_database_url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from storage.database import Database\n"
        "async def main():\n"
        "    database = Database.open(sys.argv[1])\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    await database.migrate()\n"
        "    await database.ping()\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, empty_database_url, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    ends = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [(process.returncode, end[1]) for process, end in zip(processes, ends, strict=True)] == [(0, b"")] * 3


async def test_migrating_again_keeps_what_is_there(database: Database) -> None:
    await record_call(database, call_id="CA1", carrier="twilio", direction="inbound")
    await database.migrate()
    assert await get_call(database, "CA1")


async def test_a_block_that_fails_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.session() as session:
            session.add(Customer(phone="+15550107788", name="Priya Nair"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.session(read_only=True) as session:
        assert (await session.scalars(select(Customer))).all() == []


async def test_a_broken_rule_of_the_tables_is_not_an_outage(database: Database) -> None:
    row = {"phone": "+15550107788", "name": "Priya Nair"}

    async def add_twice() -> None:
        async with database.session() as session:
            await session.execute(insert(Customer), [row])
            await session.execute(insert(Customer), [row])

    with pytest.raises(IntegrityError):
        await add_twice()


async def test_transactions_that_read_before_they_write_do_not_lose_updates(database: Database) -> None:
    async with database.session() as session:
        session.add(Customer(customer_id=1, phone="+15550107788", name="0"))

    async def increment() -> None:
        async with database.session() as session:
            customer = await session.get(Customer, 1, with_for_update=True)
            assert customer
            customer.name = str(int(customer.name) + 1)

    await asyncio.gather(*(increment() for _ in range(20)))
    async with database.session(read_only=True) as session:
        assert (await session.scalars(select(Customer.name))).all() == ["20"]


async def test_a_held_lock_is_reported_after_the_wait(database: Database, database_url: str) -> None:
    impatient = Database.open(database_url, lock_wait_s=0.3)
    async with database.session() as holder:
        await holder.execute(text("SELECT 1" if database.is_sqlite else "LOCK TABLE calls IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StorageError) as caught:
            await record_call(impatient, call_id="CA1", carrier="twilio", direction="inbound")
    assert caught.value.code == "database_locked"
    assert await record_call(impatient, call_id="CA1", carrier="twilio", direction="inbound")
    await impatient.close()


async def test_a_transaction_ends_at_its_deadline(database: Database, database_url: str) -> None:
    strict = Database.open(database_url, deadline_s=0.5)

    async def dawdle() -> None:
        async with strict.session() as session:
            await session.execute(text("SELECT 1"))
            await asyncio.Event().wait()

    with pytest.raises(StorageError, match=r"no answer in 0\.5 s") as caught:
        await dawdle()
    assert caught.value.code == "database_unreachable"
    await strict.close()


async def test_tables_that_were_never_made_are_told_from_an_outage(empty_database_url: str) -> None:
    database = Database.open(empty_database_url)
    if database.address.path:
        sqlite3.connect(database.address.path).close()
    with pytest.raises(StorageError, match="migrate it before use") as caught:
        await database.ping()
    assert caught.value.code == "database_schema"
    await database.close()


async def test_sqlite_is_set_up_to_survive_power_loss(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'calls.db'}")
    await database.migrate()
    async with database.session() as session:
        found = [
            (await session.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    assert found == ["wal", 2, 5000, 1]
    await database.close()


async def test_a_deleted_database_file_is_noticed_and_its_return_too(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    database = Database.open(f"sqlite:///{path}")
    await database.migrate()
    await record_call(database, call_id="CA1", carrier="twilio", direction="inbound")
    path.rename(tmp_path / "elsewhere.db")
    with pytest.raises(StorageError) as caught:
        await record_call(database, call_id="CA2", carrier="twilio", direction="inbound")
    assert caught.value.code == "database_unreachable"
    assert not path.exists()
    (tmp_path / "elsewhere.db").rename(path)
    assert await get_call(database, "CA1")
    await database.close()


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        database = Database.open(f"postgres://bot:secret@127.0.0.1:{taken.getsockname()[1]}/calls")
        with pytest.raises(StorageError) as caught:
            await database.ping()
    assert caught.value.code == "database_unreachable"
    assert "DATABASE_URL" in caught.value.message
    assert "secret" not in caught.value.message
    await database.close()


async def test_a_server_that_never_answers_is_an_outage_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.engines._CONNECT_DEADLINE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database.open(f"postgres://bot:secret@127.0.0.1:{silent.getsockname()[1]}/calls")
        journal = Journal(database, "CA1")
        journal.post("user_said", {"text": "Hello"})
        for ask in (database.ping(), journal.flush(), journal.flush()):  # what was posted waits for its return
            with pytest.raises(StorageError) as caught:
                await ask
            assert caught.value.code == "database_unreachable"
        with pytest.raises(StorageError):
            await journal.close(0.1)
    await database.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_server_that_dropped_its_connections_is_used_again(database: Database, database_url: str) -> None:
    await database.ping()
    engine = engine_of(database_url)
    async with engine.connect() as connection:
        dropped = await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert dropped.scalars().all() == [True]
    await engine.dispose()
    await database.ping()


async def test_interrupted_transactions_neither_lose_nor_block_others(database: Database) -> None:
    acknowledged = set()

    async def record(call_id: str) -> None:
        await record_call(database, call_id=call_id, carrier="twilio", direction="inbound")
        acknowledged.add(call_id)

    for turns in range(30):
        tasks = [asyncio.create_task(record(f"CA{turns}-{number}")) for number in range(4)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks[:3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for call_id in acknowledged:
        assert await get_call(database, call_id)
    assert {f"CA{turns}-3" for turns in range(30)} <= acknowledged


async def test_a_connection_given_up_in_the_middle_of_a_query_leaves_no_lock(
    database: Database, database_url: str
) -> None:
    if not database.is_sqlite:
        pytest.skip("a server ends the transactions of a connection that is gone")
    engine = engine_of(database_url).execution_options(sqlite_begin="IMMEDIATE")
    connection = await engine.connect()
    await connection.execute(text("SELECT 1"))
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver
    half_read = await driver.execute("SELECT 1 UNION SELECT 2")
    await connection.invalidate()  # as for a query that was cancelled
    assert await record_call(database, call_id="CA1", carrier="twilio", direction="inbound")
    del half_read
    await connection.close()
    await engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "expected sqlite:///FILE"),
        ("calls.db", "expected sqlite:///FILE"),
        ("sqlite://", "expected sqlite:///FILE"),
        ("sqlite:///:memory:", "expected sqlite:///FILE"),
        ("mysql://bot:secret@host/calls", "got mysql"),
    ],
)
def test_a_url_of_no_known_kind_is_refused(url: str, says: str) -> None:
    with pytest.raises(StorageError, match=re.escape(says)) as caught:
        Database.open(url)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("name", ["100% sure.db", "a#b?c.db", "дзвінки.db"])
async def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    database = Database.open(f"sqlite:///{str(tmp_path / name).replace('?', '%3F')}")
    await database.migrate()
    await database.ping()
    await database.close()
    assert (tmp_path / name).exists() or "?" in name
