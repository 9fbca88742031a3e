"""How long the running tool may still take, for those who wait on its behalf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

_ends_s: ContextVar[float | None] = ContextVar("ends_s", default=None)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Ends what runs inside with TimeoutError after `seconds`, which `seconds_left` counts down."""
    ends_s = asyncio.get_running_loop().time() + seconds
    outer_s = _ends_s.get()
    token = _ends_s.set(ends_s if outer_s is None else min(ends_s, outer_s))
    try:
        async with asyncio.timeout(seconds):
            yield
    finally:
        _ends_s.reset(token)


def seconds_left(otherwise: float) -> float:
    """Seconds until the deadline; `otherwise` where there is none."""
    ends_s = _ends_s.get()
    return otherwise if ends_s is None else max(0.0, ends_s - asyncio.get_running_loop().time())
