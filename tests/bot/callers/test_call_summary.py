"""What a terminal shows of a call that is over."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from bot.callers import Result
from bot.costs import usage_record
from bot.live_view import print_summary
from pipelines.endpoint import Endpoint
from pipelines.usage import Usage

pytestmark = pytest.mark.unit

RESULT = Result(
    call_id="CA1",
    disposition="resolved",
    language="en",
    state="closed",
    collected_data={},
    transcript=[],
    tool_calls=[],
    db_diff={},
    latency=None,
    tape=None,
    violations=[],
)


def rows(usage: Usage | None) -> dict[str, str]:
    """The summary's lines by their first word."""
    console = Console(file=StringIO(), width=120)
    print_summary(console, RESULT, None, usage_record(usage) if usage else None)
    assert isinstance(console.file, StringIO)
    return dict(line.split(maxsplit=1) for line in console.file.getvalue().splitlines())


def test_the_summary_says_what_the_call_cost() -> None:
    local = Endpoint("tts", "local", "openai", "http://127.0.0.1:9/v1", "none", "local-en", is_local=True)
    usage = Usage([local])
    usage.add_speech(local.key, 411)
    assert rows(usage)["cost"].strip() == "$0.0000 (all local); 0 tokens, 411 characters, 0 s recognised"


def test_without_a_stored_usage_there_is_no_line_about_cost() -> None:
    assert "cost" not in rows(None)
