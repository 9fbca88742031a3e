"""What a fault does to one answer."""

from __future__ import annotations

from emulators.faults import Fault, Faults


class Hit:
    """The fault that one request or connection meets; it is counted once, however often it is asked for."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._fault: Fault | None = None

    def now(self) -> Fault | None:
        """The fault in force for this answer; also one that began in the middle of it."""
        fault = self._faults.current
        if fault is not None and fault is not self._fault:
            self._fault = self._faults.take()
        elif fault is None and self._fault is not None and self._fault.times is None:
            self._fault = None  # mended
        return self._fault
