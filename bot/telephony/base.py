"""What every carrier gives to a call and what a call may ask of its carrier."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from bot.settings import E164 as E164
from bot.settings import Language

CarrierName = Literal["twilio", "voximplant", "browser", "microphone", "chat", "eval"]
Direction = Literal["inbound", "outbound"]
AnsweredBy = Literal["human", "machine"]

CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")
# Sent in place of a withheld number; the digits spell "anonymous" and its kin on a keypad.
WITHHELD = {"+266696687", "+7378742833", "+2562533", "+8656696", "+464", "+86282452253"}


class TelephonyError(Exception):
    """The carrier could not be asked, or did not do what it was asked.

    Attributes:
        code: Stable reason, e.g. `carrier_unreachable`.
        retryable: Whether the same request may succeed later.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class UnknownCallError(Exception):
    """A webhook names a call or a token that cannot be right."""

    code = "unknown_call"


class Colleague(BaseModel):
    """Somebody, or a desk, that callers can be connected to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    """E.164."""
    briefed: bool = False
    """Whether they hear who is calling and why, and take the call by a key, before the caller is connected."""

    @model_validator(mode="before")
    @classmethod
    def _number_alone(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, str) else value

    @field_validator("number")
    @classmethod
    def _e164(cls, value: str) -> str:
        if not E164.fullmatch(value):
            raise ValueError("expected a phone number such as '+380441112233', in quotes")
        return value


class Transfer(BaseModel):
    """A caller is to be connected to somebody."""

    model_config = ConfigDict(frozen=True)

    number: str
    """E.164, from the configuration and never from what was said."""
    language: Language
    """Of the sentence that the caller hears if nobody answers."""
    briefed: bool = False
    """See `Colleague`."""
    returns: bool = False
    """Whether the caller comes back to the agent if nobody takes the call."""


class CallRequest(BaseModel):
    """One call that wants to be answered: who, to where, and how to greet them."""

    model_config = ConfigDict(frozen=True)

    call_id: str
    carrier: CarrierName
    account_sid: str | None = None
    direction: Direction = "inbound"
    from_number: str | None = None
    """E.164; None if withheld."""
    to_number: str = ""
    language: Language = "uk"
    flow: str = "order_desk"
    voice: str | None = None
    greeting: str | None = None
    greeting_protected: bool = False
    """Whether the caller must hear the recording notice and the greeting out."""
    fallback_number: str | None = None
    """E.164 number of a human who takes over."""
    colleagues: Mapping[str, Colleague] = {}
    """Whom the caller can be connected to, by the names that the model chooses from; the first one is the usual one."""
    answered_by: AnsweredBy | None = None
    voicemail: str | None = None
    """Said to a machine that picks up a call of ours; None hangs up on it."""
    resumed: bool = False
    """Whether an earlier process of the same call died and the conversation goes on."""
    taken_over: bool = False
    """Whether the line is the one on which that process has spoken already; `resumed` is set then, too."""
    returned: bool = False
    """Whether the caller comes back from a transfer that nobody took; `resumed` is set then, too."""

    @property
    def reachable(self) -> Mapping[str, Colleague]:
        """Everybody the caller can be connected to: `colleagues`, or whoever takes over."""
        if self.colleagues or not self.fallback_number:
            return self.colleagues
        return {"operator": Colleague(number=self.fallback_number)}


class Carrier(Protocol):
    """What a conversation may ask of the network that carries it."""

    async def hang_up(self, call_id: str) -> None:
        """Ends the call; a call that has already ended counts as success."""

    async def transfer(self, call_id: str, to: Transfer) -> None:
        """Connects the caller to somebody; the media stream ends then.

        Raises:
            TelephonyError: it was not done, and the caller is where they were.
        """

    async def send_digits(self, call_id: str, digits: str) -> bool:
        """Presses keys; False where only tones on the line itself can do that.

        Args:
            call_id: The carrier's.
            digits: Of 0-9, * and #.
        """

    async def send_message(self, *, to: str, sender: str, text: str) -> str:
        """Sends a text message; returns the carrier's name for it.

        Raises:
            TelephonyError: it is not known to have been sent; `retryable` if nobody can tell.
        """

    async def has_sent(self, *, to: str, sender: str, texts: Collection[str], since: datetime) -> bool:
        """Whether one of these was accepted since a moment; raises TelephonyError if that cannot be seen."""


class DialOrder(BaseModel):
    """One telephone that is to ring."""

    model_config = ConfigDict(frozen=True)

    dial_id: str
    """Ours; it comes back with everything the carrier reports of the call."""
    to_number: str
    """E.164."""
    from_number: str
    """E.164; a number that the carrier lets us show."""
    ring_timeout_s: int = 30
    time_limit_s: int = 1800
    """The carrier ends the call itself after so long."""
    detects_machines: bool = True
    """Whether the carrier is to tell people from machines, while the call goes on."""
    waits_for_beep: bool = False
    """Whether a machine is reported when its greeting is over, not when it is recognised."""


class Dialer(Protocol):
    """A carrier that rings people for us.

    The call that comes of it is answered as any other: by the carrier's webhook, with `dial_id`.
    """

    async def dial(self, order: DialOrder) -> str:
        """Has a telephone ring; the carrier's id of the call.

        Never tried again by itself: a lost answer is no sign that nothing rings.

        Raises:
            TelephonyError: `carrier_refused` or `not_sent` (nothing rings; `retryable` says whether it may later),
                `dial_unknown` (it may ring).
        """

    async def cancel(self, call_id: str) -> bool:
        """Ends a call that still rings. True once it is over; otherwise its end, if it rings, will be reported.

        One that was answered is left alone.

        Raises:
            TelephonyError: it may ring on.
        """


def read_caller(number: str | None) -> str | None:
    """E.164 number of the caller; None if it is withheld or is no number (`anonymous`, a SIP address)."""
    text = (number or "").strip().replace(" ", "")
    return text if E164.fullmatch(text) and text not in WITHHELD else None


def is_call_of(form: Mapping[str, str], account_sid: str) -> bool:
    """Whether a webhook's form names a call (CA…) of this account."""
    return bool(CALL_SID.fullmatch(form.get("CallSid", ""))) and form.get("AccountSid") == account_sid
