"""Whether the caller may hear of an order. The answer never tells whether someone else's order exists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from spoken.mishearing import is_misheard
from spoken.phones import is_same
from tools.context import ToolContext
from tools.errors import NotIdentifiedError
from tools.models import Order
from tools.notes import note_later
from tools.proofs import CALLER, Proof

_MOST_CANDIDATES = 5
_NOT_DIGIT = re.compile(r"\D")


def require_code(ctx: ToolContext, phone: str, before: Literal["details", "changes"], thing: str) -> None:
    """Pass if the policy asks for no code before this, or the caller has proven that they hold this phone.

    Call it only once the caller is identified otherwise: it tells that the phone is on file.

    Args:
        ctx: The call.
        phone: On file, E.164.
        before: What it stands before.
        thing: Whose phone on file it is, as `Proof.of` has it.

    Raises:
        RefusedError: `code_needed` or `code_failed`.
    """
    rules = ctx.policy.identity.code
    if rules is not None and before in {rules.before, "changes"}:
        ctx.step_up.require(phone, rules.tries, CALLER if phone == ctx.caller_phone else thing)


async def find_identified_order(ctx: ToolContext, order_id: str, claimed_phone: str | None = None) -> Order:
    """The order, if it is the caller's.

    Args:
        ctx: The call.
        order_id: Which one.
        claimed_phone: What the model says the number on file is; it must fit, too, but proves nothing.

    Raises:
        NotIdentifiedError: The order is someone else's, or there is none.
        RefusedError: It is theirs by all that was said, and the policy asks for a code as well.
    """
    order = await ctx.shop.find_order(order_id)
    if order is None or not _is_identified(ctx, order, claimed_phone):
        raise NotIdentifiedError
    require_code(ctx, order.customer.phone, "details", order.order_id)
    return order


async def find_heard_order(ctx: ToolContext, order_id: str, claimed_phone: str | None = None) -> Order:
    """The order of this number, or the one of the caller's own that recognition easily turns into it.

    Only orders on the caller's own number are taken for what was meant, only if there is exactly one, and what
    is changed is read back with its number anyway.

    Raises:
        NotIdentifiedError: As `find_identified_order` does.
    """
    try:
        return await find_identified_order(ctx, order_id, claimed_phone)
    except NotIdentifiedError:
        if ctx.caller_phone is None or claimed_phone is not None:
            raise
        own = await ctx.shop.find_orders_of(ctx.caller_phone)
        meant = [order for order in own if is_misheard(order_id, order.order_id)]
        if len(meant) != 1:
            raise
        note_proof(ctx, Proof("own_phone", CALLER))
        require_code(ctx, ctx.caller_phone, "details", CALLER)
        return meant[0]


async def find_own_orders(ctx: ToolContext) -> Sequence[Order]:
    """All orders with the caller's own number on file.

    Raises:
        NotIdentifiedError: The number is withheld, or no order has it; the sentence asks for what is needed.
    """
    if ctx.caller_phone is None:
        raise NotIdentifiedError("identity_needed", is_attempt=False)
    orders = await ctx.shop.find_orders_of(ctx.caller_phone)
    if not orders:
        raise NotIdentifiedError("no_own_orders", is_attempt=False)
    note_proof(ctx, Proof("own_phone", CALLER))
    require_code(ctx, ctx.caller_phone, "details", CALLER)
    return orders


async def find_claimed_orders(ctx: ToolContext, claimed_phone: str) -> Sequence[Order]:
    """The orders on a claimed phone whose numbers the caller stated with it.

    Raises:
        NotIdentifiedError: No such order, or not everything was stated.
    """
    if ctx.caller_phone is not None and is_same(claimed_phone, ctx.caller_phone):
        return await find_own_orders(ctx)
    found = []
    # The newest first: a correction counts more than what it corrects.
    for digits in list(dict.fromkeys(reversed(ctx.facts.stated_digits())))[:_MOST_CANDIDATES]:
        order = await ctx.shop.find_order(digits)
        if order is not None and _is_identified(ctx, order, claimed_phone):
            found.append(order)
    if not found:
        raise NotIdentifiedError
    for order in found:
        require_code(ctx, order.customer.phone, "details", order.order_id)
    return found


def is_callers(ctx: ToolContext, phone: str, numbers: Sequence[str], thing: str) -> bool:
    """Whether something is the caller's: it is on their own number, or they stated its number and its phone.

    Args:
        ctx: The call.
        phone: On file, E.164.
        numbers: What the thing is known by; all of it has to be stated.
        thing: Its name among the proofs.
    """
    if phone == ctx.caller_phone:
        note_proof(ctx, Proof("own_phone", CALLER))
        return True
    by_statement = Proof("stated", thing)
    if by_statement in ctx.proofs:
        return True
    stated = ctx.facts.stated_digits()
    digits = [_NOT_DIGIT.sub("", number) for number in numbers]
    if not digits or not all(one in stated for one in digits) or not any(is_same(one, phone) for one in stated):
        return False
    note_proof(ctx, by_statement)
    return True


def note_proof(ctx: ToolContext, proof: Proof) -> None:
    """Keeps what has shown who is calling, once, in the journal as well."""
    if proof not in ctx.proofs:
        ctx.proofs.add(proof)
        note_later(ctx, "identity_set", {"by": proof.by, "of": proof.of, "outcome": "proven"})


def _is_identified(ctx: ToolContext, order: Order, claimed_phone: str | None) -> bool:
    phone = order.customer.phone
    if claimed_phone is not None and not is_same(claimed_phone, phone):
        return False
    return is_callers(ctx, phone, [order.order_id], order.order_id)
