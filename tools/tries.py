"""One try of a tool's function, and reads that are tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from tools.context import Effect, ToolContext, running
from tools.deadline import deadline
from tools.errors import BackendError
from tools.models import Result
from tools.tool import Tool

T = TypeVar("T")


async def call_function(tool: Tool, arguments: Mapping[str, Any], ctx: ToolContext, effect: Effect) -> Result:
    """The result of one try of the tool's function.

    Raises:
        TimeoutError: After the tool's own time.
    """
    token = running.set(effect)
    try:
        async with deadline(tool.timeout_s):
            return await tool.function(ctx, **arguments)
    finally:
        running.reset(token)


async def read_patiently(ctx: ToolContext, read: Callable[[], Awaitable[T]], timeout_s: float) -> T:
    """The result of a read that may be tried again; the policy says how often and after which pauses.

    Args:
        ctx: The call.
        read: Made anew for each try.
        timeout_s: For one try.

    Raises:
        ToolError: The last failure.
        TimeoutError: The last try took too long.
    """

    async def once() -> T:
        async with deadline(timeout_s):
            return await read()

    for pause_s in ctx.policy.reads.pauses_s:
        try:
            return await once()
        except TimeoutError:
            pass
        except BackendError as exc:
            if not exc.may_retry:
                raise
        await ctx.sleep(pause_s)
    return await once()
