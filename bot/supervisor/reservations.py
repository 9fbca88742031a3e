"""Room that is kept for announced calls, and the one-time tokens their streams come with."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.telephony.base import CallRequest


@dataclass(frozen=True)
class Busy:
    """No room for another call."""

    code: str
    """`capacity`, `overloaded`, `caller_busy` or `not_accepting`."""


@dataclass(frozen=True)
class Reservation:
    """Room for one call, kept until its stream comes or the time is over."""

    token: str
    """Redeemable once; stands in the stream's path."""
    call: CallRequest


class Reservations:
    """The announced calls, and the tokens of all calls that are not over.

    Args:
        limit_s: A token that was not redeemed for so long is given up.
        on_expired: Told the token.
    """

    def __init__(self, limit_s: float, on_expired: Callable[[str], None]) -> None:
        self._limit_s = limit_s
        self._on_expired = on_expired
        self._waiting: dict[str, Reservation] = {}
        self._expiry: dict[str, asyncio.TimerHandle] = {}
        self._of_call: dict[str, Reservation] = {}

    def __len__(self) -> int:
        """How many calls are announced whose stream has not come."""
        return len(self._waiting)

    def of_call(self, call_id: str) -> Reservation | None:
        """What was made for a call, redeemed or not, until `forget`."""
        return self._of_call.get(call_id)

    def calls(self) -> Iterator[CallRequest]:
        """The calls that are not over."""
        return (reservation.call for reservation in self._of_call.values())

    def waiting(self) -> list[CallRequest]:
        """The announced calls whose stream has not come."""
        return [reservation.call for reservation in self._waiting.values()]

    def make(self, call: CallRequest, hold_s: float | None = None) -> Reservation:
        """Keeps room for a call that has none, for `hold_s` or as long as for any other."""
        reservation = Reservation(secrets.token_urlsafe(24), call)
        self._of_call[call.call_id] = self._waiting[reservation.token] = reservation
        loop = asyncio.get_running_loop()
        limit_s = self._limit_s if hold_s is None else hold_s
        self._expiry[reservation.token] = loop.call_later(limit_s, self._on_expired, reservation.token)
        return reservation

    def find(self, token: str) -> Reservation | None:
        """The reservation that this token would redeem."""
        return self._waiting.get(token)

    def owner(self, token: str) -> CallRequest | None:
        """The call this token was made for, redeemed or not, until `forget`."""
        found = (r.call for r in self._of_call.values() if secrets.compare_digest(r.token, token))
        return next(found, None)

    def redeem(self, token: str) -> Reservation | None:
        """The reservation, which is used up; None if the token is unknown or used."""
        reservation = self._waiting.pop(token, None)
        if reservation is not None:
            self._expiry.pop(token).cancel()
        return reservation

    def forget(self, call_id: str) -> None:
        """The call is over and recorded."""
        self._of_call.pop(call_id, None)

    def tokens(self) -> list[str]:
        """Those that wait for their streams."""
        return list(self._waiting)
