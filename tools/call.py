"""What the model may ask of the call itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from tools.context import ToolContext
from tools.errors import NobodyAvailableError, RefusedError
from tools.keypad import ENTRIES, EntryName
from tools.models import CallEnding, DigitsPressed, EndReason, EntryAsked, OnHold, Reason, TransferStarted
from tools.tool import tool

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9*#]{1,32}$")]
ColleagueName = Annotated[str, StringConstraints(max_length=40)]


@tool(timeout_s=5.0, writes=True, works_on="the call")
async def transfer_to_human(
    ctx: ToolContext, reason: Reason | None = None, colleague: ColleagueName | None = None
) -> TransferStarted:
    """Connect the caller to a human colleague.

    Call it when the caller asks for a human, or when you cannot help and they agree to be connected.

    Args:
        ctx: This call.
        reason: Why, in a few words, for the colleague.
        colleague: Which one, by name; leave it out for the usual one. It is never a phone number.
    """
    if not await ctx.control.request_transfer(reason, colleague):
        raise NobodyAvailableError
    return TransferStarted()


@tool(timeout_s=5.0, writes=True, works_on="the call")
async def end_call(ctx: ToolContext, reason: EndReason | None = None) -> CallEnding:
    """End the call.

    Call it when the caller has said goodbye, wants nothing more, dialled a wrong number, or is a voicemail.

    Args:
        ctx: This call.
        reason: Why the call ends.
    """
    await ctx.control.request_hang_up(reason)
    return CallEnding()


@tool(timeout_s=5.0, writes=True, works_on="the call")
async def wait_for_caller(ctx: ToolContext) -> OnHold:
    """Wait in silence until the caller speaks again.

    Call it when the caller asks you to wait, for example to look for a number or to speak to somebody else.

    Args:
        ctx: This call.
    """
    await ctx.control.request_hold()
    return OnHold()


@tool(timeout_s=5.0, writes=True, works_on="the call")
async def ask_to_type(ctx: ToolContext, entry: EntryName) -> EntryAsked:
    """Ask the caller to type a number on their phone's keypad.

    Call it when you have misunderstood a dictated number twice, or when the caller would rather type it. The caller is
    told what to do. A phone number that was typed is not shown to you; the lookup knows it.

    Args:
        ctx: This call.
        entry: What to type.
    """
    await ctx.control.request_entry(ENTRIES[entry])
    return EntryAsked(entry=entry)


@tool(timeout_s=10.0, writes=True, works_on="the call")
async def press_digits(ctx: ToolContext, digits: Digits) -> DigitsPressed:
    """Press keys on the phone, when the other end is a machine with a menu.

    Args:
        ctx: This call.
        digits: The keys: 0-9, * and #.
    """
    if not await ctx.control.press_digits(digits):
        raise RefusedError("no_keys", phrase="call_control_failed")
    return DigitsPressed()
