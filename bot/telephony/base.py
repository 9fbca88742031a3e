"""What every carrier gives to a call and what a call may ask of its carrier."""

from __future__ import annotations

import re
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from bot.settings import Language

CarrierName = Literal["twilio", "voximplant", "browser", "microphone", "chat", "eval"]
Direction = Literal["inbound", "outbound"]
AnsweredBy = Literal["human", "machine"]

E164 = re.compile(r"\+[1-9][0-9]{7,14}")
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
    fallback_number: str | None = None
    """E.164 number of a human who takes over."""
    answered_by: AnsweredBy | None = None
    resumed: bool = False
    """Whether an earlier process of the same call died and the conversation goes on."""


class Carrier(Protocol):
    """What a conversation may ask of the network that carries it."""

    async def hang_up(self, call_id: str) -> None:
        """Ends the call; a call that has already ended counts as success."""

    async def transfer(self, call_id: str, number: str, language: Language) -> None:
        """Connects the caller to `number` (E.164), with a spoken line in `language` if nobody answers."""


def read_caller(number: str | None) -> str | None:
    """E.164 number of the caller; None if it is withheld or is no number (`anonymous`, a SIP address)."""
    text = (number or "").strip().replace(" ", "")
    return text if E164.fullmatch(text) and text not in WITHHELD else None
