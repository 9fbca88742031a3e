"""What the journal and the log learn of tool calls."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from typing import Any

from loguru import logger

from storage.tables import EventKind
from tools.context import ToolContext
from tools.outcome import ToolOutcome
from tools.tool import Tool

_JOURNAL_WAIT_S = 1.0


def note_later(ctx: ToolContext, kind: EventKind, body: Mapping[str, Any]) -> asyncio.Task[None]:
    """Have an event put into the journal; one that cannot be written is logged. `ctx.drain` waits for it."""

    async def append() -> None:
        try:
            await ctx.journal.append(kind, body)
        except Exception as exc:  # noqa: BLE001 - the border of a background task
            logger.error("tool event not in the journal", kind=kind, error=type(exc).__name__)

    return ctx.in_flight.start(append())


async def note(ctx: ToolContext, kind: EventKind, body: Mapping[str, Any]) -> None:
    """Put an event into the journal, waiting for a moment at most: no caller waits for a stuck disk."""
    await asyncio.wait({note_later(ctx, kind, body)}, timeout=_JOURNAL_WAIT_S)


def result_body(name: str, arguments: Mapping[str, Any], outcome: ToolOutcome, tool: Tool | None) -> dict[str, Any]:
    """The body of a `tool_result` event; `writes` and `does` tell what kind of tool it was, if there is one."""
    return {
        "tool": name,
        "writes": tool is not None and tool.writes,
        **({"does": tool.does} if tool is not None and tool.does else {}),
        "arguments": dict(arguments),
        "status": outcome.status,
        "reason": outcome.reason,
        "result": outcome.result,
        "ms": outcome.ms,
    }


def log_unexpected(tool: str, error: BaseException) -> None:
    """Log an exception that no tool should raise: its type and place, for its text may hold personal data."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]
    logger.error("tool broken", tool=tool, error=type(error).__name__, places=places)
