"""Calls as a reader wants them: a table of many, a page of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.costs import describe
from bot.live_view import LiveView
from storage.journal import Event
from storage.tables import Call

SHOWN_ID = 10
WIDE = 100
A_YEAR = timedelta(days=330)  # from here on a day and a month could be misread
WITHHELD = "withheld"
FOLLOW_UPS = {"call_back": "call back", "check": "check whether {tool} was done"}
GOOD, BAD = {"resolved", "transferred"}, {"failed_system"}


def call_json(call: Call) -> dict[str, Any]:
    """A call's row as plain JSON values; times in ISO 8601."""
    row = {column.name: getattr(call, column.name) for column in Call.__table__.columns}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def event_json(event: Event) -> dict[str, Any]:
    """A journal entry as plain JSON values."""
    return {"seq": event.seq, "kind": event.kind, "at": event.at.isoformat(), "body": event.body}


def show_list(calls: Sequence[Call], zone: ZoneInfo, console: Console) -> None:
    """A table of calls, in the order given; it fits a terminal of 80 columns, what was learnt a wider one."""
    is_wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("when", "caller", "called", "min", "ended as", "id"):
        table.add_column(heading, no_wrap=True)
    if is_wide:
        table.add_column("learnt", overflow="ellipsis", no_wrap=True, ratio=1)
    today = datetime.now(zone)
    for call in calls:
        began = call.started_at.astimezone(zone)
        row = (
            f"{began:%d.%m.%Y}" if today - began > A_YEAR else f"{began:%d.%m %H:%M}",
            call.from_number or WITHHELD,
            called(call),
            _length(call),
            _ending(call),
            call.call_id[:SHOWN_ID],
        )
        table.add_row(*row, *([collected(call)] if is_wide else []))
    console.print(table)


def show_call(call: Call, events: Sequence[Event], zone: ZoneInfo, console: Console) -> None:
    """One call: what it was, what was said and done, what came of it."""
    facts = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True, style="dim")
    facts.add_column(overflow="fold")
    facts.add_row("call", f"{call.call_id} ({call.carrier}, {call.direction})")
    facts.add_row("when", f"{call.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}, {_length(call)} min")
    facts.add_row("caller", call.from_number or WITHHELD)
    facts.add_row("called", f"{called(call)}, flow {call.flow or '-'}, language {call.language or '-'}")
    console.print(facts)
    console.print()
    if events:
        view = LiveView(console)
        for event in events:
            view.event((event.at - call.started_at).total_seconds(), event.kind, event.body)
    else:
        console.print(Text("nothing was said in this call", style="dim"))
    console.print()
    outcome = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    outcome.add_column(no_wrap=True, style="dim")
    outcome.add_column(overflow="fold")
    outcome.add_row("ended as", _ending(call))
    outcome.add_row("learnt", collected(call) or "nothing")
    if call.summary:
        outcome.add_row("summary", Text(call.summary))
    for one in (call.follow_ups or {}).get("items", []):
        details = ", ".join(f"{name}={value}" for name, value in one["arguments"].items())
        outcome.add_row("to do", Text(f"{FOLLOW_UPS[one['kind']].format(tool=one['tool'])} ({details})"))
    if call.resume_count:
        outcome.add_row("resumed", f"{call.resume_count} times after its process was lost")
    if call.usage:
        outcome.add_row("cost", describe(call.usage))
    if call.tape:
        outcome.add_row("recording", f"{call.tape} (caller left, agent right)")
    console.print(outcome)


def called(call: Call) -> str:
    """Where the call went; browser and microphone calls have no number."""
    return call.to_number or call.carrier


def collected(call: Call) -> str:
    """What was learnt in a call, as `order_id=1033, new_date=2026-03-17`."""
    return ", ".join(f"{name}={value}" for name, value in (call.collected_data or {}).items())


def _ending(call: Call) -> Text:
    if call.ended_at is None:
        return Text("not ended", style="yellow")
    disposition = call.disposition or "unknown"
    return Text(disposition, style="green" if disposition in GOOD else "red" if disposition in BAD else "")


def _length(call: Call) -> str:
    if call.ended_at is None:
        return "-"
    seconds = round((call.ended_at - call.started_at).total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"
