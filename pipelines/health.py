"""Which vendors' services are believed to work: a pure record, shared by the stages of a call."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, str], None]


class ServiceHealth:
    """Services that failed and have not been found healthy since.

    A key is `stage:provider`, e.g. `llm:openai:gpt-4o`. A service that failed is passed over until
    `mark_up()`; whoever owns the record decides when that is, by asking the service itself.
    """

    def __init__(self, report: Report | None = None) -> None:
        """Believes that all services work.

        Args:
            report: Told the key and the reason of each failure, so that other calls need not find out themselves.
        """
        self._down: dict[str, str] = {}
        self._report = report
        self._listeners: list[Callable[[str], None]] = []

    @property
    def down(self) -> dict[str, str]:
        """The services passed over, with the reason."""
        return dict(self._down)

    def is_up(self, key: str) -> bool:
        """Whether the service may be asked."""
        return key not in self._down

    def failed(self, key: str, reason: str) -> None:
        """A request to the service failed in this call."""
        self._down[key] = reason
        if self._report:
            self._report(key, reason)

    def mark_down(self, key: str, reason: str) -> None:
        """Another call found that the service does not work."""
        self._down[key] = reason

    def mark_up(self, key: str) -> None:
        """The service was asked and answered."""
        if self._down.pop(key, None) is not None:
            for listener in self._listeners:
                listener(key)

    def on_up(self, listener: Callable[[str], None]) -> None:
        """Calls `listener` with the key of each service that recovers."""
        self._listeners.append(listener)
