"""A retail shop of our own making, two customers and three orders, and a task in it."""

from __future__ import annotations

from typing import Any

from evals.tau2_retail.models import Shop
from evals.tau2_retail.tasks import GoldCall, Task

ADA, PENDING, DELIVERED, THEIRS, METHOD = "ada_1", "#W1", "#W2", "#W3", "gift_card_1"
ADDRESS = {"address1": "1 Old Road", "address2": "", "city": "Leeds", "country": "USA", "state": "NY", "zip": "10001"}
MOVED = ADDRESS | {"address1": "2 New Road"}


def _product(product_id: str, **prices: float) -> dict[str, Any]:
    variants = {
        item_id[1:]: {
            "item_id": item_id[1:],
            "options": {"size": item_id},
            "available": item_id != "i203",
            "price": price,
        }
        for item_id, price in prices.items()
    }
    return {"name": f"Thing {product_id}", "product_id": product_id, "variants": variants}


def _line(product_id: str, item_id: str, price: float) -> dict[str, Any]:
    return {"name": "Thing", "product_id": product_id, "item_id": item_id, "price": price, "options": {"size": "S"}}


def _order(order_id: str, user_id: str, status: str) -> dict[str, Any]:
    payment = {"transaction_type": "payment", "amount": 30.0, "payment_method_id": METHOD}
    return {
        "order_id": order_id,
        "user_id": user_id,
        "address": ADDRESS,
        "items": [_line("1", "101", 10.0), _line("2", "201", 20.0)],
        "status": status,
        "fulfillments": [],
        "payment_history": [payment],
    }


def _user(user_id: str, name: str, orders: list[str]) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "name": {"first_name": name, "last_name": "Stone"},
        "address": ADDRESS,
        "email": f"{name.lower()}@example.com",
        "payment_methods": {
            METHOD: {"source": "gift_card", "id": METHOD, "balance": 50.0},
            "paypal_2": {"source": "paypal", "id": "paypal_2"},
        },
        "orders": orders,
    }


SHOP = Shop.model_validate(
    {
        "products": {
            "1": _product("1", i101=10.0, i102=15.0),
            "2": _product("2", i201=20.0, i202=25.0, i203=20.0, i204=900.0),
        },
        "users": {ADA: _user(ADA, "Ada", [PENDING, DELIVERED]), "bob_2": _user("bob_2", "Bob", [THEIRS])},
        "orders": {
            PENDING: _order(PENDING, ADA, "pending"),
            DELIVERED: _order(DELIVERED, ADA, "delivered"),
            THEIRS: _order(THEIRS, "bob_2", "pending"),
        },
    }
)


def _shown(order_id: str, **changes: Any) -> dict[str, Any]:
    return SHOP.orders[order_id].plain() | changes


RETURNED = {"return_items": ["101"], "return_payment_method_id": METHOD, "status": "return requested"}
TASK = Task(
    "own",
    (
        GoldCall("find_user_id_by_email", {"email": "eda@example.com"}, True, "no such user"),
        GoldCall("find_user_id_by_name_zip", {"first_name": "Ada", "last_name": "Stone", "zip": "10001"}, False, ADA),
        GoldCall("get_order_details", {"order_id": THEIRS}, True, "no such order"),
        GoldCall("calculate", {"expression": "10 + 20"}, False, 30.0),
        GoldCall("modify_pending_order_address", {"order_id": PENDING, **MOVED}, False, _shown(PENDING, address=MOVED)),
        GoldCall("cancel_pending_order", {"order_id": DELIVERED, "reason": "no longer needed"}, True, "not pending"),
        GoldCall(
            "return_delivered_order_items",
            {"order_id": DELIVERED, "item_ids": ["101"], "payment_method_id": METHOD},
            False,
            _shown(DELIVERED, **RETURNED),
        ),
    ),
    {("orders", PENDING, "address", "address1"): "2 New Road"}
    | {("orders", DELIVERED, name): value for name, value in RETURNED.items()},
)
