"""What the model may ask of the call itself."""

from __future__ import annotations

from tools.context import ToolContext
from tools.errors import NobodyAvailableError
from tools.models import CallEnding, EndReason, Reason, TransferStarted
from tools.tool import tool


@tool(timeout_s=5.0, writes=True)
async def transfer_to_human(ctx: ToolContext, reason: Reason | None = None) -> TransferStarted:
    """Connect the caller to a human colleague.

    Call it when the caller asks for a human, or when you cannot help and they agree to be connected.

    Args:
        ctx: This call.
        reason: Why, in a few words, for the colleague.
    """
    if not await ctx.control.request_transfer(reason):
        raise NobodyAvailableError
    return TransferStarted()


@tool(timeout_s=5.0, writes=True)
async def end_call(ctx: ToolContext, reason: EndReason | None = None) -> CallEnding:
    """End the call.

    Call it when the caller has said goodbye, wants nothing more, dialled a wrong number, or is a voicemail.

    Args:
        ctx: This call.
        reason: Why the call ends.
    """
    await ctx.control.request_hang_up(reason)
    return CallEnding()
