"""Why a tool did not do what it was asked; each has a stable code and a sentence for the caller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

from spoken import Language
from tools.models import Order
from tools.phrases import say

Status = Literal["done", "refused", "failed", "unknown"]
BackendCode = Literal[
    "connection_refused",
    "timeout",
    "server_error",
    "reply_lost",
    "rate_limited",
    "database_unavailable",
    "delivery_changed",
]


class ToolError(Exception):
    """The root. `code` is stable; `spoken` is safe to say aloud.

    Attributes:
        code: The reason in the tool's result.
        phrase: Key of the catalogue of sentences; None leaves the choice to the kind of tool.
        order_id: Said in the sentence.
        day: Said in the sentence.
        hours: Said in the sentence: when something begins and ends.
    """

    status: Status = "failed"

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        phrase: str | None = None,
        order_id: str | None = None,
        day: dt.date | None = None,
        hours: tuple[dt.time, dt.time] | None = None,
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.phrase = phrase
        self.order_id = order_id
        self.day = day
        self.hours = hours

    def spoken(self, language: Language, otherwise: str) -> str:
        """The sentence in a language; `otherwise` is the phrase when the error names none."""
        return say(self.phrase or otherwise, language, order_id=self.order_id, day=self.day, hours=self.hours)


class RefusedError(ToolError):
    """A guard stopped the call before any effect."""

    status: Status = "refused"


class InvalidArgumentsError(RefusedError):
    """The model's arguments do not fit; the message tells it what is expected."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid_arguments", message, phrase="invalid_arguments")


class UnknownToolError(RefusedError):
    """The model called a tool that does not exist."""

    def __init__(self, known: list[str]) -> None:
        super().__init__("unknown_tool", f"expected one of {', '.join(known)}", phrase="unknown_tool")


class NotHereError(UnknownToolError):
    """The model called a tool that does not exist at this point of the call."""

    def __init__(self, known: list[str]) -> None:
        super().__init__(known)
        self.code = "not_here"


class NotIdentifiedError(RefusedError):
    """The caller has not shown that the order is theirs; the same for an order that does not exist.

    Attributes:
        is_attempt: Whether something was claimed; only that counts as a failed identification.
    """

    def __init__(self, phrase: str = "not_identified", *, is_attempt: bool = True) -> None:
        super().__init__("not_identified", phrase=phrase)
        self.is_attempt = is_attempt


class NotConfirmedError(RefusedError):
    """No explicit yes of the caller to exactly these values; the sentence is the question they have to hear.

    Attributes:
        values: What needs a yes, as JSON values.
    """

    def __init__(self, question: Callable[[Language, Mapping[str, Any]], str], values: Mapping[str, Any]) -> None:
        super().__init__("not_confirmed")
        self.values = values
        self._question = question

    def spoken(self, language: Language, otherwise: str) -> str:
        """The question in a language."""
        return self._question(language, self.values)


class BackendError(ToolError):
    """What a tool needs did not do it.

    Attributes:
        is_certain: Whether it is known that nothing was changed; otherwise a write is read back.
        is_over: Whether what was asked has done its work by now, so that reading back shows what stays.
        may_retry: Whether a read is worth another try.
    """

    code: BackendCode

    def __init__(
        self, code: BackendCode, message: str = "", *, is_certain: bool | None = None, is_over: bool = False
    ) -> None:
        super().__init__(code, message)
        self.is_certain = code == "connection_refused" if is_certain is None else is_certain
        self.is_over = is_over or self.is_certain
        # The database layer has waited for locks and reconnected by itself already, and the HTTP client for its turn.
        self.may_retry = code not in {"database_unavailable", "rate_limited"}


class DeliveryChangedError(BackendError):
    """Somebody else has changed the delivery since the caller was asked, so it was left as it is.

    Attributes:
        now: The order as it is now; None where that cannot be seen.
    """

    def __init__(self, now: Order | None) -> None:
        super().__init__("delivery_changed", is_certain=True)
        self.now = now

    def spoken(self, language: Language, otherwise: str) -> str:
        """What happened, and how it is now."""
        changed, now = say("delivery_changed", language), self.now
        if now is None:
            return changed
        status, day = now.delivery.status, now.delivery.date
        phrase = "planned_now" if status == "scheduled" else f"not_movable_{status}"
        return f"{changed} {say(phrase, language, order_id=now.order_id, day=day)}"


class NobodyAvailableError(ToolError):
    """There is no human to connect the caller to."""

    def __init__(self) -> None:
        super().__init__("nobody_available", phrase="transfer_to_human_failed")


class NoMessagesError(RefusedError):
    """No text message can be sent to this caller: nothing is configured, or their number is withheld."""

    def __init__(self) -> None:
        super().__init__("no_messages", phrase="no_messages")
