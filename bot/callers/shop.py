"""The shop's orders before the call."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.callers.form import Day, Phone, Strict, Text, expected


def _order_id(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("[0-9A-Za-z-]{1,32}", value):
        raise expected('an order number of digits, letters or hyphens, e.g. "1033"')
    return value


OrderId = Annotated[str, BeforeValidator(_order_id), Field(pattern="^[0-9A-Za-z-]{1,32}$")]


class Order(Strict):
    """One order as the shop has it on file."""

    phone: Phone = Field(description="the customer's number on file")
    name: Text = Field(description="the customer's name")
    status: Literal["scheduled", "out_for_delivery", "delivered", "cancelled"] = Field(
        description="only scheduled orders can be moved"
    )
    delivery_date: Day = Field(description="the day of delivery, YYYY-MM-DD")
    city: Text = Field(description="where it goes")


class Shop(Strict):
    """All orders, by their number."""

    orders: dict[OrderId, Order] = Field(max_length=10_000, description="order number: order")
