"""Text messages: kept as they were accepted, and answered as REST does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any

from emulators.twilio.call import new_sid

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MOST_CHARACTERS = 1600
_GSM = re.compile(r"[\x20-\x7e\n\r£¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§äöñüà€¡¿]*")


@dataclass(frozen=True)
class Message:
    """One accepted message."""

    sid: str
    to: str
    from_: str
    body: str
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def segments(self) -> int:
        """In how many parts it is sent and billed: Cyrillic has 70 characters a part, or 67 of several."""
        one, many = (160, 153) if _GSM.fullmatch(self.body) else (70, 67)
        return 1 if len(self.body) <= one else -(-len(self.body) // many)


class MessageError(Exception):
    """Refused with Twilio's code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Messages:
    """Every message of the account, oldest first.

    Attributes:
        lose_replies: How many of the next requests are done, while their answer is an error of the server.
    """

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.lose_replies = 0

    def create(self, fields: Mapping[str, str]) -> Message:
        """Accept a message.

        Raises:
            MessageError: the request is wrong.
        """
        to, from_, body = (fields.get(name, "") for name in ("To", "From", "Body"))
        if not to:
            raise MessageError(21604, "A 'To' phone number is required.")
        if not _E164.fullmatch(to):
            raise MessageError(21211, f"Invalid 'To' Phone Number: {to}")
        if not from_ and not fields.get("MessagingServiceSid"):
            raise MessageError(21603, "A 'From' phone number is required.")
        if not body:
            raise MessageError(21602, "Message body is required.")
        if len(body) > _MOST_CHARACTERS:
            raise MessageError(21617, "The concatenated message body exceeds the 1600 character limit.")
        message = Message(new_sid("SM"), to, from_, body)
        self.sent.append(message)
        return message

    def find(self, query: Mapping[str, str]) -> list[Message]:
        """The messages that a list's filters pass, newest first."""
        found = self.sent
        if to := query.get("To"):
            found = [message for message in found if message.to == to]
        if from_ := query.get("From"):
            found = [message for message in found if message.from_ == from_]
        if after := query.get("DateSent>"):
            earliest = date.fromisoformat(after[:10])
            found = [message for message in found if message.created_at.date() >= earliest]
        return list(reversed(found))


def resource(message: Message, account_sid: str) -> dict[str, Any]:
    """A message as REST shows it."""
    at = format_datetime(message.created_at)
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "to": message.to,
        "from": message.from_,
        "body": message.body,
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": str(message.segments),
        "num_media": "0",
        "date_created": at,
        "date_updated": at,
        "date_sent": None,
        "api_version": "2010-04-01",
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
        "price": None,
        "price_unit": "USD",
        "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{message.sid}.json",
        "subresource_uris": {},
    }
