"""A flow that calls would stumble over is refused before the first call, with everything that is wrong in it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.files_check import check_files
from bot.flows import known_flows
from bot.scenario import scenario
from bot.scenario_check import flow_problems
from bot.settings import Settings
from bot.stages import SettingsError

pytestmark = pytest.mark.unit

RIGHT = """
initial_node: first
nodes:
  first:
    role_message: "{{ prompt }}"
    task_messages: [{role: developer, content: Ask.}]
    functions:
      - {name: lookup_order, transition_to: {field: status, cases: {done: second}}}
  second:
    task_messages: [{role: developer, content: Tell.}]
    functions: [{name: end_call}]
"""
WRONG = """
initial_node: start
collected_data: {day: calendar}
colour: blue
global_functions: [{name: sing}]
nodes:
  first:
    role_message: "You are kind. {{ prompt }}"
    task_messages: [{role: developer, content: "Call {{ name }}."}]
    functions:
      - {name: lookup_ordr, transition_to: second}
      - {name: end_call, transition_to: third}
    on: {sunrise: second, read_back: nowhere}
  second:
    functions: []
"""
ALONE = """
initial_node: first
nodes:
  first:
    task_messages: [{role: developer, content: Ask.}]
    functions: [{name: reschedule_delivery}]
  alone:
    task_messages: [{role: developer, content: Nobody comes here.}]
"""


def test_the_shipped_flows_are_right() -> None:
    assert flow_problems() == []
    assert "order_desk" in known_flows()


@pytest.mark.parametrize("name", known_flows())
def test_a_write_exists_only_where_the_order_is_known(name: str) -> None:
    shipped = scenario(name)
    assert "reschedule_delivery" not in shipped.tools_at(shipped.config.initial_node)
    for node in shipped.config.nodes:
        assert {"transfer_to_human", "end_call"} <= shipped.tools_at(node)


def test_all_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    for name, text in {"right": RIGHT, "wrong": WRONG, "alone": ALONE, "cut": "nodes: [", "empty": "- 1"}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    told = "\n".join(flow_problems(tmp_path, prompts=False))
    for problem in (
        "wrong.yaml: 'colour': expected initial_node, nodes, global_functions or collected_data",
        "wrong.yaml: initial_node: expected one of first, second, got 'start'",
        "wrong.yaml: global_functions: no tool is named 'sing'",
        "wrong.yaml: node 'first': no tool is named 'lookup_ordr'",
        "wrong.yaml: node 'first': end_call leads to 'third', expected one of first, second",
        "wrong.yaml: node 'first': '{{ name }}': expected one of prompt",
        "wrong.yaml: node 'first': on: expected one of read_back",
        "wrong.yaml: node 'first': on read_back leads to 'nowhere'",
        "wrong.yaml: node 'second': task_messages: Field required",
        "wrong.yaml: collected_data: day: expected one of text, date",
        "alone.yaml: node 'alone': nothing leads to it",
        "alone.yaml: node 'first': role_message: expected '{{ prompt }}'",
        "alone.yaml: node 'first': reschedule_delivery changes something",
        "cut.yaml: line 1: cannot be read as YAML",
        "empty.yaml: expected 'initial_node', 'nodes'",
    ):
        assert problem in told
    assert "right.yaml" not in told


def test_a_flow_without_a_prompt_in_some_language_is_told(tmp_path: Path) -> None:
    (tmp_path / "quiz.yaml").write_text(RIGHT, encoding="utf-8")
    told = flow_problems(tmp_path)
    assert len(told) == 3
    assert all("expected the prompt of quiz" in problem for problem in told)


def test_a_number_that_names_an_unknown_flow_is_told(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.yaml"
    numbers.write_text('numbers:\n  "+380441112233": {flow: order_dsk}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"line 2: flow: expected one of .*order_desk"):
        check_files(Settings(_env_file=None, data_dir=tmp_path, numbers_file=numbers))


def test_what_was_collected_is_kept_by_its_type() -> None:
    data = {"order_id": "1033", "new_date": "2026-03-17", "phone_number_typed": "yes", "mood": "good"}
    kept, wrong = scenario("order_desk").valid_data(data)
    assert kept == {"order_id": "1033", "new_date": "2026-03-17", "phone_number_typed": True}
    assert wrong == ["mood"]
    assert scenario("order_desk").valid_data({"new_date": "Tuesday"}) == ({}, ["new_date"])


CRM = {
    "document": str(Path(__file__).parents[2] / "emulators/crm/openapi.yaml"),
    "base_url": "http://127.0.0.1:9/v1",
    "auth": {"secret": "DESK_CRM_KEY"},
    "operations": {"getOrder": {"name": "order_details", "show": ["order_id"]}},
}


@pytest.fixture
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_CRM_KEY", "emulated-crm")


def policy_with(tmp_path: Path, **guards: list[str]) -> Path:
    shipped = yaml.safe_load((Path(__file__).parents[2] / "tools/policy.yaml").read_text("utf-8"))
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump({**shipped, "guards": guards}), "utf-8")
    return path


def settings_with(tmp_path: Path, policy: Path, **changes: Any) -> Settings:
    tools = tmp_path / "tools.yaml"
    tools.write_text(yaml.safe_dump({"apis": {"crm": CRM | changes}}), "utf-8")
    return Settings(_env_file=None, data_dir=tmp_path, policy_file=policy, tools_file=tools)


@pytest.mark.usefixtures("_key")
def test_a_policy_may_guard_tools_of_ours_and_of_an_api(tmp_path: Path) -> None:
    policy = policy_with(tmp_path, reschedule_delivery=["identity", "date"], order_details=["identity"])
    check_files(settings_with(tmp_path, policy))


@pytest.mark.usefixtures("_key")
def test_all_names_of_a_policy_that_there_are_not_are_told_with_what_there_is(tmp_path: Path) -> None:
    policy = policy_with(
        tmp_path, reschedule_delivery=["identity", "staus", "dat"], send_smss=["identity"], order_detail=["identity"]
    )
    with pytest.raises(SettingsError) as refused:
        check_files(settings_with(tmp_path, policy))
    lines = str(refused.value).splitlines()
    guards = "callback_number, callback_time, date, identity, status"
    assert f"POLICY_FILE: {policy}: guards.reschedule_delivery: expected guards among {guards}, got 'staus'" in lines
    assert any(line.endswith("got 'dat'") for line in lines)
    tools = [line for line in lines if "expected a tool among" in line]
    assert {line.rsplit(" ", 1)[1] for line in tools} == {"'send_smss'", "'order_detail'"}
    assert all("send_sms," in line and "order_details," in line for line in tools)
    assert len(lines) == 4


@pytest.mark.usefixtures("_key")
def test_a_broken_tools_file_hides_no_problem_of_the_policy(tmp_path: Path) -> None:
    policy = policy_with(tmp_path, send_sms=["identty"])
    with pytest.raises(SettingsError) as refused:
        check_files(settings_with(tmp_path, policy, operations={"noSuchOne": {}}))
    assert "noSuchOne" in str(refused.value)
    assert "'identty'" in str(refused.value)
