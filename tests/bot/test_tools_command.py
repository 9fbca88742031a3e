"""`voice-agent tools` as a person uses it: what is listed, what a tool does by hand, what it says if it does not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from emulators.crm import CrmRecords, CrmServer
from storage.database import Database
from storage.shop import read_orders, seed_shop, snapshot
from tools.registry import discover

pytestmark = pytest.mark.component

PRIYA, DANIEL = "+15550107788", "+15550102211"
ORDERS = {
    "1033": {"phone": PRIYA, "name": "Priya", "status": "scheduled", "delivery_date": "2026-03-14", "city": "Denver"},
    "1042": {"phone": DANIEL, "name": "Daniel", "status": "scheduled", "delivery_date": "2026-03-16", "city": "Denver"},
}
TUESDAY = json.dumps({"order_id": "1033", "new_date": "2026-03-17"})
Command = Callable[..., Result]


@pytest.fixture
def url(migrated_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "voice.db"
    path.write_bytes(migrated_file.read_bytes())
    url = f"sqlite:///{path}"

    async def fill() -> None:
        database = Database.open(url)
        await seed_shop(database, read_orders({"orders": ORDERS}))
        await database.close()

    asyncio.run(fill())
    return url


@pytest.fixture
def tools(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CLOCK_START", "2026-03-11T10:00:00+02:00")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["tools", *arguments], catch_exceptions=False)

    return run


def day_of(url: str, order_id: str = "1033") -> str:
    async def read() -> dict[str, str]:
        database = Database.open(url)
        try:
            return await snapshot(database)
        finally:
            await database.close()

    return asyncio.run(read())[f"orders.{order_id}.delivery_date"]


def test_the_list_names_every_tool_and_what_it_changes(tools: Command) -> None:
    listed = tools("list").output
    for name in discover().names:
        assert name in listed
    (line,) = (line for line in listed.splitlines() if "reschedule_delivery" in line)
    assert "the shop (database)" in line
    assert "after a yes to order_id, new_date" in line
    (line,) = (line for line in listed.splitlines() if "lookup_order" in line)
    assert "nothing" in line


def test_a_tool_is_shown_as_the_model_reads_it(tools: Command) -> None:
    shown = json.loads(tools("show", "reschedule_delivery", "--json").output)
    assert shown == next(schema for schema in discover().schemas() if schema["name"] == "reschedule_delivery")
    text = tools("show", "lookup_order").output
    for part in ("order_id (optional)", "Call it before you speak about any order", "gives back   status, orders"):
        assert part in text


def test_a_read_runs_for_the_caller_that_is_given(tools: Command) -> None:
    answer = tools("call", "lookup_order", "--from", PRIYA)
    assert answer.exit_code == 0
    assert [order["order_id"] for order in json.loads(answer.stdout)["orders"]] == ["1033"]
    stranger = tools("call", "lookup_order", "--json", '{"order_id": "1042"}', "--from", PRIYA)
    assert (stranger.exit_code, json.loads(stranger.stdout)["reason"]) == (1, "not_identified")
    assert "--said" in stranger.stderr
    said = ("--said", "my number is 555 010 2211", "--said", "order one zero four two")
    told = tools("call", "lookup_order", "--json", '{"order_id": "1042"}', "--from", PRIYA, *said)
    assert json.loads(told.stdout)["orders"][0]["order_id"] == "1042"


def test_a_write_needs_a_yes_and_happens_once(tools: Command, url: str) -> None:
    command = ("call", "reschedule_delivery", "--json", TUESDAY, "--from", PRIYA)
    asked = tools(*command)
    assert (asked.exit_code, json.loads(asked.stdout)["reason"]) == (1, "not_confirmed")
    assert "seventeenth of March" in json.loads(asked.stdout)["say"]
    assert day_of(url) == "2026-03-14"
    done = tools(*command, "--yes")
    assert done.exit_code == 0
    assert day_of(url) == "2026-03-17"
    again = tools(*command, "--yes", "--repeat", done.stderr.rsplit(" ", 1)[1].strip())
    assert json.loads(again.stdout) == json.loads(done.stdout)
    anew = tools(*command, "--yes")
    assert json.loads(anew.stdout)["reason"] == "date_unchanged"


def test_a_write_without_a_question_of_its_own_waits_for_yes(tools: Command) -> None:
    refused = tools("call", "end_call")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--yes" in refused.stderr
    done = tools("call", "end_call", "--yes")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"status": "done"})
    assert "say goodbye" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("call", "cancel_order"), 2, "expected one of ask_to_type"),
        (("show", "cancel_order"), 2, "expected one of ask_to_type"),
        (("call", "lookup_order", "--from", "0971234567"), 2, "--from: expected a number in E.164"),
        (("call", "lookup_order", "--json", '{"order": 1}'), 1, "voice-agent tools show lookup_order"),
        (("call", "lookup_order", "--json", "{"), 1, "voice-agent tools show lookup_order"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(tools: Command, arguments: tuple[str, ...], code: int, says: str) -> None:
    answer = tools(*arguments)
    assert answer.exit_code == code
    assert says in answer.stderr


@pytest.fixture
def crm() -> Iterator[CrmServer]:
    """A CRM in a thread of its own, for commands run loops of theirs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = CrmServer(CrmRecords.of(ORDERS))
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    yield server
    asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_the_same_commands_work_on_a_crm(
    tools: Command, crm: CrmServer, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SHOP", "http")
    missing = tools("list")
    assert (missing.exit_code, "CRM_BASE_URL: SHOP=http needs it" in missing.stderr) == (1, True)
    monkeypatch.setenv("CRM_BASE_URL", crm.base_url)
    monkeypatch.setenv("CRM_API_KEY", "emulated-crm")
    assert "the shop (CRM)" in tools("list").output
    done = tools("call", "reschedule_delivery", "--json", TUESDAY, "--from", PRIYA, "--yes")
    assert done.exit_code == 0
    assert crm.records.orders["1033"]["delivery"]["date"] == "2026-03-17"
    assert day_of(url) == "2026-03-14"
    monkeypatch.setenv("CRM_API_KEY", "another")
    refused = tools("call", "lookup_order", "--from", PRIYA)
    assert json.loads(refused.stdout)["reason"] == "server_error"
    assert "another" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("end_call", "delivery_reminder: all; order_desk: all"),
        ("reschedule_delivery", "delivery_reminder: agree, confirm, close; order_desk: clarify, confirm, close"),
        ("press_digits", "no node: no flow offers it"),
    ],
)
def test_it_is_told_where_a_tool_exists(tools: Command, name: str, says: str) -> None:
    assert f"exists at    {says}" in tools("show", name).stdout
