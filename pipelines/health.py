"""Which vendors' services are believed to work: a pure record, shared by the stages of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Report = Callable[[str, str], None]


class ServiceHealth:
    """Services that failed and have not been found healthy since.

    A key is `stage:provider`, e.g. `llm:openai:gpt-4o`. A service that failed is passed over until whoever
    keeps the record for all calls has asked it and says that it is up.
    """

    def __init__(self) -> None:
        """Believes that all services work."""
        self._down: dict[str, str] = {}
        self.report: Report = lambda key, reason: None
        """Told of each failure, so that other calls need not find out themselves."""

    @property
    def down(self) -> Mapping[str, str]:
        """The services passed over, with the reason."""
        return self._down

    def is_up(self, key: str) -> bool:
        """Whether the service may be asked."""
        return key not in self._down

    def failed(self, key: str, reason: str) -> None:
        """A request to the service failed in this call."""
        self._down[key] = reason
        self.report(key, reason)

    def learn(self, key: str, reason: str | None) -> None:
        """Others found that the service is down, or with no reason: that it is up again."""
        if reason is None:
            self._down.pop(key, None)
        else:
            self._down[key] = reason
