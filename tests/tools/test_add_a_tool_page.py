"""The page that tells how to add a tool is itself run."""

import re
import sys
import types
from pathlib import Path

import pytest

from tools.registry import Registry
from tools.tool import Tool

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "add-a-tool.md"


def test_the_pages_code_is_a_tool_that_the_model_can_see(monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    module = types.ModuleType("opening_hours_of_the_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code[1], str(PAGE), "exec"), module.__dict__)
    found = Registry(value for value in vars(module).values() if isinstance(value, Tool))
    assert found.names == ["opening_hours"]
    (schema,) = found.schemas()
    assert "when the caller asks about opening hours" in schema["description"]
    assert schema["parameters"]["properties"] == {}
