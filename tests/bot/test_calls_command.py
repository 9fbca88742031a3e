"""`voice-agent calls` over a real database: what is listed, what a reader sees, what a deletion leaves."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.records.search import read_since
from bot.shell import CommandError
from storage.calls import finish_call, record_call
from storage.database import Database
from storage.journal import Journal

pytestmark = pytest.mark.component

MARIA, OLEH, OURS = "+380671112233", "+380509998877", "+380441112233"
FIRST, SECOND, THIRD, LIVE = (f"CA{digit * 32}" for digit in "1234")
KYIV = ZoneInfo("Europe/Kyiv")

Command = Callable[..., Result]


async def fill(url: str, recordings: Path) -> None:
    database = Database.open(url)
    now = dt.datetime.now(dt.UTC)
    for call_id, person, direction, age_h in (
        (FIRST, MARIA, "inbound", 72),
        (SECOND, OLEH, "inbound", 3),
        (THIRD, MARIA, "outbound", 2),
        (LIVE, OLEH, "inbound", 1),
    ):
        await record_call(
            database,
            call_id=call_id,
            carrier="twilio",
            direction=direction,
            from_number=person,
            to_number=OURS,
            language="uk",
            flow="order_desk",
            started_at=now - dt.timedelta(hours=age_h),
        )
        if call_id != LIVE:
            (recordings / f"{call_id}.wav").write_bytes(b"RIFF")
            await finish_call(
                database,
                call_id,
                disposition="abandoned" if call_id == SECOND else "resolved",
                collected_data={"order_id": "1033"},
                ended_at=now - dt.timedelta(hours=age_h) + dt.timedelta(seconds=83),
                tape=str(recordings / f"{call_id}.wav"),
            )
    journal = Journal(database, FIRST)
    await journal.append("call_started", {"language": "uk"})
    await journal.append("user_said", {"text": "Де моє замовлення [1033]?"})
    await journal.append("tool_result", {"tool": "lookup_order", "status": "done", "ms": 4, "arguments": {}})
    await journal.append("bot_said", {"text": "Воно їде. Щось іще?", "heard": "Воно їде.", "interrupted": True})
    await journal.close()
    await database.close()


@pytest.fixture
def command(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/recordings").mkdir(parents=True)
    shutil.copy(migrated_file, tmp_path / "data/voice.db")
    asyncio.run(fill(f"sqlite:///{tmp_path / 'data/voice.db'}", tmp_path / "data/recordings"))

    def run(*words: str, answer: str = "", **environment: str) -> Result:
        settings = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "COLUMNS": "140", "TIMEZONE": "Europe/Kyiv"}
        return CliRunner().invoke(app, ["calls", *words], input=answer, env=settings | environment)

    return run


def listed(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [call["call_id"] for call in json.loads(result.stdout)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [LIVE, THIRD, SECOND, FIRST]),
        (["--limit", "1"], [LIVE]),
        (["--since", "150m"], [LIVE, THIRD]),
        (["--since", "1w"], [LIVE, THIRD, SECOND, FIRST]),
        (["--disposition", "resolved"], [THIRD, FIRST]),
        (["--number", "+380 67 111-22-33"], [THIRD, FIRST]),
        (["--number", OURS], [LIVE, THIRD, SECOND, FIRST]),
        (["--number", MARIA, "--since", "1d", "--disposition", "resolved"], [THIRD]),
        (["--disposition", "refused"], []),
    ],
)
def test_the_filters_choose_the_calls(command: Command, words: list[str], expected: list[str]) -> None:
    assert listed(command("list", "--json", *words)) == expected


def test_the_table_says_who_when_how_long_and_how_it_ended(command: Command) -> None:
    lines = command("list").stdout.splitlines()
    assert lines[0].split() == ["when", "caller", "called", "min", "ended", "as", "id", "learnt"]
    assert lines[1].split()[2:] == [OLEH, OURS, "-", "not", "ended", LIVE[:10]]
    assert lines[2].split()[2:] == [MARIA, OURS, "1:23", "resolved", THIRD[:10], "order_id=1033"]


def test_a_terminal_of_80_columns_shows_every_value_whole(command: Command) -> None:
    printed = command("list", COLUMNS="80").stdout
    assert "…" not in printed
    assert max(len(line.rstrip()) for line in printed.splitlines()) <= 80
    for value in (MARIA, OURS, "abandoned", FIRST[:10]):
        assert value in printed


def test_a_call_is_shown_as_it_was_heard_found_by_the_beginning_of_its_id(command: Command) -> None:
    shown = command("show", FIRST[:10]).stdout
    for part in (
        f"{FIRST} (twilio, inbound)",
        MARIA,
        "caller Де моє замовлення [1033]?",
        "lookup_order() → done in 4 ms",
        "agent  Воно їде. … (interrupted)",
        "resolved",
        "order_id=1033",
        f"{FIRST}.wav",
    ):
        assert part in shown
    assert "Щось іще?" not in shown  # nobody heard it
    whole = json.loads(command("show", FIRST, "--json").stdout)
    assert whole["call"]["disposition"] == "resolved"
    assert [event["kind"] for event in whole["events"]] == ["call_started", "user_said", "tool_result", "bot_said"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "CA9999"], "no call CA9999 here"),
        (["show", "CA"], "no call CA here"),
        (["list", "--since", "yesterday"], "expected e.g. 2h, 7d, 2026-11-25"),
        (["list", "--number", "Maria"], "expected a phone number"),
        (["delete", "--yes"], "either the id of a call or --caller"),
        (["delete", FIRST, "--caller", MARIA, "--yes"], "either the id of a call or --caller"),
        (["delete", "--caller", "+380670000000", "--yes"], "nothing was deleted"),
        (["delete", LIVE, "--yes"], "may be going on now; nothing was deleted"),
        (["delete", "--caller", OLEH, "--yes"], "Add --unfinished"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(command: Command, words: list[str], says: str) -> None:
    result = command(*words)
    assert result.exit_code == 1
    assert says in result.stderr
    assert listed(command("list", "--json")) == [LIVE, THIRD, SECOND, FIRST]


def test_a_deletion_asks_before_and_says_what_is_gone(command: Command, tmp_path: Path) -> None:
    refused = command("delete", FIRST[:10], answer="n\n")
    assert refused.exit_code == 1
    assert "Delete this call" in refused.stdout
    assert FIRST in listed(command("list", "--json"))
    done = command("delete", FIRST[:10], answer="y\n")
    assert "deleted 1 call, 4 journal entries and 1 recording" in done.stdout
    assert listed(command("list", "--json")) == [LIVE, THIRD, SECOND]
    assert not (tmp_path / "data/recordings" / f"{FIRST}.wav").exists()


def test_everything_with_one_person_is_deleted_and_nothing_else(command: Command, tmp_path: Path) -> None:
    removed = json.loads(command("delete", "--caller", "+380 67 111 22 33", "--yes", "--json").stdout)
    assert sorted(removed["calls"]) == [FIRST, THIRD]
    assert (removed["rows"], removed["recordings"]) == ({"call_event": 4, "calls": 2}, 2)
    assert listed(command("list", "--json")) == [LIVE, SECOND]
    kept = [path.name for path in (tmp_path / "data/recordings").iterdir()]
    assert kept == [f"{SECOND}.wav"]
    words = "Де моє замовлення".encode()
    assert [path.name for path in (tmp_path / "data").glob("voice.db*") if words in path.read_bytes()] == []


def test_an_unfinished_call_goes_when_that_is_asked_for(command: Command) -> None:
    assert command("delete", LIVE, "--unfinished", "--yes").exit_code == 0
    assert LIVE not in listed(command("list", "--json"))


def test_a_recording_that_stays_keeps_its_call_on_record(command: Command, tmp_path: Path) -> None:
    recording = tmp_path / "data/recordings" / f"{FIRST}.wav"
    recording.unlink()
    recording.mkdir()  # no file that could be unlinked, whoever runs this
    result = command("delete", FIRST, "--yes")
    assert (result.exit_code, "cannot delete the recording" in result.stderr) == (1, True)
    assert FIRST in listed(command("list", "--json"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90m", "2026-03-11T08:30:00+02:00"),
        ("2w", "2026-02-25T10:00:00+02:00"),
        ("2026-03-10", "2026-03-10T00:00:00+02:00"),
        ("2026-03-10T14:30", "2026-03-10T14:30:00+02:00"),
        ("2026-03-10T14:30:00+00:00", "2026-03-10T16:30:00+02:00"),
    ],
)
def test_since_is_understood_in_the_business_zone(text: str, moment: str) -> None:
    now = dt.datetime(2026, 3, 11, 10, 0, tzinfo=KYIV)
    assert read_since(text, now, KYIV) == dt.datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "2", "2y", "soon", "2026-13-01"])
def test_a_since_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="expected e"):
        read_since(text, dt.datetime.now(KYIV), KYIV)
