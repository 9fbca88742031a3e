"""What each write does to an order and its user, and what speaks against it: pure functions from the shop's policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals.tau2_retail.models import Address, Line, Order, Payment, PaymentMethod, User, Variant
from evals.tau2_retail.store import State, Store
from spoken import Language
from tools.errors import RefusedError

REFUSALS: Mapping[str, str] = {
    "not_pending": "That order is no longer pending, so this can't be done any more.",
    "not_delivered": "That order has not been delivered, so this can't be done yet.",
    "no_such_item": "I can't find all of these items in the order.",
    "items_do_not_match": "Each item needs exactly one item in its place.",
    "not_available": "The item you would like instead is not available.",
    "same_item": "That is the item you have already.",
    "no_such_payment_method": "I can't find that payment method on your account.",
    "balance_too_low": "The gift card's balance does not cover that.",
    "same_payment_method": "That is how the order is paid already.",
    "several_payments": "The payment of this order can't be changed any more.",
    "not_the_original_payment": "A refund goes to the original payment method, or to a gift card.",
    "no_such_product": "I can't find that product.",
    "not_a_sum": "I can't work that out.",
}
_CENTS = 2


class RetailRefusedError(RefusedError):
    """The shop's policy speaks against it."""

    def spoken(self, language: Language, otherwise: str) -> str:
        """Why not; the shop speaks English only."""
        return REFUSALS[self.code]


def apply(store: Store, tool: str, before: State, arguments: Mapping[str, Any]) -> State:
    """What a write would leave behind; nothing is changed.

    Raises:
        RetailRefusedError: The shop's policy speaks against it.
    """
    after = before.copy()
    _WRITES[tool](store, after, **arguments)
    return after


def _cancel(store: Store, state: State, /, order_id: str, reason: Any) -> None:
    order = _with_status(state, "not_pending", lambda status: status == "pending")
    refunds = []
    for paid in order.payment_history:
        refunds.append(Payment(transaction_type="refund", amount=paid.amount, payment_method_id=paid.payment_method_id))
        _give(_method(state.user, paid.payment_method_id), paid.amount)
    order.payment_history.extend(refunds)
    order.status, order.cancel_reason = "cancelled", reason


def _change_address(store: Store, state: State, /, order_id: str, **address: str) -> None:
    order = _with_status(state, "not_pending", lambda status: "pending" in status)
    order.address = Address(**address)


def _change_payment(store: Store, state: State, /, order_id: str, payment_method_id: str) -> None:
    order = _with_status(state, "not_pending", lambda status: "pending" in status)
    if len(order.payment_history) != 1 or order.payment_history[0].transaction_type != "payment":
        raise RetailRefusedError("several_payments")
    paid = order.payment_history[0]
    if paid.payment_method_id == payment_method_id:
        raise RetailRefusedError("same_payment_method")
    _take(_method(state.user, payment_method_id), paid.amount)
    _give(_method(state.user, paid.payment_method_id), paid.amount)
    for way, method_id in (("payment", payment_method_id), ("refund", paid.payment_method_id)):
        order.payment_history.append(
            Payment.model_validate({"transaction_type": way, "amount": paid.amount, "payment_method_id": method_id})
        )


def _change_items(
    store: Store,
    state: State,
    /,
    order_id: str,
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    payment_method_id: str,
) -> None:
    order = _with_status(state, "not_pending", lambda status: status == "pending")
    pairs = _pairs(store, order, item_ids, new_item_ids)
    if any(line.item_id == variant.item_id for line, variant in pairs):
        raise RetailRefusedError("same_item")
    difference = sum(variant.price - line.price for line, variant in pairs)
    _take(_method(state.user, payment_method_id), difference)
    way = "payment" if difference > 0 else "refund"
    payment = {"transaction_type": way, "amount": abs(difference), "payment_method_id": payment_method_id}
    order.payment_history.append(Payment.model_validate(payment))
    for line, variant in pairs:
        # The reference gives every changed line the price and options of the last one, and its end states hold that.
        sold = pairs[-1][1] if store.is_as_reference else variant
        line.item_id, line.price, line.options = variant.item_id, sold.price, dict(sold.options)
    order.status = "pending (item modified)"


def _exchange(
    store: Store,
    state: State,
    /,
    order_id: str,
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    payment_method_id: str,
) -> None:
    order = _with_status(state, "not_delivered", lambda status: status == "delivered")
    pairs = _pairs(store, order, item_ids, new_item_ids)
    difference = round(sum(variant.price - line.price for line, variant in pairs), _CENTS)
    method = _method(state.user, payment_method_id)
    if method.is_gift_card and (method.balance or 0.0) < difference:
        raise RetailRefusedError("balance_too_low")
    order.status = "exchange requested"
    order.exchange_items, order.exchange_new_items = sorted(item_ids), sorted(new_item_ids)
    order.exchange_payment_method_id, order.exchange_price_difference = payment_method_id, difference


def _return(store: Store, state: State, /, order_id: str, item_ids: Sequence[str], payment_method_id: str) -> None:
    order = _with_status(state, "not_delivered", lambda status: status == "delivered")
    method = _method(state.user, payment_method_id)
    if not method.is_gift_card and method.id != order.payment_history[0].payment_method_id:
        raise RetailRefusedError("not_the_original_payment")
    _holds(order, item_ids)
    order.status, order.return_items = "return requested", sorted(item_ids)
    order.return_payment_method_id = payment_method_id


def _move(store: Store, state: State, /, user_id: str, **address: str) -> None:
    state.user.address = Address(**address)


_WRITES: Mapping[str, Callable[..., None]] = {
    "cancel_pending_order": _cancel,
    "modify_pending_order_address": _change_address,
    "modify_pending_order_payment": _change_payment,
    "modify_pending_order_items": _change_items,
    "exchange_delivered_order_items": _exchange,
    "return_delivered_order_items": _return,
    "modify_user_address": _move,
}
WRITES = tuple(_WRITES)


def _with_status(state: State, refusal: str, fits: Callable[[str], bool]) -> Order:
    assert state.order is not None  # its number is a required argument
    if not fits(state.order.status):
        raise RetailRefusedError(refusal)
    return state.order


def _holds(order: Order, item_ids: Sequence[str]) -> None:
    there = Counter(line.item_id for line in order.items)
    if Counter(item_ids) - there:
        raise RetailRefusedError("no_such_item")


def _pairs(
    store: Store, order: Order, item_ids: Sequence[str], new_item_ids: Sequence[str]
) -> list[tuple[Line, Variant]]:
    """Each line that goes with what comes in its place: an available variant of the same product."""
    _holds(order, item_ids)
    if len(item_ids) != len(new_item_ids):
        raise RetailRefusedError("items_do_not_match")
    pairs = []
    for old, new in zip(item_ids, new_item_ids, strict=True):
        line = next(line for line in order.items if line.item_id == old)
        product = store.product(line.product_id)
        variant = product.variants.get(new) if product else None
        if variant is None or not variant.available:
            raise RetailRefusedError("not_available")
        pairs.append((line, variant))
    return pairs


def _method(user: User, method_id: str) -> PaymentMethod:
    method = user.payment_methods.get(method_id)
    if method is None:
        raise RetailRefusedError("no_such_payment_method")
    return method


def _take(method: PaymentMethod, amount: float) -> None:
    if not method.is_gift_card:
        return
    balance = method.balance or 0.0
    if balance < amount:
        raise RetailRefusedError("balance_too_low")
    method.balance = round(balance - amount, _CENTS)


def _give(method: PaymentMethod, amount: float) -> None:
    if method.is_gift_card:
        method.balance = round((method.balance or 0.0) + amount, _CENTS)
