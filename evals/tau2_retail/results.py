"""What the retail tools give back; records are JSON objects as they stand in the shop."""

from __future__ import annotations

from typing import Any

from tools.models import Result


class UserFound(Result):
    """Somebody is identified."""

    user_id: str


class UserShown(Result):
    """A user as they are now."""

    user: dict[str, Any]


class OrderShown(Result):
    """An order as it is now."""

    order: dict[str, Any]


class ProductShown(Result):
    """A product with its variants."""

    product: dict[str, Any]


class ItemShown(Result):
    """One item."""

    item: dict[str, Any]


class ProductTypes(Result):
    """Product ids by name."""

    products: dict[str, str]


class Worked(Result):
    """The value of an expression, to the cent."""

    value: float
