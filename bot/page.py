"""What the browser page needs of the server beside its files."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

import web
from storage.database import Database
from storage.shop import sample_orders, snapshot
from tools.context import SystemClock

MOST_CALLERS = 3


class PageFiles(StaticFiles):
    """The page's files, each with the page's headers."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or that it has not changed."""
        answer = super().file_response(*args, **kwargs)
        answer.headers.update(web.HEADERS)
        return answer


async def demo_callers(database: Database) -> list[dict[str, str]]:
    """Numbers to call as and an order of each that can be moved; none unless the shop holds the sample orders alone.

    One number of each world zone (the first digit), so that every language of the samples has its caller.
    """
    orders = await snapshot(database)
    here = sorted({path.split(".")[1] for path in orders})
    sample = set(sample_orders(SystemClock().now().date()))
    if not here or not set(here) <= sample:
        return []
    offered: dict[str, dict[str, str]] = {}
    for order in here:
        number = orders[f"orders.{order}.phone"]
        if orders[f"orders.{order}.status"] == "scheduled":
            offered.setdefault(number[:2], {"number": number, "label": order})
    return list(offered.values())[:MOST_CALLERS]
