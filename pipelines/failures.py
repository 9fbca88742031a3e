"""Failures of services that a rehearsal asks for."""

from __future__ import annotations

from dataclasses import dataclass


class StagedFailureError(Exception):
    """A service that fails because a rehearsal wants it to."""

    code = "staged_failure"

    def __init__(self, status: int) -> None:
        """With the HTTP status that the service would have answered with."""
        super().__init__(f"staged failure {status}")
        self.status_code = status


@dataclass
class StagedFailures:
    """How a stage's requests fail, the first ones or all of them."""

    status: int
    times: int | None = None
    """None: all."""

    def take(self) -> StagedFailureError | None:
        """The failure of the request at hand, if it is to fail."""
        if self.times is not None:
            if not self.times:
                return None
            self.times -= 1
        return StagedFailureError(self.status)
