"""The tools that change an order or a user, each after a yes to all of its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.tau2_retail.identity import store_of
from evals.tau2_retail.models import Reason
from evals.tau2_retail.questions import question
from evals.tau2_retail.results import OrderShown, UserShown
from evals.tau2_retail.store import State
from tools.context import ToolContext, running
from tools.tool import tool

_TIMEOUT_S = 5.0
_ADDRESS = ("address1", "address2", "city", "state", "country", "zip")
_EXCHANGE = ("order_id", "item_ids", "new_item_ids", "payment_method_id")


async def _change(ctx: ToolContext, **arguments: Any) -> State:
    """Puts in place what the guards have worked out."""
    effect = running.get()
    after = effect.subject.thing if effect and effect.subject else None
    if effect is None or not isinstance(after, State):
        raise TypeError("expected a user's state: the guards are missing in the policy")
    await store_of(ctx).commit(effect.tool, arguments, after)
    return after


async def _order(ctx: ToolContext, **arguments: Any) -> OrderShown:
    after = await _change(ctx, **arguments)
    assert after.order is not None  # its number is a required argument
    return OrderShown(order=after.order.plain())


async def _find_order(
    ctx: ToolContext, before: Mapping[str, Any], order_id: str, **arguments: Any
) -> OrderShown | None:
    """The order if it is another than it was: in this call's own shop nobody else changes it."""
    now = store_of(ctx).order(order_id)
    if now is None or now.plain() == before["order"]:
        return None
    return OrderShown(order=now.plain())


async def _find_user(ctx: ToolContext, before: Mapping[str, Any], user_id: str, **arguments: Any) -> UserShown | None:
    now = store_of(ctx).user(user_id)
    return None if now is None or now.plain() == before["user"] else UserShown(user=now.plain())


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=["order_id", "reason"],
    read_back=_find_order,
    question=question("Cancel order {order_id}, reason: {reason}."),
)
async def cancel_pending_order(ctx: ToolContext, order_id: str, reason: Reason) -> OrderShown:
    """Cancel an order that is still pending and refund it. Call it after the caller has agreed.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
        reason: What the caller gave; there is no other.
    """
    return await _order(ctx, order_id=order_id, reason=reason)


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=["order_id", *_ADDRESS],
    read_back=_find_order,
    question=question("Send order {order_id} to {address1}, {address2}, {city}, {state}, {country}, zip code {zip}."),
)
async def modify_pending_order_address(
    ctx: ToolContext, order_id: str, address1: str, address2: str, city: str, state: str, country: str, zip: str
) -> OrderShown:
    """Send a pending order to another address. Call it after the caller has agreed.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
        address1: Street and number.
        address2: Flat or suite, or ''.
        city: The city.
        state: Its two letters.
        country: The country.
        zip: The zip code.
    """
    address = {"address1": address1, "address2": address2, "city": city, "state": state, "country": country}
    return await _order(ctx, order_id=order_id, **address, zip=zip)


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=["order_id", "payment_method_id"],
    read_back=_find_order,
    question=question("Pay order {order_id} with {payment_method_id} instead."),
)
async def modify_pending_order_payment(ctx: ToolContext, order_id: str, payment_method_id: str) -> OrderShown:
    """Have a pending order paid in another way. Call it after the caller has agreed.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
        payment_method_id: One of the caller's own.
    """
    return await _order(ctx, order_id=order_id, payment_method_id=payment_method_id)


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=_EXCHANGE,
    read_back=_find_order,
    question=question(
        "In order {order_id}, take {new_item_ids} instead of {item_ids}, with the difference on {payment_method_id}."
    ),
)
async def modify_pending_order_items(
    ctx: ToolContext, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
) -> OrderShown:
    """Replace items of a pending order, once, with variants of the same products. Call it after the caller has agreed.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
        item_ids: All items that are to go.
        new_item_ids: What comes in place of each, in the same order.
        payment_method_id: Pays, or gets back, the difference.
    """
    changed = {"item_ids": item_ids, "new_item_ids": new_item_ids}
    return await _order(ctx, order_id=order_id, **changed, payment_method_id=payment_method_id)


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=_EXCHANGE,
    read_back=_find_order,
    question=question(
        "Exchange {item_ids} of order {order_id} for {new_item_ids}, with the difference on {payment_method_id}."
    ),
)
async def exchange_delivered_order_items(
    ctx: ToolContext, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
) -> OrderShown:
    """Exchange items of a delivered order, once, for variants of the same products. Call it after a yes.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
        item_ids: All items that are to go.
        new_item_ids: What comes in place of each, in the same order.
        payment_method_id: Pays, or gets back, the difference.
    """
    changed = {"item_ids": item_ids, "new_item_ids": new_item_ids}
    return await _order(ctx, order_id=order_id, **changed, payment_method_id=payment_method_id)


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=["order_id", "item_ids", "payment_method_id"],
    read_back=_find_order,
    question=question("Return {item_ids} of order {order_id}, with the refund to {payment_method_id}."),
)
async def return_delivered_order_items(
    ctx: ToolContext, order_id: str, item_ids: list[str], payment_method_id: str
) -> OrderShown:
    """Take items of a delivered order back. Call it after the caller has agreed.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
        item_ids: All items that are to go back.
        payment_method_id: Gets the refund: the original one, or a gift card.
    """
    return await _order(ctx, order_id=order_id, item_ids=item_ids, payment_method_id=payment_method_id)


@tool(
    timeout_s=_TIMEOUT_S,
    writes=True,
    confirm=["user_id", *_ADDRESS],
    read_back=_find_user,
    question=question(
        "Change the address of {user_id} to {address1}, {address2}, {city}, {state}, {country}, zip code {zip}."
    ),
)
async def modify_user_address(
    ctx: ToolContext, user_id: str, address1: str, address2: str, city: str, state: str, country: str, zip: str
) -> UserShown:
    """Change the caller's own default address. Call it after the caller has agreed.

    Args:
        ctx: This call.
        user_id: The caller's, as it was found.
        address1: Street and number.
        address2: Flat or suite, or ''.
        city: The city.
        state: Its two letters.
        country: The country.
        zip: The zip code.
    """
    address = {"address1": address1, "address2": address2, "city": city, "state": state, "country": country}
    after = await _change(ctx, user_id=user_id, **address, zip=zip)
    return UserShown(user=after.user.plain())
