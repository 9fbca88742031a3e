"""The page that tells how to add a tool is itself followed, in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.component

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "pipelines", "tools", "storage", "spoken", "embedded", "emulators", "tests/tools", "tests/fakes")
FILES = ("pyproject.toml", "tests/conftest.py")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", (ROOT / "docs/add-a-tool.md").read_text("utf-8"), re.DOTALL)
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
YAML = [text for kind, text in BLOCKS if kind == "yaml"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is once the page has been followed."""
    root = tmp_path_factory.mktemp("project")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    tool, test = PYTHON
    listed, node, caller, model = YAML
    (root / "tools/opening_hours.py").write_text(tool, "utf-8")
    (root / "tests/tools/test_opening_hours.py").write_text(test, "utf-8")
    flow = root / "bot/flows/order_desk.yaml"
    before, clarify = flow.read_text("utf-8").split("\n  clarify:\n")
    clarify = clarify.replace("functions:\n", "functions:\n" + listed, 1)
    flow.write_text("\n".join([before, "  clarify:", clarify, node]), "utf-8")
    (root / "caller.yaml").write_text(caller, "utf-8")
    (root / "model.yaml").write_text(model, "utf-8")
    return root


def run(project: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(project)}
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def voice_agent(project: Path, *arguments: str) -> str:
    return run(project, "-m", "bot.cli", *arguments)


def test_the_tool_is_there_to_be_tried(project: Path) -> None:
    assert "weekday" in voice_agent(project, "tools", "show", "opening_hours")
    assert "10:00" in voice_agent(project, "tools", "call", "opening_hours", "--json", '{"day": "saturday"}')


def test_the_call_of_the_page_reaches_the_new_node(project: Path) -> None:
    result = project / "result.json"
    command = ["chat", "--script", "caller.yaml", "--llm", "script:model.yaml", "--json", str(result), "--quiet"]
    voice_agent(project, *command)
    played = json.loads(result.read_text("utf-8"))
    called = {call["name"]: call["status"] for call in played["tool_calls"]}
    assert called == {"lookup_order": "done", "opening_hours": "done"}
    assert played["transcript"][-1]["text"] == "You can come from ten to two on Saturday. Will you collect it?"


def test_the_test_of_the_page_passes(project: Path) -> None:
    assert "3 passed" in run(project, "-m", "pytest", "-q", "-k", "sqlite", "tests/tools/test_opening_hours.py")
