"""The timeline of a call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CallEvent:
    """Something that happened, ``at_s`` seconds after the call was answered (negative before).

    Kinds: ``status``, ``webhook``, ``verb``, ``stream_started``, ``stream_stopped``, ``stream_failed``,
    ``caller_turn_started``, ``caller_turn_ended``, ``agent_started``, ``agent_stopped``,
    ``clear``, ``mark``, ``dtmf``, ``amd``, ``violation``.
    """

    at_s: float
    kind: str
    detail: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[CallEvent], None]


class Timeline:
    """Events in the order of their reporting, and those who want to hear of them at once."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with every event from now on, on the event loop."""
        self._listeners.append(listener)

    def add(self, at_s: float, kind: str, **detail: Any) -> None:
        """Report an event."""
        event = CallEvent(round(at_s, 4), kind, detail)
        self.events.append(event)
        for listener in list(self._listeners):
            listener(event)

    def of(self, kind: str) -> list[CallEvent]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if event.kind == kind]
