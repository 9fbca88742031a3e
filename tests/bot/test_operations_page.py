"""The page for operators names what there is: metrics, log lines, routes, sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import EXIT_CODES, FAILED, LEVELS, STAGES, Metrics
from bot.telephony.twiml import LINES
from tools.registry import discover

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SOURCES = [
    ROOT / "server.py",
    *(path for room in ("bot", "pipelines", "tools", "storage") for path in (ROOT / room).rglob("*.py")),
]


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_every_metric_is_on_the_page_and_no_other() -> None:
    metrics = Metrics(lambda: dict.fromkeys(("active", "reserved", "capacity", "idle"), 0), lambda: 0.0, [])
    metrics.turn({"stt": 0.1})
    metrics.tool_finished(discover().names[0], "done")
    families = list(text_string_to_metric_families(metrics.text().decode()))
    there = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert set(re.findall(r"^\| `(voice_\w+)", PAGE, re.MULTILINE)) == there


def test_every_label_is_explained() -> None:
    page = section("Metrics")
    for word in (*STAGES, *LEVELS, *EXIT_CODES.values(), FAILED):
        assert word in page


def test_every_line_of_a_failure_is_one_that_the_program_writes() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    rows = [row.split("|")[1] for row in section("Lines of a failure").splitlines() if row.startswith("| `")]
    messages = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
    assert len(messages) > 20
    assert [message for message in messages if f'"{message}"' not in written] == []


def test_every_sentence_of_the_carrier_is_on_the_page() -> None:
    assert set(re.findall(r"`(\w+)`", section("Admission, and what callers beyond it hear"))) >= set(LINES)
