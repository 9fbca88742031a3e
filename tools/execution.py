"""Running a tool: arguments, guards, ledger, effect, journal. No exception leaves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from loguru import logger

from tools.context import Effect, ToolContext
from tools.errors import NotHereError, ToolError, UnknownToolError
from tools.grounding import check_grounded
from tools.notes import log_unexpected, note, note_later, result_body
from tools.outcome import ToolOutcome, backend_error, done, refused_or_failed
from tools.registry import Registry
from tools.tool import Tool
from tools.tries import call_function, read_patiently
from tools.writing import give_up_unfinished, run_control, run_noted, settle_unfinished, stand

__all__ = ["ToolOutcome", "give_up_unfinished", "run_tool", "settle_unfinished"]


async def run_tool(registry: Registry, name: str, arguments: Mapping[str, Any] | str, ctx: ToolContext) -> ToolOutcome:
    """What came of a model's tool call, noted in the journal.

    Cancelling a read ends it. Cancelling a write ends the waiting only: it is finished, committed and
    noted by itself, and a repeat of the call gets its result; `ctx.drain` waits for it.

    Args:
        registry: What the model was offered.
        name: As the model gave it.
        arguments: As the model gave them: an object, or its JSON text.
        ctx: The call.
    """
    started_s = time.monotonic()
    tool = registry.find(name)
    given = dict(arguments) if isinstance(arguments, Mapping) else {"raw": arguments}
    try:
        if tool is None:
            raise (NotHereError if name in registry.elsewhere else UnknownToolError)(registry.names)
        typed = tool.parse(arguments)
        check_grounded("number", tool.model, typed, ctx)
    except ToolError as exc:
        return await _finish(ctx, name, given, refused_or_failed(exc, tool, ctx), started_s, tool)
    given = tool.dump(typed)
    if tool.writes:
        return await ctx.in_flight.finish(_write(registry, tool, typed, given, ctx, started_s))
    return await _read(registry, tool, typed, given, ctx, started_s)


async def _read(
    registry: Registry,
    tool: Tool,
    typed: dict[str, Any],
    given: dict[str, Any],
    ctx: ToolContext,
    started_s: float,
) -> ToolOutcome:
    note_later(ctx, "tool_intent", {"tool": tool.name, "arguments": given})
    try:
        effect = Effect(tool.name, subject=await stand(registry.guards_of(tool.name, ctx.policy), tool, typed, ctx))
        outcome = done(await read_patiently(ctx, lambda: call_function(tool, typed, ctx, effect), tool.timeout_s))
    except asyncio.CancelledError:
        body = {
            "tool": tool.name,
            "writes": False,
            "arguments": given,
            "status": "cancelled",
            "reason": None,
            "result": {},
        }
        note_later(ctx, "tool_result", {**body, "ms": _elapsed_ms(started_s)})
        raise
    except Exception as exc:  # noqa: BLE001 - a tool's border
        outcome = _not_done(tool, exc, ctx)
    return await _finish(ctx, tool.name, given, outcome, started_s, tool)


async def _write(
    registry: Registry,
    tool: Tool,
    typed: dict[str, Any],
    given: dict[str, Any],
    ctx: ToolContext,
    started_s: float,
) -> ToolOutcome:
    run = run_noted if tool.confirm or tool.once else run_control
    try:
        outcome = await run(registry, tool, typed, given, ctx)
    except Exception as exc:  # noqa: BLE001 - a tool's border
        outcome = _not_done(tool, exc, ctx)
    return await _finish(ctx, tool.name, given, outcome, started_s, tool)


def _not_done(tool: Tool, error: Exception, ctx: ToolContext) -> ToolOutcome:
    known = backend_error(error)
    if known is not error and known.code == "server_error":
        log_unexpected(tool.name, error)
    return refused_or_failed(known, tool, ctx)


async def _finish(
    ctx: ToolContext, name: str, given: Mapping[str, Any], outcome: ToolOutcome, started_s: float, tool: Tool | None
) -> ToolOutcome:
    outcome = outcome.after(_elapsed_ms(started_s))
    await note(ctx, "tool_result", result_body(name, outcome.arguments or given, outcome, tool))
    shown = name if outcome.reason != "unknown_tool" else None  # a model may put anything into a name
    logger.info("tool finished", tool=shown, status=outcome.status, reason=outcome.reason, ms=outcome.ms)
    return outcome


def _elapsed_ms(started_s: float) -> int:
    return round((time.monotonic() - started_s) * 1000)
