"""Text messages to the caller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from spoken import Language
from tools.context import ToolContext, running
from tools.errors import NoMessagesError
from tools.models import MessageSent, Order, OrderId
from tools.tool import tool

# Within 70 characters, beyond which a Cyrillic message is sent, and billed, in two parts.
CONFIRMATION: Mapping[Language, str] = {
    "uk": "Замовлення {order}: доставка {day:%d.%m.%Y}, {city}.",
    "ru": "Заказ {order}: доставка {day:%d.%m.%Y}, {city}.",
    "en": "Order {order}: delivery on {day:%d %b %Y}, {city}.",
}


def confirmation(order: Order, language: Language, day: dt.date) -> str:
    """What the message says of an order."""
    return CONFIRMATION[language].format(order=order.order_id, day=day, city=order.delivery.city)


async def _find_sent(ctx: ToolContext, before: Mapping[str, Any], order_id: str) -> MessageSent | None:
    order = await ctx.shop.find_order(order_id)
    if ctx.messages is None or order is None:
        raise NoMessagesError
    # The call's language may have changed since, and the day too.
    day = dt.date.fromisoformat(before["delivery_date"])
    texts = {confirmation(order, language, day) for language in CONFIRMATION}
    was_sent = await ctx.messages.was_sent(texts, dt.datetime.fromisoformat(before["since"]))
    return MessageSent(order_id=order_id) if was_sent else None


@tool(timeout_s=8.0, writes=True, once=True, read_back=_find_sent, works_on="text messages")
async def send_sms(ctx: ToolContext, order_id: OrderId) -> MessageSent:
    """Send the caller a text message with an order's number and its day of delivery.

    Call it when the caller wants this in writing. It goes to the number they are calling from, and to no other.

    Args:
        ctx: This call.
        order_id: The order number.
    """
    effect = running.get()
    if effect is None or effect.order is None:
        raise RuntimeError("send_sms: the identity guard is switched off in the policy")
    if ctx.messages is None:
        raise NoMessagesError
    order = effect.order
    await ctx.messages.send(confirmation(order, ctx.spoken_language, order.delivery.date))
    return MessageSent(order_id=order_id)
