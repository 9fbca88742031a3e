"""What a client may ask for when it wants somebody called."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.flows import known_flows
from bot.settings import Language
from bot.telephony.base import E164

SHORTEST_RING_S, LONGEST_RING_S = 5, 120
LONGEST_CALL_S = 4 * 3600


def _e164(value: str) -> str:
    if not E164.fullmatch(value):
        raise ValueError("expected a number in E.164: +, country code and number, 8 to 15 digits, e.g. +380501112233")
    return value


def _known_flow(value: str) -> str:
    if value not in known_flows():
        raise ValueError(f"expected one of {', '.join(known_flows())}")
    return value


Number = Annotated[str, AfterValidator(_e164)]


class NewCall(BaseModel):
    """A call to be placed; what is left out comes from the entry of the number that is shown, or from settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Number
    from_number: Number | None = None
    """Shown to the person called; one of ours."""
    language: Language | None = None
    flow: Annotated[str, AfterValidator(_known_flow)] | None = None
    greeting: str | None = Field(default=None, min_length=1, max_length=600)
    """The first sentence."""
    voicemail: str | None = Field(default=None, min_length=1, max_length=600)
    """Said to a machine after its beep; without it, a machine is hung up on."""
    ring_timeout_s: int = Field(default=30, ge=SHORTEST_RING_S, le=LONGEST_RING_S)
    time_limit_s: int | None = Field(default=None, ge=30, le=LONGEST_CALL_S)
    detect_machine: bool = True
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=200)

    @property
    def wish(self) -> dict[str, Any]:
        """Everything asked for but the key: two orders of one key must agree in it."""
        return self.model_dump(mode="json", exclude={"idempotency_key"}, exclude_none=True)

    @classmethod
    def of_wish(cls, wish: dict[str, Any]) -> Self:
        """The call that a stored order asked for."""
        return cls.model_validate(wish)


def new_dial_id() -> str:
    """An id that nobody can guess: it stands in addresses that the carrier asks for."""
    return f"OB{secrets.token_hex(16)}"
