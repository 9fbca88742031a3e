"""What a conversation amounts to so far: a value folded from its messages, and what is to be said or called next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto

from embedded.dialogue.hearing import Heard
from spoken import Language


class Wish(Enum):
    """What the caller wants of the desk."""

    MOVE = auto()
    STATUS = auto()


class Ask(Enum):
    """The question the caller is expected to answer next."""

    WISH = auto()
    IDENTITY = auto()  # order number and phone number
    ORDER_NUMBER = auto()
    PHONE = auto()
    CHOOSE_ORDER = auto()
    CHOOSE_DAY = auto()
    READBACK = auto()
    PERSON = auto()  # whether it is them whom we have called
    SUITS = auto()  # whether the planned day suits
    HUMAN = auto()
    ELSE = auto()


@dataclass(frozen=True)
class ToolCall:
    """One call of an offered tool."""

    name: str
    arguments: dict[str, str]


@dataclass(frozen=True)
class Setting:
    """The line of the system prompt that is rewritten before every request.

    Attributes:
        today: The business day; None when no message carried the line.
        tz: IANA zone of the business.
        language: The language to answer in.
        is_known: Whether the caller's own number came with the call.
        is_reminder: Whether we have called, to remind of a delivery.
    """

    today: date | None
    tz: str
    language: Language
    is_known: bool
    is_reminder: bool = False


@dataclass(frozen=True)
class Order:
    """An order as a lookup told it."""

    order_id: str
    status: str
    day: date | None


@dataclass(frozen=True)
class Proposal:
    """An order number and a day that were, or will be, read back."""

    order_id: str
    day: date


@dataclass(frozen=True)
class Move:
    """What the desk owes the caller.

    Attributes:
        fact: Sentences that tell something; may be empty.
        question: The closing question; may be empty.
        calls: Tools to call in the same reply.
        must_tell: The fact is about something done or failed and survives a change of subject.
    """

    fact: str = ""
    question: str = ""
    calls: tuple[ToolCall, ...] = ()
    must_tell: bool = False

    @property
    def text(self) -> str:
        """Fact and question as one utterance."""
        return " ".join(part for part in (self.fact, self.question) if part)


@dataclass(frozen=True)
class State:
    """Everything the next reply depends on.

    Attributes:
        tools: Names of the tools offered for this reply.
        wish, last_wish: What is being worked on, and what was last.
        order_id, phone: What the caller stated or chose; the phone is E.164.
        partial_order, partial_phone: Digits of a number that is still being dictated.
        wanted: Days the caller named that have not been read back.
        orders, offer: From the last lookup that succeeded; meaningful while `is_looked_up`.
        refused: The (order number, phone) that the shop did not recognise last.
        served_ids: Orders told about or moved in this call.
        readback: The proposal of the last read-back.
        is_heard: Whether `said` reached the caller to its end.
        said: The desk's last utterance in full, and how much of it (squeezed) was heard.
        owed: What is to be said or called and has not been yet.
        pending: Ids of calls whose results have not come, with the tool's name.
        waits: Turns of the caller since the pending call began.
        cancels: Lookups cancelled in a row.
        deferred: A turn that came while a tool was running and is to be answered after it.
        misses: Failed identifications since the last success.
        stumbles: Writes refused as not confirmed since the last success.
        unclear: Turns in a row that were not understood.
        has_wished: Whether the caller has asked for anything.
        is_served: Whether some request has been answered.
        is_closed: Whether the call has been ended or handed over.
        has_begun: Whether anybody has said anything.
    """

    setting: Setting
    tools: frozenset[str]
    wish: Wish | None = None
    last_wish: Wish | None = None
    order_id: str | None = None
    phone: str | None = None
    partial_order: str = ""
    partial_phone: str = ""
    wanted: tuple[date, ...] = ()
    orders: tuple[Order, ...] = ()
    offer: tuple[date, ...] = ()
    choices: tuple[date, ...] = ()
    is_looked_up: bool = False
    refused: tuple[str | None, str | None] | None = None
    served_ids: frozenset[str] = frozenset()
    ask: Ask = Ask.WISH
    readback: Proposal | None = None
    is_heard: bool = True
    said: str = ""
    spoken: str = ""
    owed: Move | None = None
    pending: Mapping[str, str] = field(default_factory=dict)
    waits: int = 0
    cancels: int = 0
    deferred: Heard | None = None
    misses: int = 0
    stumbles: int = 0
    unclear: int = 0
    has_wished: bool = False
    is_served: bool = False
    is_closed: bool = False
    has_begun: bool = False

    @property
    def order(self) -> Order | None:
        """The order under discussion, if a lookup has told it."""
        if not self.is_looked_up or self.order_id is None:
            return None
        return next((order for order in self.orders if order.order_id == self.order_id), None)
