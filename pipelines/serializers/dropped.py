"""Messages of a carrier that could not be used: counted, and told once a call however many come."""

from __future__ import annotations

from collections.abc import Callable

from loguru import logger


class DroppedMessages:
    """The count of one call.

    It is reported when it has doubled, and when `flush` is called: a flood of bad messages becomes neither a flood
    of log lines nor one of reports.
    """

    def __init__(self) -> None:
        """Nothing was dropped yet."""
        self.count = 0
        self.report: Callable[[int], None] = lambda dropped: None
        """Told how many were dropped since it was last told."""
        self._told = 0

    def add(self, reason: str) -> None:
        """Counts a message.

        Args:
            reason: What was expected, and nothing of what came.
        """
        self.count += 1
        if self.count == 1:
            logger.warning("media message dropped; more of this call are only counted", reason=reason)
        if self.count >= 2 * self._told:
            self.flush()

    def flush(self) -> None:
        """Reports what was not reported yet."""
        if self.count > self._told:
            self.report(self.count - self._told)
            self._told = self.count
