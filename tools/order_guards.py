"""The order desk's guards: whose order it is, whether it may be moved, and to which days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tools.context import Subject, ToolContext
from tools.errors import RefusedError
from tools.guards import guard
from tools.identity import find_identified_order, require_code
from tools.models import Order
from tools.tries import read_patiently

_READ_S = 2.0


@guard
async def identity(
    ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None
) -> Subject | None:
    """The order of the argument `order_id`, if it is the caller's.

    Raises:
        NotIdentifiedError: It is not, or there is none.
        RefusedError: It is, and the policy asks for a code that was not typed yet.
    """
    order = await read_patiently(ctx, lambda: find_identified_order(ctx, arguments["order_id"]), _READ_S)
    require_code(ctx, order.customer.phone, "changes", order.order_id)
    day = order.delivery.date.isoformat()
    return Subject(order, before={"delivery_date": day}, state=f"{day} {order.delivery.city}")


@guard
async def status(ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None) -> None:
    """Pass if the delivery may be moved at all.

    Raises:
        RefusedError: `not_movable`.
    """
    order = _order(subject)
    now = order.delivery.status
    if now not in ctx.policy.status.movable:
        raise RefusedError("not_movable", phrase=f"not_movable_{now}", order_id=order.order_id)


@guard
async def date(ctx: ToolContext, tool: str, arguments: Mapping[str, Any], subject: Subject | None) -> None:
    """Pass if `new_date` may be chosen on the business's day.

    Raises:
        RefusedError: `date_too_early`, `date_too_late`, `date_sunday` or `date_unchanged`.
    """
    order = _order(subject)
    wanted: dt.date = arguments["new_date"]
    problem = ctx.policy.check_date(wanted, ctx.today)
    if problem is not None:
        limits = {"date_too_early": ctx.policy.earliest, "date_too_late": ctx.policy.latest}
        day = limits[problem](ctx.today) if problem in limits else None
        raise RefusedError(problem, phrase=problem, order_id=order.order_id, day=day)
    if wanted == order.delivery.date:
        raise RefusedError("date_unchanged", phrase="date_unchanged", order_id=order.order_id, day=wanted)


def _order(subject: Subject | None) -> Order:
    if subject is None or not isinstance(subject.thing, Order):
        raise TypeError("expected an order from the identity guard, which must come first in the policy")
    return subject.thing
