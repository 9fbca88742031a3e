"""What is installed is this project's, and all of it."""

import importlib
from importlib.resources import files
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[1]
OURS = ("bot", "pipelines", "tools", "spoken", "storage", "embedded", "emulators", "web")


@pytest.mark.parametrize("name", OURS)
def test_a_generic_name_is_ours_and_nobody_elses(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__
    assert Path(module.__file__).is_relative_to(ROOT)


@pytest.mark.parametrize(
    ("package", "file"),
    [
        *[("bot", f"prompts/order_desk/{language}.md") for language in ("uk", "ru", "en")],
        ("bot", "flows/order_desk.yaml"),
        ("tools", "policy.yaml"),
        ("storage", "sample_orders.yaml"),
        ("storage", "migrations/env.py"),
        ("web", "index.html"),
    ],
)
def test_files_that_are_no_code_come_along(package: str, file: str) -> None:
    assert files(package).joinpath(file).is_file()


def test_the_lock_names_no_address() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
