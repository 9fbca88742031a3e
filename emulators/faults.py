"""What a vendor's emulator does wrong on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from emulators.errors import ScriptError

FaultKind = Literal[
    "unauthorised", "payment", "rate_limit", "server_error", "refuse", "hang", "close", "garbled", "slow"
]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
STATUS: dict[FaultKind, int] = {"unauthorised": 401, "payment": 402, "rate_limit": 429, "server_error": 500}
"""The HTTP status of the kinds that are an answer; a WebSocket gets it instead of its upgrade."""


@dataclass
class Fault:
    """One thing that goes wrong until it is mended, or so many times.

    Attributes:
        kind: `refuse` cuts connections and accepts none; `hang` accepts and never answers; `close` ends the
            connection in the middle of an answer; `garbled` sends what is no JSON; `slow` dribbles.
        times: How many requests or connections it hits; None: all until it is mended.
        pace_s: Of `slow`: seconds between two tokens, pieces of audio or transcripts.
    """

    kind: FaultKind
    times: int | None = None
    pace_s: float = 0.5

    def __post_init__(self) -> None:
        """Refuses kinds that do not exist."""
        if self.kind not in FAULT_KINDS:
            raise ScriptError(f"expected a fault of {', '.join(FAULT_KINDS)}, got {self.kind!r}")


class Faults:
    """The fault that is in force, if any; one of these belongs to each route of a server."""

    def __init__(self) -> None:
        self._fault: Fault | None = None

    def set(self, fault: Fault | None) -> None:
        """Puts a fault in force, or none."""
        self._fault = fault

    @property
    def current(self) -> Fault | None:
        """The fault in force, without spending it."""
        return self._fault

    def take(self) -> Fault | None:
        """The fault that hits the request or connection at hand; counts it."""
        fault = self._fault
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._fault = None
        return fault
