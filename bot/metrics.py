"""What the server measures of itself and its calls, in Prometheus's text form.

Only the server keeps figures: call processes are short-lived and tell theirs over the control socket.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeGuard, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from tools.errors import Status

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OTHER = "other"
STAGES = ("stt", "turn", "llm", "first_text", "tts", "total")
"""See `pipelines.turn_times.TurnTimes`."""
"""Parts of a turn's latency; `total` is from the end of the caller's turn to the first sound of the answer."""
LEVELS = ("process", "node")
START_BUCKETS_S = (0.025, 0.05, 0.075, 0.12, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
TURN_BUCKETS_S = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
# How the reasons of lost processes begin, which are sentences for the log.
EXIT_CODES = {
    "done": "done",
    "killed by signal": "signal",
    "exit status": "exit_status",
    "no sign of life": "stuck",
    "still there": "lingering",
    "memory": "memory",
    "the server": "server_stopped",
    "its end was not seen": "unseen",
    "unknown": "unseen",
}
FAILED = "failed"

disable_created_metrics()  # type: ignore[no-untyped-call]  # twice the lines, for no scraper of ours


def exit_code(reason: str) -> str:
    """The code of a process's end: one of EXIT_CODES' values, or `failed` for an error of the call itself."""
    return next((code for start, code in EXIT_CODES.items() if reason.startswith(start)), FAILED)


class Metrics:
    """The figures of one server.

    Args:
        stats: Gives calls and processes now, as `Supervisor.stats()` does; asked at each scrape.
        loop_lag_s: Gives how late the event loop is, in seconds; asked at each scrape.
        tools: Names that may stand in a label; all others are counted as `other`.
    """

    def __init__(
        self, stats: Callable[[], Mapping[str, float]], loop_lag_s: Callable[[], float], tools: Collection[str]
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Now(stats, loop_lag_s))
        self._tools = frozenset(tools)
        self._call_start = Histogram(
            "voice_call_start_seconds",
            "From a call's arrival at its process to a pipeline that runs",
            buckets=START_BUCKETS_S,
            registry=self._registry,
        )
        self._turn = Histogram(
            "voice_turn_latency_seconds",
            "Latency of a turn, by stage",
            ["stage"],
            buckets=TURN_BUCKETS_S,
            registry=self._registry,
        )
        self._exits = Counter("voice_bot_exits", "Call processes that ended", ["reason"], registry=self._registry)
        self._resumes = Counter(
            "voice_call_resumes", "Calls that went on after a loss", ["level"], registry=self._registry
        )
        self._tool_calls = Counter(
            "voice_tool_calls", "Tool calls that ended", ["tool", "outcome"], registry=self._registry
        )
        self._dropped = Counter(
            "voice_media_dropped", "Messages of media streams that could not be used", registry=self._registry
        )
        self._streams_refused = Counter(
            "voice_streams_refused", "Upgrades to media streams that were refused", ["code"], registry=self._registry
        )
        self._connections_refused = Counter(
            "voice_connections_refused", "Connections that were ended early", ["code"], registry=self._registry
        )
        # A series that begins at 0 shows its first event as a rise.
        for code in {*EXIT_CODES.values(), FAILED}:
            self._exits.labels(code)
        for level in LEVELS:
            self._resumes.labels(level)

    def call_started(self, seconds: float) -> None:
        """Counts a call whose pipeline runs `seconds` after it reached its process."""
        if _is_duration(seconds):
            self._call_start.observe(seconds)

    def turn(self, stages: Mapping[str, float]) -> None:
        """Counts a turn.

        Args:
            stages: Seconds by stage, see STAGES; what is no duration is left out.
        """
        for stage, seconds in stages.items():
            if _is_duration(seconds):
                self._turn.labels(stage if stage in STAGES else OTHER).observe(seconds)

    def stream_refused(self, code: str) -> None:
        """Counts an upgrade that was refused; `code` is one of our own words."""
        self._streams_refused.labels(code).inc()

    def connection_refused(self, code: str) -> None:
        """Counts a connection that was ended early; `code` is one of our own words."""
        self._connections_refused.labels(code).inc()

    def bot_exited(self, reason: str) -> None:
        """Counts a process that ended; see `exit_code` for the label."""
        self._exits.labels(exit_code(reason)).inc()

    def call_resumed(self, level: str) -> None:
        """Counts a call that goes on after its process (`process`) or its whole machine (`node`) was lost."""
        self._resumes.labels(level if level in LEVELS else OTHER).inc()

    def tool_finished(self, tool: str, outcome: str) -> None:
        """Counts a tool call; `outcome` is its status: done, refused, failed or unknown."""
        known_tool = tool if tool in self._tools else OTHER
        self._tool_calls.labels(known_tool, outcome if outcome in get_args(Status) else OTHER).inc()

    def child_reported(self, message: Mapping[str, Any]) -> None:
        """Counts what a call process reports; what has another form is left out.

        Args:
            message: Of the kind `metrics`, with `ready_ms` (a number), `dropped` (messages), `turn` (seconds by
                stage) or `tool` (`tool` and `outcome`).
        """
        ready_ms = message.get("ready_ms")
        if _is_duration(ready_ms):
            self.call_started(ready_ms / 1000)
        dropped = message.get("dropped")
        if _is_duration(dropped):
            self._dropped.inc(dropped)
        match message.get("turn"):
            case Mapping() as stages:
                self.turn(stages)
        match message.get("tool"):
            case {"tool": str(tool), "outcome": str(outcome)}:
                self.tool_finished(tool, outcome)

    def text(self) -> bytes:
        """All figures, in the form CONTENT_TYPE names."""
        return generate_latest(self._registry)


def _is_duration(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


class _Now(Collector):
    """What is read only when somebody asks."""

    def __init__(self, stats: Callable[[], Mapping[str, float]], loop_lag_s: Callable[[], float]) -> None:
        self._stats = stats
        self._loop_lag_s = loop_lag_s

    def collect(self) -> Iterator[GaugeMetricFamily]:
        stats = self._stats()
        for name, text, value in (
            ("voice_calls_active", "Calls that are held or about to be", stats["active"]),
            ("voice_calls_reserved", "Calls announced whose media stream has not come", stats["reserved"]),
            ("voice_capacity", "Calls that may be held at the same time", stats["capacity"]),
            ("voice_pool_idle", "Call processes ready for a call", stats["idle"]),
            ("voice_event_loop_lag_seconds", "95th percentile over the last 10 s", self._loop_lag_s()),
        ):
            yield GaugeMetricFamily(name, text, value=value)
