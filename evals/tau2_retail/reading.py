"""The tools that look something up, work something out or ask for a human."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from evals.tau2_retail.identity import identify, store_of
from evals.tau2_retail.results import (
    ItemShown,
    OrderShown,
    ProductShown,
    ProductTypes,
    UserFound,
    UserShown,
    Worked,
)
from evals.tau2_retail.rules import RetailRefusedError
from evals.tau2_retail.store import State
from tools.context import ToolContext, running
from tools.errors import NobodyAvailableError
from tools.models import TransferStarted
from tools.tool import tool

_TIMEOUT_S = 3.0
_CENTS = 2
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _shown() -> State:
    effect = running.get()
    thing = effect.subject.thing if effect and effect.subject else None
    if not isinstance(thing, State):
        raise TypeError("expected a user's state: the identity guard is missing in the policy")
    return thing


@tool(timeout_s=_TIMEOUT_S)
async def find_user_id_by_email(ctx: ToolContext, email: str) -> UserFound:
    """Identify the caller by their e-mail address. Call it first, as soon as they have said it.

    Args:
        ctx: This call.
        email: The address, as the caller said it.
    """
    return UserFound(user_id=identify(ctx, lambda user: user.email.lower() == email.lower(), email).user_id)


@tool(timeout_s=_TIMEOUT_S)
async def find_user_id_by_name_zip(ctx: ToolContext, first_name: str, last_name: str, zip: str) -> UserFound:
    """Identify the caller by name and zip code. Call it if they do not know their e-mail address.

    Args:
        ctx: This call.
        first_name: As the caller said it.
        last_name: As the caller said it.
        zip: The zip code of their address.
    """
    wanted = (first_name.lower(), last_name.lower(), zip)
    found = identify(
        ctx,
        lambda user: (user.name.first_name.lower(), user.name.last_name.lower(), user.address.zip) == wanted,
        *(first_name, last_name, zip),
    )
    return UserFound(user_id=found.user_id)


@tool(timeout_s=_TIMEOUT_S)
async def get_user_details(ctx: ToolContext, user_id: str) -> UserShown:
    """Show the caller's profile, payment methods and order numbers. Call it once they are identified.

    Args:
        ctx: This call.
        user_id: The caller's, as it was found.
    """
    return UserShown(user=_shown().user.plain())


@tool(timeout_s=_TIMEOUT_S)
async def get_order_details(ctx: ToolContext, order_id: str) -> OrderShown:
    """Show one of the caller's orders. Call it before you speak about an order.

    Args:
        ctx: This call.
        order_id: The number with its leading '#'.
    """
    order = _shown().order
    assert order is not None  # its number is a required argument
    return OrderShown(order=order.plain())


@tool(timeout_s=_TIMEOUT_S)
async def get_product_details(ctx: ToolContext, product_id: str) -> ProductShown:
    """Show a product's variants, prices and which are available.

    Args:
        ctx: This call.
        product_id: Of the product; an item's id is another number.
    """
    product = store_of(ctx).product(product_id)
    if product is None:
        raise RetailRefusedError("no_such_product")
    return ProductShown(product=product.plain())


@tool(timeout_s=_TIMEOUT_S)
async def get_item_details(ctx: ToolContext, item_id: str) -> ItemShown:
    """Show one item's options, price and whether it is available.

    Args:
        ctx: This call.
        item_id: Of the item; a product's id is another number.
    """
    variant = store_of(ctx).variant(item_id)
    if variant is None:
        raise RetailRefusedError("no_such_product")
    return ItemShown(item=variant.plain())


@tool(timeout_s=_TIMEOUT_S)
async def list_all_product_types(ctx: ToolContext) -> ProductTypes:
    """List all kinds of products with their ids."""
    products = sorted(store_of(ctx).shop.products.values(), key=lambda product: product.name)
    return ProductTypes(products={product.name: product.product_id for product in products})


@tool(timeout_s=_TIMEOUT_S)
async def calculate(ctx: ToolContext, expression: str) -> Worked:
    """Work out an expression of numbers, + - * / and parentheses.

    Args:
        ctx: This call.
        expression: For example '2 + 2'.
    """
    try:
        return Worked(value=round(_value(ast.parse(expression.strip(), mode="eval").body), _CENTS))
    except (SyntaxError, ArithmeticError, ValueError, RecursionError):
        raise RetailRefusedError("not_a_sum") from None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left), _value(right))
    raise ValueError(f"expected numbers and + - * /, got {type(node).__name__}")


@tool(timeout_s=_TIMEOUT_S, writes=True)
async def transfer_to_human_agents(ctx: ToolContext, summary: str) -> TransferStarted:
    """Ask for a human. Call it if the caller wants one, or if none of your tools can do what they need.

    Args:
        ctx: This call.
        summary: What the caller wants, for the colleague.
    """
    if not await ctx.control.request_transfer(summary):
        raise NobodyAvailableError
    return TransferStarted()
