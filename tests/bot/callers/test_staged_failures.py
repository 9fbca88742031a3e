"""A rehearsal's failing stages and misbehaving model, heard by the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.rehearsals import write_rehearsal

from bot import phrases
from bot.callers.chat import run_chat
from bot.settings import Settings

pytestmark = pytest.mark.component

TURNS = [{"say": "Where is my order 1033?"}, {"say": "Hello?"}]
SAY_IT = [{"say": "It is on its way."}]


async def bot_lines(tmp_path: Path, **files: Any) -> tuple[list[str], str | None]:
    rehearsal = write_rehearsal(tmp_path, TURNS, **files)
    result = await run_chat(rehearsal, Settings(_env_file=None, data_dir=tmp_path / "data"))
    return [entry.text for entry in result.transcript if entry.who == "bot"], result.disposition


async def test_one_failure_of_a_lone_model_is_not_heard(tmp_path: Path) -> None:
    lines, _ = await bot_lines(tmp_path, moves=SAY_IT, faults=[{"stage": "llm", "error": 429, "times": 1}])
    assert lines[1] == "It is on its way."


async def test_a_model_that_stays_away_is_apologised_for_and_ends_the_call(tmp_path: Path) -> None:
    lines, disposition = await bot_lines(tmp_path, moves=SAY_IT, faults=[{"stage": "llm", "error": 503}])
    assert lines[1] == phrases.TROUBLE["en"]
    assert lines[2] in {phrases.TROUBLE_GOODBYE["en"], phrases.TROUBLE_TRANSFER["en"]}
    assert disposition in {"failed_system", "transferred"}


CUT = {"raw_arguments": '{"order_id": "10', "name": "lookup_order"}


async def test_a_tool_call_that_was_cut_is_asked_for_once_more(tmp_path: Path) -> None:
    lines, _ = await bot_lines(tmp_path, moves=[CUT, *SAY_IT])
    assert lines[1] == "It is on its way."


async def test_two_bad_answers_are_covered_by_a_line_of_our_own(tmp_path: Path) -> None:
    lines, _ = await bot_lines(tmp_path, moves=[CUT, CUT, *SAY_IT])
    assert lines[1] == phrases.SAY_AGAIN["en"]
    assert lines[2] == "It is on its way."
