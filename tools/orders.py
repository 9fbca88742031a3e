"""What a caller may ask about deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from spoken import Language
from tools.context import ToolContext, running
from tools.errors import BackendError, DeliveryChangedError
from tools.identity import find_claimed_orders, find_heard_order, find_own_orders
from tools.models import DeliveryDate, Order, OrderId, OrderLine, OrdersFound, PhoneNumber, Rescheduled
from tools.phrases import say
from tools.tool import tool
from tools.tries import read_patiently

_READ_S = 2.0


@tool(timeout_s=3.0)
async def lookup_order(
    ctx: ToolContext, phone: PhoneNumber | None = None, order_id: OrderId | None = None
) -> OrdersFound:
    """Find the caller's orders: status, day of delivery, city, and days a delivery could be moved to.

    Call it before you speak about any order. Give only what the caller said; without arguments it
    finds the orders on the number they are calling from.

    Args:
        ctx: This call.
        phone: The phone number on the order, only if the caller said another one than they are calling from.
        order_id: The order number, only if the caller said one.
    """
    if order_id is not None:
        orders = [await find_heard_order(ctx, order_id, phone)]
    elif phone is not None:
        orders = list(await find_claimed_orders(ctx, phone))
    else:
        orders = list(await find_own_orders(ctx))
    orders.sort(key=lambda order: (order.delivery.status not in ctx.policy.status.movable, order.delivery.date))
    first = orders[0].delivery
    is_movable = first.status in ctx.policy.status.movable
    offer = ctx.policy.free_days(ctx.today, apart_from=first.date) if is_movable else []
    return OrdersFound(orders=[OrderLine.of(order) for order in orders], offer=offer)


async def _find_rescheduled(
    ctx: ToolContext, before: Mapping[str, Any], order_id: str, new_date: dt.date
) -> Rescheduled | None:
    order = await ctx.shop.find_order(order_id)
    if order is None or order.delivery.date != new_date:
        return None
    return Rescheduled(order_id=order_id, new_date=new_date, old_date=dt.date.fromisoformat(before["delivery_date"]))


async def _see_again(ctx: ToolContext, order: Order) -> Order | None:
    """The order as it is now; None if that cannot be seen, or it is the caller's no more."""
    try:
        now = await read_patiently(ctx, lambda: ctx.shop.find_order(order.order_id), _READ_S)
    except (BackendError, TimeoutError):
        return None
    return now if now is not None and now.customer.phone == order.customer.phone else None


def _ask_to_move(language: Language, values: Mapping[str, Any]) -> str:
    day = dt.date.fromisoformat(values["new_date"])
    return say("not_confirmed", language, order_id=values["order_id"], day=day)


@tool(
    timeout_s=10.0,
    writes=True,
    confirm=["order_id", "new_date"],
    read_back=_find_rescheduled,
    question=_ask_to_move,
)
async def reschedule_delivery(ctx: ToolContext, order_id: OrderId, new_date: DeliveryDate) -> Rescheduled:
    """Move the delivery of an order to another day.

    Call it after you have read the order number and the full date back and the caller has said yes to
    exactly these. Say that it was moved only if the result's status is "done".

    Args:
        ctx: This call.
        order_id: The order number.
        new_date: The new day of delivery, YYYY-MM-DD.
    """
    effect = running.get()
    if effect is None or effect.order is None:
        raise RuntimeError("reschedule_delivery: the identity guard is switched off in the policy")
    planned = effect.order.delivery
    try:
        await ctx.shop.reschedule(order_id, new_date, expected=planned, key=effect.key)
    except BackendError as exc:
        if exc.code != "delivery_changed":
            raise
        now = await _see_again(ctx, effect.order)
        # Whoever it was, the caller has what they asked for.
        if now is None or (now.delivery.date, now.delivery.status) != (new_date, planned.status):
            raise DeliveryChangedError(now) from exc
    return Rescheduled(order_id=order_id, new_date=new_date, old_date=planned.date)
