"""Nothing that a journal acknowledged is lost, and only its owner writes it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.calls import record_call, start_resume
from storage.database import Database
from storage.errors import StorageError
from storage.journal import Journal

pytestmark = pytest.mark.component
WRITER = Path(__file__).parent / "journal_writer.py"


@pytest.fixture
async def call(database: Database) -> str:
    await record_call(database, call_id="CA1", carrier="twilio", direction="inbound")
    return "CA1"


@asynccontextmanager
async def locked(database: Database) -> AsyncIterator[None]:
    async with database.session() as holder:
        await holder.execute(text("SELECT 1" if database.is_sqlite else "LOCK TABLE calls IN ACCESS EXCLUSIVE MODE"))
        yield


async def texts(database: Database, call_id: str) -> list[str]:
    return [event.body["text"] for event in await Journal.read(database, call_id)]


async def test_events_are_kept_in_the_order_they_were_given(database: Database, call: str) -> None:
    journal = Journal(database, call)
    for number in range(150):
        journal.post("user_said", {"text": str(number)})
    assert await journal.append("bot_said", {"text": "150", "heard": "", "interrupted": False}) == 151
    journal.post("user_said", {"text": "151"})
    await journal.flush()
    assert await texts(database, call) == [str(number) for number in range(152)]
    later = await Journal.read(database, call, after=150)
    assert [(event.seq, event.kind, event.body["v"]) for event in later] == [
        (151, "bot_said", 1),
        (152, "user_said", 1),
    ]
    await journal.close()


async def test_an_event_is_as_it_was_when_it_was_given(database: Database, call: str) -> None:
    journal = Journal(database, call)
    body = {"text": "а можна завтра?\x00\ud83d", "list": [1, 2.5, None, True]}
    journal.post("user_said", body)
    body["text"] = "changed later"
    await journal.close()
    (event,) = await Journal.read(database, call)
    assert event.body == {"v": 1, "text": "а можна завтра??", "list": [1, 2.5, None, True]}


async def test_what_cannot_be_kept_is_refused_before_it_is_queued(database: Database, call: str) -> None:
    journal = Journal(database, call)
    with pytest.raises(ValueError, match="expected a kind of call_started"):
        journal.post("chatted", {})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        journal.post("user_said", {"text": object()})
    await journal.append("user_said", {"text": "fine"})
    await journal.close()
    assert await texts(database, call) == ["fine"]


async def test_a_call_that_was_taken_over_has_a_new_only_writer(database: Database, call: str) -> None:
    old = Journal(database, call)
    await old.append("user_said", {"text": "before"})
    new = Journal(database, call, await start_resume(database, call))
    old.post("user_said", {"text": "lost"})
    with pytest.raises(StorageError) as caught:
        await old.append("user_said", {"text": "stale"})
    assert caught.value.code == "journal_fenced"
    with pytest.raises(StorageError):
        old.post("user_said", {"text": "staler"})
    assert await new.append("resumed", {"text": "after"}) == 2
    await old.close()
    await new.close()
    assert await texts(database, call) == ["before", "after"]


async def test_two_writers_of_the_same_count_do_not_mix(database: Database, call: str) -> None:
    first, second = Journal(database, call), Journal(database, call)
    await first.append("user_said", {"text": "first"})
    await second.append("user_said", {"text": "second"})
    with pytest.raises(StorageError) as caught:
        await first.append("user_said", {"text": "third"})
    assert caught.value.code == "journal_fenced"
    await first.close()
    await second.close()


async def test_an_unrecorded_call_has_no_journal(database: Database) -> None:
    journal = Journal(database, "CA404")
    with pytest.raises(StorageError) as caught:
        await journal.append("call_started", {})
    assert caught.value.code == "call_unknown"
    await journal.close()


async def test_posted_events_wait_for_a_locked_database(database: Database, database_url: str, call: str) -> None:
    impatient = Database.open(database_url, lock_wait_s=0.2)
    journal = Journal(impatient, call)
    async with locked(database):
        journal.post("user_said", {"text": "one"})
        with pytest.raises(StorageError) as caught:
            await journal.append("user_said", {"text": "refused"})
        journal.post("user_said", {"text": "two"})
    await journal.append("user_said", {"text": "three"})
    await journal.close()
    await impatient.close()
    assert caught.value.code == "database_locked"
    assert await texts(database, call) == ["one", "two", "three"]


async def test_a_full_queue_is_said_at_once(database: Database, call: str) -> None:
    journal = Journal(database, call, limit=3)
    for _ in range(3):
        journal.post("user_said", {"text": "waits"})
    with pytest.raises(StorageError) as caught:
        journal.post("user_said", {"text": "too many"})
    assert caught.value.code == "journal_full"
    await journal.close()
    assert await texts(database, call) == ["waits"] * 3


async def test_closing_says_when_events_are_lost(database: Database, database_url: str, call: str) -> None:
    impatient = Database.open(database_url, lock_wait_s=0.2)
    journal = Journal(impatient, call)
    journal.post("user_said", {"text": "lost"})
    async with locked(database):
        with pytest.raises(StorageError):
            await journal.close(deadline_s=0.6)
    with pytest.raises(StorageError) as caught:
        journal.post("user_said", {"text": "late"})
    assert caught.value.code == "journal_closed"
    await impatient.close()


async def test_an_impatient_caller_does_not_take_an_event_back(database: Database, call: str) -> None:
    journal = Journal(database, call)
    waiting = asyncio.create_task(journal.append("user_said", {"text": "kept"}))
    await asyncio.sleep(0)
    waiting.cancel()
    await journal.append("user_said", {"text": "next"})
    await journal.close()
    assert await texts(database, call) == ["kept", "next"]


async def test_many_calls_write_at_the_same_time(database: Database) -> None:
    async def write(call_id: str) -> None:
        await record_call(database, call_id=call_id, carrier="twilio", direction="inbound")
        journal = Journal(database, call_id)
        for number in range(20):
            await journal.append("user_said", {"text": str(number)})
        await journal.close()

    calls = [f"CA{number}" for number in range(8)]
    await asyncio.gather(*(write(call_id) for call_id in calls))
    for call_id in calls:
        assert await texts(database, call_id) == [str(number) for number in range(20)]


@pytest.mark.parametrize("acknowledged", [1, 40])
async def test_killed_processes_lose_nothing_they_acknowledged(
    database: Database, database_url: str, acknowledged: int
) -> None:
    async def write_and_die(call_id: str) -> list[tuple[int, int]]:
        await record_call(database, call_id=call_id, carrier="twilio", direction="inbound")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(WRITER), database_url, call_id, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        lines = [await process.stdout.readline() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        lines += [line async for line in process.stdout if line.endswith(b"\n")]
        await process.wait()
        return [(int(seq), int(number)) for seq, number in (line.split() for line in lines)]

    calls = ["CA1", "CA2"]
    for call_id, written in zip(calls, await asyncio.gather(*map(write_and_die, calls)), strict=True):
        kept = {event.seq: event.body for event in await Journal.read(database, call_id)}
        assert len(written) >= acknowledged
        for seq, number in written:
            assert kept[seq] == {"v": 1, "number": number}
            assert kept[seq - 1] == {"v": 1, "number": number, "posted": True}
        successor = Journal(database, call_id, await start_resume(database, call_id))
        assert await successor.append("resumed", {}) == max(kept) + 1
        await successor.close()
