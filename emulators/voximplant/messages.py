"""Text messages of the Management API: kept as they were accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_MOST_CHARACTERS = 765
_DATE = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Message:
    """One accepted message; numbers are without a plus."""

    number: int
    source: str
    destination: str
    text: str
    is_stored: bool
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Messages:
    """Every message of the account, oldest first."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Accept a message, or say what is wrong with it."""
        source, destination, text = (str(form.get(name, "")) for name in ("source", "destination", "sms_body"))
        if not (source.isdigit() and destination.isdigit()):
            return {"error": {"msg": "source and destination: expected digits", "code": 368}}
        if not 0 < len(text) <= _MOST_CHARACTERS:
            return {"error": {"msg": f"sms_body: expected 1 to {_MOST_CHARACTERS} characters", "code": 369}}
        is_stored = str(form.get("store_body", "")).lower() in ("true", "1")
        message = Message(len(self.sent) + 1, source, destination, text, is_stored)
        self.sent.append(message)
        return {"result": 1, "message_id": message.number, "fragments_count": 1}

    def history(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The messages between two numbers since a moment; the text of those whose text was to be kept."""
        earliest = datetime.strptime(str(form["from_date"]), _DATE).replace(tzinfo=UTC)
        found = [
            message
            for message in self.sent
            if (message.source, message.destination) == (form.get("source_number"), form.get("destination_number"))
            and message.at >= earliest
        ]
        return {"result": [_shown(message) for message in found], "total_count": len(found)}


def _shown(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.number,
        "source_number": int(message.source),
        "destination_number": int(message.destination),
        "direction": "OUT",
        "fragments": 1,
        "processed_date": message.at.strftime("%Y-%m-%d"),  # a day is all that the vendor's SDK reads here
        **({"text": message.text} if message.is_stored else {}),
    }
