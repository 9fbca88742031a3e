"""What came of a tool call, as the model and the journal see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from storage.errors import StorageError
from tools.context import ToolContext
from tools.errors import (
    BackendError,
    DeliveryChangedError,
    InvalidArgumentsError,
    NotConfirmedError,
    NotIdentifiedError,
    Status,
    ToolError,
    UnknownToolError,
)
from tools.models import OrderLine, Result
from tools.phrases import PHRASES, say
from tools.tool import Tool


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """The end of one tool call.

    Attributes:
        status: `done`, `refused` (a guard stopped it), `failed` (nothing was changed) or `unknown`.
        reason: A stable code; `verified` when reading back made a lost reply good; None when all went well.
        result: What the model sees; with `say`, a sentence for the caller, unless it is done.
        ms: From the call to its end.
        arguments: What was asked for, where that is what an earlier call of the same intent gave; else None.
    """

    status: Status
    reason: str | None
    result: dict[str, Any]
    ms: int = 0
    arguments: Mapping[str, Any] | None = None

    def after(self, ms: int) -> ToolOutcome:
        """The same, with its duration."""
        return replace(self, ms=ms)


def done(result: Result | Mapping[str, Any], reason: str | None = None) -> ToolOutcome:
    """It was done."""
    values = result.model_dump(mode="json") if isinstance(result, Result) else dict(result)
    return ToolOutcome("done", reason, {"status": "done", **values})


def refused_or_failed(error: ToolError, tool: Tool | None, ctx: ToolContext) -> ToolOutcome:
    """It was not done; a failed identification is counted in `ctx`."""
    result: dict[str, Any] = {"status": error.status, "reason": error.code}
    if isinstance(error, NotIdentifiedError):
        ctx.failed_identifications += error.is_attempt
        if ctx.failed_identifications >= ctx.policy.identity.offer_human_after:
            result["offer_human"] = True
            error.phrase = "not_identified_often"
    if isinstance(error, NotConfirmedError):
        result["values"] = dict(error.values)
    if isinstance(error, InvalidArgumentsError | UnknownToolError):
        result["message"] = str(error)
    if isinstance(error, DeliveryChangedError) and error.now is not None:
        result["orders"] = [OrderLine.of(error.now).model_dump(mode="json")]
    result["say"] = error.spoken(ctx.spoken_language, _failure_phrase(tool))
    return ToolOutcome(error.status, error.code, result)


def unknown(reason: str, tool: Tool, ctx: ToolContext) -> ToolOutcome:
    """Nobody can tell whether it was done."""
    sentence = say(_unknown_phrase(tool), ctx.spoken_language)
    return ToolOutcome("unknown", reason, {"status": "unknown", "reason": reason, "say": sentence})


def backend_error(error: BaseException) -> ToolError:
    """The tool error that any exception stands for; nothing else may reach the model or the caller."""
    if isinstance(error, ToolError):
        return error
    if isinstance(error, TimeoutError):
        return BackendError("timeout")
    if isinstance(error, StorageError):
        return BackendError("database_unavailable", error.message)
    return BackendError("server_error", type(error).__name__)


def _unknown_phrase(tool: Tool) -> str:
    if f"{tool.name}_unknown" in PHRASES:
        return f"{tool.name}_unknown"
    return "write_unknown" if tool.confirm or tool.once else _failure_phrase(tool)


def _failure_phrase(tool: Tool | None) -> str:
    if tool is None or not tool.writes:
        return "read_failed"
    if f"{tool.name}_failed" in PHRASES:
        return f"{tool.name}_failed"
    return "write_failed" if tool.confirm else "call_control_failed"
