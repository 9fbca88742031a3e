"""What a scrape shows, and that labels stay few whatever calls report."""

from __future__ import annotations

import math
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics

pytestmark = pytest.mark.unit

STATS = {"accepting": True, "active": 3, "reserved": 1, "capacity": 8, "idle": 2, "starting": 0}


def scraped(metrics: Metrics) -> dict[str, float]:
    return {
        sample.name
        + "".join(f"{{{value}}}" for name, value in sorted(sample.labels.items()) if name != "le"): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(lambda: STATS, lambda: 0.004, ["lookup_order"])


def test_gauges_are_what_the_supervisor_says_at_the_scrape() -> None:
    stats = dict(STATS)
    metrics = Metrics(lambda: stats, lambda: 0.25, [])
    stats["active"] = 5
    found = scraped(metrics)
    assert (found["voice_calls_active"], found["voice_calls_reserved"]) == (5, 1)
    assert (found["voice_capacity"], found["voice_pool_idle"]) == (8, 2)
    assert found["voice_event_loop_lag_seconds"] == 0.25


def test_what_a_call_process_reports_is_counted(metrics: Metrics) -> None:
    metrics.child_reported({"kind": "metrics", "ready_ms": 37})
    metrics.child_reported({"kind": "metrics", "turn": {"stt": 0.2, "total": 1}})
    metrics.child_reported({"kind": "metrics", "tool": {"tool": "lookup_order", "outcome": "done"}})
    found = scraped(metrics)
    assert found["voice_call_start_seconds_count"] == 1
    assert found["voice_call_start_seconds_sum"] == pytest.approx(0.037)
    assert found["voice_turn_latency_seconds_sum{stt}"] == pytest.approx(0.2)
    assert found["voice_turn_latency_seconds_count{total}"] == 1
    assert found["voice_tool_calls_total{done}{lookup_order}"] == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("done", "done"),
        ("killed by signal 9", "signal"),
        ("exit status 70", "exit_status"),
        ("no sign of life for 21 s", "stuck"),
        ("still there 10 s after its call", "lingering"),
        ("memory: 412 MB, at most 400", "memory"),
        ("the server is stopping", "server_stopped"),
        ("its end was not seen", "unseen"),
        ("unknown", "unseen"),
        ("ValueError", "failed"),
        ("no order for +380501112233", "failed"),
    ],
)
def test_the_reason_of_an_exit_is_a_code(metrics: Metrics, reason: str, code: str) -> None:
    metrics.bot_exited(reason)
    counted = {name: n for name, n in scraped(metrics).items() if name.startswith("voice_bot_exits_total") and n}
    assert counted == {f"voice_bot_exits_total{{{code}}}": 1}


def test_unknown_names_share_one_label(metrics: Metrics) -> None:
    before = len(scraped(metrics))
    for number in range(100):
        metrics.tool_finished(f"tool_{number}", f"status {number}")
        metrics.turn({f"stage_{number}": 0.1})
        metrics.call_resumed(f"level {number}")
    found = scraped(metrics)
    assert found["voice_tool_calls_total{other}{other}"] == 100
    assert found["voice_turn_latency_seconds_count{other}"] == 100
    assert found["voice_call_resumes_total{other}"] == 100
    assert len(found) < before + 20


def test_counters_begin_at_zero(metrics: Metrics) -> None:
    found = scraped(metrics)
    assert found["voice_call_resumes_total{process}"] == found["voice_call_resumes_total{node}"] == 0
    assert found["voice_bot_exits_total{failed}"] == 0


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "metrics"},
        {"ready_ms": "fast"},
        {"ready_ms": -1},
        {"ready_ms": True},
        {"ready_ms": math.nan},
        {"turn": [0.2]},
        {"turn": {"stt": None}},
        {"tool": "lookup_order"},
        {"tool": {"tool": "lookup_order"}},
    ],
)
def test_a_report_of_another_form_changes_nothing(metrics: Metrics, message: dict[str, Any]) -> None:
    before = metrics.text()
    metrics.child_reported(message)
    assert metrics.text() == before
