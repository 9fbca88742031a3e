"""What stops a write before any effect. Which guards stand before which tool is the policy's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from tools.context import ToolContext
from tools.errors import RefusedError
from tools.models import Order
from tools.policy import GuardName


def check_status(ctx: ToolContext, order: Order, arguments: Mapping[str, Any]) -> None:
    """Pass if the delivery may be moved at all.

    Raises:
        RefusedError: `not_movable`.
    """
    status = order.delivery.status
    if status not in ctx.policy.status.movable:
        raise RefusedError("not_movable", phrase=f"not_movable_{status}", order_id=order.order_id)


def check_date(ctx: ToolContext, order: Order, arguments: Mapping[str, Any]) -> None:
    """Pass if `new_date` may be chosen on the business's day.

    Raises:
        RefusedError: `date_too_early`, `date_too_late`, `date_sunday` or `date_unchanged`.
    """
    wanted: dt.date = arguments["new_date"]
    problem = ctx.policy.check_date(wanted, ctx.today)
    if problem is not None:
        limits = {"date_too_early": ctx.policy.earliest, "date_too_late": ctx.policy.latest}
        day = limits[problem](ctx.today) if problem in limits else None
        raise RefusedError(problem, phrase=problem, order_id=order.order_id, day=day)
    if wanted == order.delivery.date:
        raise RefusedError("date_unchanged", phrase="date_unchanged", order_id=order.order_id, day=wanted)


CHECKS: Mapping[GuardName, Callable[[ToolContext, Order, Mapping[str, Any]], None]] = {
    "status": check_status,
    "date": check_date,
}
