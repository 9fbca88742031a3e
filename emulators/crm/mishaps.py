"""What goes wrong with a CRM's request: before its effect, or after it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Literal, Protocol, get_args

from emulators.errors import ScriptError

Mishap = Literal[
    "unauthorised",
    "rate_limit",
    "unavailable",
    "server_error",
    "hang",
    "cut",
    "lose_reply",
    "late_error",
    "late_hang",
    "garbled",
    "flood",
]
"""Before the effect: refused with 401, 429, 503 or 500, never answered, or the connection is cut. After it: the
connection is cut, 502 instead of the answer, none at all, an answer that is no JSON, or one that never ends."""
MISHAPS: tuple[Mishap, ...] = get_args(Mishap)
BEFORE: frozenset[Mishap] = frozenset({"unauthorised", "rate_limit", "unavailable", "server_error", "hang", "cut"})


class Mishaps(Protocol):
    """Decides what befalls each request."""

    def next(self, method: str) -> Mishap | None:
        """What befalls the request at hand, by its HTTP method."""


class ScriptedMishaps:
    """The same mishap until it is mended, or so many times."""

    def __init__(self) -> None:
        self._mishap: Mishap | None = None
        self._left: int | None = None
        self._method: str | None = None

    def set(self, mishap: Mishap | None, times: int | None = None, method: str | None = None) -> None:
        """What happens from now on; raises ScriptError for what cannot happen."""
        if mishap is not None and mishap not in MISHAPS:
            raise ScriptError(f"expected a mishap of {', '.join(MISHAPS)}, got {mishap!r}")
        self._mishap, self._left, self._method = mishap, times, method

    def next(self, method: str) -> Mishap | None:
        """What befalls the request at hand; counts it."""
        if self._mishap is None or self._method not in {None, method}:
            return None
        if self._left is None:
            return self._mishap
        self._left -= 1
        return self._mishap if self._left >= 0 else None


class SeededMishaps:
    """Mishaps by chance: the same seed gives the same ones in the same order.

    Args:
        shares: Of all requests, by mishap; together at most 1.
        seed: Of the draws.
    """

    def __init__(self, shares: Mapping[Mishap, float], seed: int = 0) -> None:
        if unknown := set(shares) - set(MISHAPS):
            raise ScriptError(f"expected mishaps of {', '.join(MISHAPS)}, got {', '.join(sorted(unknown))}")
        if sum(shares.values()) > 1:
            raise ScriptError("expected shares of at most 1 together")
        self._shares = dict(shares)
        self._random = random.Random(seed)

    def next(self, method: str) -> Mishap | None:
        """What befalls the request at hand."""
        drawn = self._random.random()
        for mishap, share in self._shares.items():
            drawn -= share
            if drawn < 0:
                return mishap
        return None
