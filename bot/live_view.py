"""A call as it happens, line by line in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.callers.result import Result
from bot.costs import describe
from bot.state import ReadBack

_NODES = {
    "greet": "who is this",
    "not_them": "another person",
    "tell": "telling the delivery",
    "identify": "finding the order",
    "clarify": "agreeing on a day",
    "confirm": "confirming the day",
    "close": "settled",
}
_STATUS_STYLE = {"done": "green", "refused": "yellow", "failed": "red", "unknown": "red"}


class LiveView:
    """Prints what happens in a call: who says what, tool calls with their time, changes of state."""

    def __init__(self, console: Console) -> None:
        """Prints to `console`."""
        self._console = console

    def step(self, text: str) -> None:
        """A step before or after the call."""
        self._console.print(Text(f"· {text}", style="dim"))

    def event(self, at_s: float, kind: str, body: Mapping[str, Any]) -> None:
        """One journal event."""
        match kind:
            case "call_started":
                self._line(at_s, "line", "the call was answered", "dim")
            case "user_said":
                self._line(at_s, "caller", body["text"], "cyan")
            case "bot_said":
                cut = " … (interrupted)" if body.get("interrupted") else ""
                if body.get("heard"):
                    self._line(at_s, "agent", f"{body['heard']}{cut}", "white")
            case "tool_result":
                self._tool(at_s, body)
            case "node_entered":
                self._line(at_s, "state", _NODES.get(body["node"], body["node"]), "dim")
            case "confirmed" if body.get("confirmation_id"):
                asked = ReadBack.of(body)
                self._line(at_s, "state", f"confirmed: {asked.tool}, {_listed(asked.values)}", "dim")
            case "call_ended":
                self._line(at_s, "line", f"ended by the {body['ended_by']}: {body['disposition']}", "dim")

    def _tool(self, at_s: float, body: Mapping[str, Any]) -> None:
        arguments = _listed(body.get("arguments", {}))
        reason = f" ({body['reason']})" if body.get("reason") else ""
        text = f"{body['tool']}({arguments}) → {body['status']}{reason} in {body.get('ms', '?')} ms"
        self._line(at_s, "tool", text, _STATUS_STYLE.get(body["status"], "white"))

    def _line(self, at_s: float, who: str, what: str, style: str) -> None:
        line = Text()
        line.append(f"{at_s:6.1f} s  ", style="dim")
        line.append(f"{who:<7}", style="bold" if who in {"agent", "caller"} else "dim")
        line.append(what, style=style)
        self._console.print(line, soft_wrap=True)


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def print_summary(
    console: Console,
    result: Result,
    before: Mapping[str, str] | None = None,
    usage: Mapping[str, Any] | None = None,
) -> None:
    """What came of the call.

    Args:
        console: Where it is printed.
        result: The call's result.
        before: The shop before the call, by path, if that is known.
        usage: What the call used and cost, as it is stored, if that is known.
    """
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("disposition", result.disposition)
    collected = ", ".join(f"{name}={value}" for name, value in result.collected_data.items()) or "nothing"
    table.add_row("collected", collected)
    for tool in result.tool_calls:
        reason = f" ({tool.reason})" if tool.reason else ""
        table.add_row("tool", f"{tool.name} {tool.status}{reason}, {tool.ms} ms")
    for path, value in result.db_diff.items():
        was = (before or {}).get(path)
        table.add_row("database", f"{path}: {was} → {value}" if was else f"{path} is now {value}")
    if not result.db_diff:
        table.add_row("database", "nothing changed")
    if result.latency:
        turns = [f"{turn.ttfab_ms}" if turn.ttfab_ms is not None else "-" for turn in result.latency.turns]
        table.add_row("answered after", f"{', '.join(turns)} ms, as the caller heard it")
        table.add_row("greeted after", f"{result.latency.greeting_ms} ms")
    if usage:
        table.add_row("cost", describe(usage))
    if result.tape:
        table.add_row("recording", f"{result.tape} (caller left, agent right)")
    for violation in result.violations:
        table.add_row("violation", violation)
    console.print(table)
