"""The result's JSON, its comparison with what was expected, and the published schemas."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import ValidationError

from bot.callers import Expect, Latency, Result, ToolCallResult, TurnLatency, Utterance
from bot.callers.schemas import MODELS, schema_text

pytestmark = pytest.mark.unit

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"


def make_result(**changes: object) -> Result:
    fields: dict[str, object] = {
        "call_id": "CA1",
        "disposition": "resolved",
        "language": "uk",
        "state": "closed",
        "collected_data": {"order_id": "1033", "new_date": "2026-03-17"},
        "transcript": [Utterance(who="bot", text="Добрий день", at_ms=0)],
        "tool_calls": [
            ToolCallResult(
                name="lookup_order",
                arguments={"order_id": "1033"},
                result={"status": "done"},
                status="done",
                ms=4,
            )
        ],
        "db_diff": {"orders.1033.delivery_date": "2026-03-17"},
        "latency": Latency(turns=[TurnLatency(ttfab_ms=640)], greeting_ms=210),
        "tape": "runs/1/recording.wav",
        "violations": [],
    }
    return Result.model_validate({**fields, **changes})


def test_result_has_the_published_shape(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    make_result().write(path)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "call_id": "CA1",
        "disposition": "resolved",
        "language": "uk",
        "state": "closed",
        "collected_data": {"order_id": "1033", "new_date": "2026-03-17"},
        "transcript": [{"who": "bot", "text": "Добрий день", "at_ms": 0, "interrupted": False}],
        "tool_calls": [
            {
                "name": "lookup_order",
                "arguments": {"order_id": "1033"},
                "result": {"status": "done"},
                "status": "done",
                "reason": None,
                "ms": 4,
            }
        ],
        "db_diff": {"orders.1033.delivery_date": "2026-03-17"},
        "latency": {"turns": [{"ttfab_ms": 640}], "greeting_ms": 210},
        "tape": "runs/1/recording.wav",
        "violations": [],
    }
    assert "Добрий" in path.read_text(encoding="utf-8")
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), json.loads(schema_text("result")))


def test_result_of_an_unknown_disposition_is_refused() -> None:
    with pytest.raises(ValidationError, match="disposition"):
        make_result(disposition="fine")


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        ({"disposition": "resolved", "db_diff": {}}, "db_diff: expected {}"),
        (
            {"disposition": ["refused", "no_action"]},
            "disposition: expected refused or no_action",
        ),
        ({"language": "ru"}, "language: expected ru, got uk"),
        (
            {"tools": [{"name": "end_call", "status": "done"}]},
            "tools: expected end_call done, got lookup_order",
        ),
        (
            {"tools": [{"name": "lookup_order", "status": "done", "reason": "timeout"}]},
            "tools: expected lookup_order",
        ),
        ({"never_said": ["ДОБРИЙ"]}, "never_said"),
    ],
)
def test_difference_is_one_sentence(expect: dict[str, object], difference: str) -> None:
    wanted = {"disposition": "resolved", "db_diff": {"orders.1033.delivery_date": "2026-03-17"}, **expect}
    differences = Expect.model_validate(wanted).differences(make_result())
    assert len(differences) == 1
    assert differences[0].startswith(difference)


def test_as_expected_is_no_difference() -> None:
    wanted = Expect.model_validate(
        {
            "disposition": "resolved",
            "db_diff": {"orders.1033.delivery_date": "2026-03-17"},
            "language": "uk",
            "tools": [{"name": "lookup_order", "status": "done"}],
        }
    )
    assert wanted.differences(make_result()) == []


@pytest.mark.parametrize("name", MODELS)
def test_published_schema_is_the_models(name: str) -> None:
    published = (SCHEMAS / f"{name}.json").read_text(encoding="utf-8")
    assert published == schema_text(name), "run: python -m bot.callers.schemas docs/schemas"
    jsonschema.Draft202012Validator.check_schema(json.loads(published))
