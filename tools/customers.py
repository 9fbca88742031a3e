"""Who the caller is to the shop."""

from __future__ import annotations

from spoken.phones import is_same
from tools.context import ToolContext
from tools.errors import NotIdentifiedError
from tools.identity import find_claimed_orders, note_proof, require_code
from tools.models import CustomerFound, PhoneNumber
from tools.proofs import CALLER, Proof
from tools.tool import tool


@tool(timeout_s=3.0)
async def find_customer(ctx: ToolContext, phone: PhoneNumber | None = None) -> CustomerFound:
    """Find out who the caller is to us: the names on their number, and how many orders are on it.

    Call it when the caller asks whether we know them or in whose name something is, or before you address them by
    name. Without arguments it looks at the number they are calling from.

    Args:
        ctx: This call.
        phone: The number on file, only if the caller said another one than they are calling from. Then they have to
            say an order number that belongs to it, too.
    """
    if phone is not None and not (ctx.caller_phone and is_same(phone, ctx.caller_phone)):
        orders = await find_claimed_orders(ctx, phone)
        return CustomerFound(names=list(dict.fromkeys(order.customer.name for order in orders)), orders=len(orders))
    if ctx.caller_phone is None:
        raise NotIdentifiedError("identity_needed", is_attempt=False)
    customers = await ctx.shop.find_customers(ctx.caller_phone)
    if not customers:
        raise NotIdentifiedError("no_own_orders", is_attempt=False)
    note_proof(ctx, Proof("own_phone", CALLER))
    require_code(ctx, ctx.caller_phone, "details", CALLER)
    names = list(dict.fromkeys(customer.name for customer in customers))
    return CustomerFound(names=names, orders=len(await ctx.shop.find_orders_of(ctx.caller_phone)))
