"""What the tools take, hold and give back."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from storage.tables import DeliveryStatus
from tools.keypad import EntryName


def _without(characters: str) -> BeforeValidator:
    """Drop what people write between digits; a model may give a number as a number."""

    def clean(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return re.sub(rf"[{characters}]", "", value) if isinstance(value, str) else value

    return BeforeValidator(clean)


def _iso_only(value: Any) -> Any:
    # Left to itself, the validator takes 1033 for a number of seconds since 1970.
    if isinstance(value, dt.date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip())):
        return value.strip() if isinstance(value, str) else value
    raise ValueError("expected YYYY-MM-DD")


def _local_only(value: Any) -> Any:
    # With an offset, two ways of writing one moment would be two wishes.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:00)?", value.strip()):
        return value.strip()
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value
    raise ValueError("expected YYYY-MM-DDTHH:MM without an offset")


GroundKind = Literal["number", "day", "moment"]


@dataclass(frozen=True, slots=True)
class Grounded:
    """Marks a type of argument that only the caller or a tool may give: its kind, and the phrase that asks for it."""

    kind: GroundKind
    phrase: str


OrderId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z-]{1,32}$"),
    _without(r"\s#№.,"),
    Grounded("number", "order_needed"),
]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{5,15}$"), _without(r"\s().\-")]
DeliveryDate = Annotated[dt.date, BeforeValidator(_iso_only), Grounded("day", "day_needed")]
Reason = Annotated[str, StringConstraints(max_length=200)]
CallbackTime = Annotated[
    dt.datetime,
    BeforeValidator(_local_only),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"}),
    Grounded("moment", "callback_time_needed"),
]
EndReason = Literal["done", "wrong_number", "voicemail", "no_input", "nothing_wanted"]


@dataclass(frozen=True, slots=True)
class Customer:
    """Who ordered. `phone` is the number on file, E.164."""

    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """When and where an order is brought."""

    status: DeliveryStatus
    date: dt.date
    city: str


@dataclass(frozen=True, slots=True)
class Order:
    """One order of the shop."""

    order_id: str
    customer: Customer
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Callback:
    """A wish to be rung back.

    Attributes:
        phone: Whom to ring, E.164.
        at: When, aware.
        reason: In a few words, for the colleague.
        call_id: The call in which it was asked for.
    """

    phone: str
    at: dt.datetime
    reason: str | None
    call_id: str


class Result(BaseModel):
    """What a tool gives back to the model when it is done; dates become ISO text."""

    model_config = ConfigDict(frozen=True)


class OrderLine(Result):
    """What the caller may hear of one of their orders."""

    order_id: str
    status: DeliveryStatus
    delivery_date: dt.date
    city: str

    @classmethod
    def of(cls, order: Order) -> OrderLine:
        """The line of an order."""
        delivery = order.delivery
        return cls(order_id=order.order_id, status=delivery.status, delivery_date=delivery.date, city=delivery.city)


class OrdersFound(Result):
    """The caller's orders, those that can be moved first, and free days for the first of them."""

    orders: list[OrderLine]
    offer: list[dt.date] = Field(default_factory=list)


class CustomerFound(Result):
    """Who the caller is: a household may share a number under several names."""

    names: list[str]
    orders: int


class CallbackPlanned(Result):
    """A colleague will ring: at this time of the business's, on the caller's own number or one they stated."""

    at: dt.datetime
    number: Literal["own", "stated"]


class Rescheduled(Result):
    """A delivery was moved."""

    order_id: str
    new_date: dt.date
    old_date: dt.date


class TransferStarted(Result):
    """The caller is being connected to a human."""

    transfer: Literal["started"] = "started"


class CallEnding(Result):
    """The call ends after the goodbye."""


class OnHold(Result):
    """The agent waits for the caller."""


class EntryAsked(Result):
    """The caller is asked to type something."""

    entry: EntryName


class DigitsPressed(Result):
    """Keys were pressed."""


class MessageSent(Result):
    """A text message is on its way to the caller."""

    order_id: str
