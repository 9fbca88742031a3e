"""The node's circuit breaker: failures of all calls are counted here, and services that failed are asked again."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence

from loguru import logger

from pipelines.endpoint import Endpoint

# So many failures within so long, in whichever calls, and new calls do not try the service at all.
BREAK_AFTER = 2
WITHIN_S = 30.0
FIRST_CHECK_S = 5.0
LONGEST_PAUSE_S = 60.0

IsHealthy = Callable[[Endpoint], Awaitable[bool]]
Tell = Callable[[str, str | None], None]
"""Told the key of a service and why it is down; None for one that is up again."""


class HealthCheck:
    """Opens after repeated failures, closes when the service answers a request of ours."""

    def __init__(
        self,
        endpoints: Callable[[], Sequence[Endpoint]],
        is_healthy: IsHealthy,
        tell: Tell,
        clock: Callable[[], float],
        *,
        first_check_s: float = FIRST_CHECK_S,
    ) -> None:
        """Watches nothing before a failure.

        Args:
            endpoints: Gives all configured endpoints as they are now.
            is_healthy: Asks an endpoint for something small.
            tell: Passes changes on to the calls.
            clock: Monotonic seconds.
            first_check_s: Pause before a service that failed is asked; it doubles each time.
        """
        self._endpoints = endpoints
        self._is_healthy = is_healthy
        self._tell = tell
        self._clock = clock
        self._first_check_s = first_check_s
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._down: dict[str, str] = {}

    @property
    def down(self) -> dict[str, str]:
        """What new calls pass over, with the reason."""
        return dict(self._down)

    def failed(self, key: str, reason: str) -> None:
        """A call found that the service does not work; it is asked from now on until it does."""
        now = self._clock()
        recent = self._failures[key]
        recent.append(now)
        while recent and recent[0] < now - WITHIN_S:
            recent.popleft()
        if len(recent) >= BREAK_AFTER and key not in self._down:
            logger.error("service is down: calls pass it over", service=key, failures=len(recent), reason=reason[:200])
            self._down[key] = reason
            self._tell(key, reason)
        if key not in self._checks:
            self._checks[key] = asyncio.create_task(self._check(key), name=f"check {key}")

    async def _check(self, key: str) -> None:
        pause_s = self._first_check_s
        while True:
            await asyncio.sleep(pause_s)
            endpoint = next((e for e in self._endpoints() if e.key == key), None)
            if endpoint is None or await self._is_healthy(endpoint):
                break
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        logger.info("service is up again", service=key)
        self._down.pop(key, None)
        self._failures.pop(key, None)
        self._checks.pop(key, None)
        self._tell(key, None)

    async def close(self) -> None:
        """Asks nobody any more."""
        checks = list(self._checks.values())
        for check in checks:
            check.cancel()
        await asyncio.gather(*checks, return_exceptions=True)
