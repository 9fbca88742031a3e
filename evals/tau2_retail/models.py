"""What the retail shop holds: products with variants, users with payment methods, orders."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Reason = Literal["no longer needed", "ordered by mistake"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def plain(self) -> dict[str, Any]:
        """As JSON values, without what is not set."""
        return self.model_dump(mode="json", exclude_none=True)


class Address(_Record):
    """Where to send something."""

    address1: str
    address2: str
    city: str
    country: str
    state: str
    zip: str


class Variant(_Record):
    """One item that can be bought. `price` in dollars."""

    item_id: str
    options: dict[str, str]
    available: bool
    price: float


class Product(_Record):
    """One kind of thing with all its variants, by item id."""

    name: str
    product_id: str
    variants: dict[str, Variant]


class Name(_Record):
    """Of a user."""

    first_name: str
    last_name: str


class PaymentMethod(_Record):
    """A card, a gift card or an account; only a gift card has a balance, in dollars."""

    source: Literal["credit_card", "gift_card", "paypal"]
    id: str
    brand: str | None = None
    last_four: str | None = None
    balance: float | None = None

    @property
    def is_gift_card(self) -> bool:
        """Whether money goes from it, and back to it, at once."""
        return self.source == "gift_card"


class User(_Record):
    """A customer; payment methods by their id, orders by number."""

    user_id: str
    name: Name
    address: Address
    email: str
    payment_methods: dict[str, PaymentMethod]
    orders: list[str]


class Line(_Record):
    """One item of an order, as it was sold."""

    name: str
    product_id: str
    item_id: str
    price: float
    options: dict[str, str]


class Parcel(_Record):
    """What was sent together."""

    tracking_id: list[str]
    item_ids: list[str]


class Payment(_Record):
    """Money that went one way or the other; `amount` in dollars, never negative."""

    transaction_type: Literal["payment", "refund"]
    amount: float
    payment_method_id: str


class Order(_Record):
    """One order and all that was done to it."""

    order_id: str
    user_id: str
    address: Address
    items: list[Line]
    status: str
    fulfillments: list[Parcel]
    payment_history: list[Payment]
    cancel_reason: Reason | None = None
    exchange_items: list[str] | None = None
    exchange_new_items: list[str] | None = None
    exchange_payment_method_id: str | None = None
    exchange_price_difference: float | None = None
    return_items: list[str] | None = None
    return_payment_method_id: str | None = None


class Shop(_Record):
    """The whole database."""

    products: dict[str, Product]
    users: dict[str, User]
    orders: dict[str, Order] = Field(default_factory=dict)
