"""Operations of an API in a whole call: where they exist, whom they tell what, and what they change."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.rehearsals import SHOP, write_rehearsal

from bot.api_tools import api_plans
from bot.callers.chat import run_chat
from bot.callers.problems import CallerFilesError
from bot.callers.result import Result
from bot.files_check import check_files
from bot.scenario import scenario
from bot.scenario_check import flow_problems
from bot.settings import Settings
from bot.stages import SettingsError
from bot.warmup import stand_ins
from emulators.crm import CrmRecords, CrmServer
from tools.registry import discover

pytestmark = pytest.mark.component

ROOT = Path(__file__).parents[2]
[PRINTED] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/your-systems.md").read_text("utf-8"), re.DOTALL)
MOVE = {"order_id": "1033", "new_date": "2026-03-17"}


@pytest.fixture
async def crm() -> AsyncIterator[CrmServer]:
    async with CrmServer(CrmRecords.of(SHOP)) as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_API_KEY", "emulated-crm")


def write_tools(folder: Path, crm: CrmServer, **changes: dict[str, Any]) -> Path:
    """The page's file, pointed at a CRM that listens; `changes` by operationId."""
    allowed = yaml.safe_load(PRINTED)
    api = allowed["apis"]["crm"]
    api |= {"document": str(ROOT / api["document"]), "base_url": crm.base_url}
    for name, change in changes.items():
        api["operations"][name] |= change
    path = folder / "tools.yaml"
    path.write_text(yaml.safe_dump(allowed, allow_unicode=True), "utf-8")
    return path


async def play(folder: Path, crm: CrmServer, turns: list[Any], moves: list[dict[str, Any]], **script: Any) -> Result:
    rehearsal = replace(write_rehearsal(folder, turns, moves=moves, **script), tools_path=write_tools(folder, crm))
    return await run_chat(rehearsal, Settings(_env_file=None, data_dir=folder / "data"))


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"calls": [{"name": name, "arguments": arguments}]}


def reasons(result: Result) -> list[tuple[str, str, str | None]]:
    return [(tool.name, tool.status, tool.reason) for tool in result.tool_calls]


YES = {
    "en": ["What have I ordered?", "Order one zero three three, please.", "To Tuesday the seventeenth.", "Yes."],
    "uk": ["Що я замовила?", "Замовлення один нуль три три.", "На вівторок, сімнадцяте.", "Так."],
    "ru": ["Что я заказала?", "Заказ один ноль три три.", "На вторник, семнадцатое.", "Да."],
}
HEARD = {
    "en": "Move order one zero three three to Tuesday the seventeenth of March, is that right?",
    "uk": "Перенести замовлення один нуль три три на вівторок, сімнадцяте березня, так?",
    "ru": "Перенести заказ один ноль три три на вторник, семнадцатое марта, да?",
}


@pytest.mark.parametrize("language", YES)
async def test_the_page_s_operations_serve_a_caller(tmp_path: Path, crm: CrmServer, language: str) -> None:
    moves = [
        call("my_orders"),
        {"say": "…"},
        call("lookup_order", order_id="1033"),
        call("order_details", order_id="1033"),
        {"say": "…"},
        call("move_order", **MOVE),
        call("move_order", **MOVE),
        {"say": "…"},
    ]
    result = await play(tmp_path, crm, YES[language], moves, language=language)
    assert reasons(result) == [
        ("my_orders", "done", None),
        ("lookup_order", "done", None),
        ("order_details", "done", None),
        ("move_order", "refused", "not_confirmed"),
        ("move_order", "done", None),
    ]
    assert any(HEARD[language] in said.text for said in result.transcript if said.who == "bot")
    assert (crm.records.changes, crm.records.orders["1033"]["delivery"]["date"]) == (1, "2026-03-17")


async def test_nobody_is_told_of_or_moves_what_belongs_to_somebody_else(tmp_path: Path, crm: CrmServer) -> None:
    moves = [
        call("order_details", order_id="1042"),
        {"say": "Which one?"},
        call("lookup_order", order_id="1033"),
        call("move_order", order_id="1042", new_date="2026-03-17"),
        call("order_details", order_id="4711"),
        {"say": "I cannot."},
    ]
    turns = ["Order one zero four two.", "Then one zero three three. And four seven one one."]
    result = await play(tmp_path, crm, turns, moves)
    told = [(tool.name, tool.reason, tool.result) for tool in result.tool_calls if tool.name != "lookup_order"]
    assert [reason for _, reason, _ in told] == ["not_identified"] * 3
    assert "Haddad" not in json.dumps([one for *_, one in told])
    assert crm.records.changes == 0


async def test_a_stranger_who_states_phone_and_number_is_told(tmp_path: Path, crm: CrmServer) -> None:
    said = "Order one zero four two, my phone is one five five five zero one zero zero zero four two."
    moves = [call("order_details", order_id="1042"), {"say": "It comes on Monday the sixteenth."}]
    result = await play(tmp_path, crm, [said], moves, caller_id=None)
    assert reasons(result) == [("order_details", "done", None)]


async def test_a_number_that_nobody_said_is_asked_for(tmp_path: Path, crm: CrmServer) -> None:
    moves = [call("order_details", order_id="1033"), {"say": "Which order?"}, call("my_orders")]
    moves += [call("order_details", order_id="1033"), {"say": "It comes on Saturday."}]
    result = await play(tmp_path, crm, ["Where is my order?", "The one I have."], moves)
    assert reasons(result) == [
        ("order_details", "refused", "not_grounded"),
        ("my_orders", "done", None),
        ("order_details", "done", None),  # a tool has returned it
    ]
    assert crm.received[0].path == "/v1/orders"


async def test_whoever_picks_up_a_reminder_is_told_nothing_by_an_api(tmp_path: Path, crm: CrmServer) -> None:
    moves = [call("my_orders"), call("order_details", order_id="1033"), {"say": "Am I speaking with Priya?"}]
    outbound = {"direction": "outbound", "answered_by": "human", "flow": "delivery_reminder"}
    result = await play(tmp_path, crm, ["Who is this? Is it about one zero three three?"], moves, **outbound)
    assert reasons(result) == [("my_orders", "refused", "not_here"), ("order_details", "refused", "not_here")]
    assert crm.received == []


def places(folder: Path, crm: CrmServer, flow: str, tool: str, **changes: dict[str, Any]) -> set[str]:
    settings = Settings(_env_file=None, data_dir=folder, tools_file=write_tools(folder, crm, **changes))
    made = [one for plan in api_plans(settings, is_fresh=True) for one in plan.tools(lambda name: "key")[0]]
    placed = scenario(flow).with_tools([*discover(), *made])
    return {node for node in placed.config.nodes if tool in placed.tools_at(node)}


CHANGES = {"clarify", "confirm", "close"}


@pytest.mark.parametrize(
    ("flow", "tool", "nodes", "at"),
    [
        ("order_desk", "my_orders", None, {"identify", *CHANGES}),
        ("order_desk", "move_order", None, CHANGES),
        ("delivery_reminder", "my_orders", None, {"remind", "agree", "confirm", "close"}),
        ("delivery_reminder", "move_order", None, {"agree", "confirm", "close"}),
        ("order_desk", "move_order", {"delivery_reminder": ["agree"]}, set()),
        ("delivery_reminder", "move_order", {"delivery_reminder": ["agree"]}, {"agree"}),
    ],
)
async def test_an_operation_exists_where_it_is_placed_or_where_its_like_does(
    tmp_path: Path, crm: CrmServer, flow: str, tool: str, nodes: Any, at: set[str]
) -> None:
    changed = {"listOrders": "my_orders", "rescheduleOrder": "move_order"}
    name = next(one for one, named in changed.items() if named == tool)
    assert places(tmp_path, crm, flow, tool, **{name: {"nodes": nodes}}) == at


async def test_nodes_that_are_not_there_are_told_with_everything_else(tmp_path: Path, crm: CrmServer) -> None:
    path = write_tools(
        tmp_path,
        crm,
        listOrders={"nodes": {"order_desk": ["clarfy"], "orders": ["close"]}},
        getOrder={"owner": {"operation": "listOrders", "phone": "customer.phone"}},
        rescheduleOrder={
            "nodes": {"order_desk": ["identify"]},
            "grounded": ["new_date", "city"],
            "owner": {"operation": "getOrder", "phone": "customer.number"},
        },
    )
    with pytest.raises(SettingsError) as caught:
        check_files(Settings(_env_file=None, data_dir=tmp_path, tools_file=path))
    for part in (
        "listOrders: nodes: order_desk: expected nodes among identify, clarify, confirm, close, got clarfy",
        "listOrders: nodes: expected flows among delivery_reminder, order_desk, got 'orders'",
        "getOrder: owner: listOrders takes none of its arguments",
        "rescheduleOrder: nodes: order_desk: identify is the first node",
        "rescheduleOrder: grounded: expected arguments among order_id, new_date, expected, got city",
        "rescheduleOrder: grounded: expected identifiers, text or whole numbers, got new_date",
        "rescheduleOrder: owner: phone: expected a field of the answer of getOrder, got 'customer.number'",
    ):
        assert part in str(caught.value), str(caught.value)


async def test_a_wrong_file_is_told_before_a_written_call(tmp_path: Path, crm: CrmServer) -> None:
    path = write_tools(tmp_path, crm, listOrders={"nodes": {"order_desk": ["clarfy"]}})
    rehearsal = replace(write_rehearsal(tmp_path, ["Hello"], moves=[{"say": "Hello."}]), tools_path=path)
    with pytest.raises(CallerFilesError, match="got clarfy"):
        await run_chat(rehearsal, Settings(_env_file=None, data_dir=tmp_path / "data"))


NAMES_ONE = """
initial_node: first
nodes:
  first:
    role_message: "{{ prompt }}"
    task_messages: [{role: developer, content: Ask.}]
    functions:
      - {name: order_details, transition_to: {field: status, cases: {done: second}}}
  second:
    task_messages: [{role: developer, content: Tell.}]
    functions: [{name: move_order}, {name: end_call}]
"""


def test_a_flow_may_name_an_operation(tmp_path: Path) -> None:
    (tmp_path / "named.yaml").write_text(NAMES_ONE, encoding="utf-8")
    operations = {"order_details": False, "move_order": True}
    assert flow_problems(tmp_path, prompts=False, operations=operations) == []
    (tmp_path / "named.yaml").write_text(NAMES_ONE.replace("order_details", "move_order"), encoding="utf-8")
    told = flow_problems(tmp_path, prompts=False, operations=operations)
    assert any("move_order changes something" in problem for problem in told)
    assert any("no tool is named 'move_order'" in problem for problem in flow_problems(tmp_path, prompts=False))


def test_a_call_process_warms_up_with_a_flow_that_names_an_operation(tmp_path: Path) -> None:
    from bot.scenario import read_scenario

    (tmp_path / "named.yaml").write_text(NAMES_ONE, encoding="utf-8")
    config = read_scenario(tmp_path / "named.yaml").config
    assert {"order_details", "move_order"} <= {tool.name for tool in stand_ins(config)}
