"""Text messages of a call: to its caller (`tools.context.Messages`), and codes to phones on file."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from datetime import datetime
from typing import TypeVar

from bot.settings import Settings
from bot.telephony.base import CallRequest, Carrier, TelephonyError
from tools.errors import BackendError

T = TypeVar("T")


class CallerMessages:
    """Sends to the number that the carrier gave, and to no other.

    Args:
        carrier: Who sends them.
        to: E.164, the caller's.
        sender: E.164, ours.
    """

    def __init__(self, carrier: Carrier, *, to: str, sender: str) -> None:
        self._carrier = carrier
        self._to = to
        self._sender = sender

    @classmethod
    def of(cls, request: CallRequest, carrier: Carrier | None, settings: Settings) -> CallerMessages | None:
        """Those of a call; None where nothing can be sent: no carrier, no sender, or a withheld number."""
        if carrier is None or not settings.sms_from or request.from_number is None:
            return None
        return cls(carrier, to=request.from_number, sender=settings.sms_from)

    async def send(self, text: str) -> None:
        """Sends one; raises BackendError, `is_certain` where it is known that it was not sent."""
        await _asked(self._carrier.send_message(to=self._to, sender=self._sender, text=text))

    async def was_sent(self, texts: Collection[str], since: datetime) -> bool:
        """Whether one of these was accepted since a moment; raises BackendError if that cannot be seen."""
        return await _asked(self._carrier.has_sent(to=self._to, sender=self._sender, texts=texts, since=since))


class CodeMessages:
    """Sends codes to phones on file (`tools.step_up.CodeSender`).

    Args:
        carrier: Who sends them.
        sender: E.164, ours.
    """

    def __init__(self, carrier: Carrier, *, sender: str) -> None:
        self._carrier = carrier
        self._sender = sender

    @classmethod
    def of(cls, carrier: Carrier | None, settings: Settings) -> CodeMessages | None:
        """Those of a call; None where nothing can be sent: no carrier, or no sender."""
        return cls(carrier, sender=settings.sms_from) if carrier is not None and settings.sms_from else None

    async def send_code(self, phone: str, text: str) -> None:
        """Sends one; raises BackendError, `is_certain` where it is known that it was not sent."""
        await _asked(self._carrier.send_message(to=phone, sender=self._sender, text=text))


async def _asked(request: Awaitable[T]) -> T:
    try:
        return await request
    except TelephonyError as exc:
        if exc.retryable:  # it may have been done
            raise BackendError("reply_lost", exc.code) from exc
        raise BackendError("server_error", exc.code, is_certain=True) from exc
