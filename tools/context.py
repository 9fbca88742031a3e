"""What a tool may know and use of the call it runs in. Upper layers implement the Protocols."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from spoken import Language
from storage.tables import EventKind
from tools.backends.base import Shop
from tools.inflight import InFlight
from tools.keypad import Entry
from tools.ledger import Ledger
from tools.models import Order
from tools.policy import Policy
from tools.proofs import Proof
from tools.step_up import StepUp


class Clock(Protocol):
    """The business's clock."""

    def now(self) -> dt.datetime:
        """The present moment, aware."""


class CallFacts(Protocol):
    """What the caller said, as the code (not the model) understood it."""

    def stated_digits(self) -> Sequence[str]:
        """Every number the caller dictated or typed in this call, digits only."""

    def stated_texts(self) -> Sequence[str]:
        """What the caller said in this call, turn by turn, as it was recognised."""

    def knows_number(self, number: str) -> bool:
        """Whether the caller said this order number, or a tool returned it."""

    def knows_day(self, day: dt.date) -> bool:
        """Whether the caller said this day, heard it, or a tool returned it."""

    def knows_time(self, moment: dt.time) -> bool:
        """Whether the caller said this time of the day, or heard it; by the 12-hour clock as well."""

    def confirmation(self, tool: str, values: Mapping[str, Any]) -> str | None:
        """The id of the caller's explicit yes to exactly this, or None.

        An id never comes back in the same call, not after a resume either: a new yes is a new id.

        Args:
            tool: What is to be done.
            values: The arguments that need a yes, as JSON values.
        """


class EventLog(Protocol):
    """The call's journal."""

    async def append(self, kind: EventKind, body: Mapping[str, Any]) -> object:
        """Commits one event; durable on return."""


class CallControl(Protocol):
    """What a tool may ask of the call itself."""

    async def request_transfer(self, reason: str | None, colleague: str | None = None) -> bool:
        """Arranges the hand-over to a human; False when nobody can be reached.

        Args:
            reason: In a few words, for the colleague.
            colleague: A name from the configuration; None: the usual one.
        """

    async def request_hang_up(self, reason: str | None) -> object:
        """Ends the call after what is being said."""

    async def request_hold(self) -> object:
        """Waits for the caller, who is busy for a moment."""

    async def request_entry(self, entry: Entry) -> object:
        """Has the caller type something on their keypad; what they typed is among `stated_digits` later."""

    async def press_digits(self, digits: str) -> bool:
        """Presses keys for the other end of the call; False where the line has none."""


class Messages(Protocol):
    """Text messages to the caller: to the number that the carrier gave, and no other."""

    async def send(self, text: str) -> None:
        """Sends one; raises BackendError, `is_certain` where it is known that it was not sent."""

    async def was_sent(self, texts: Collection[str], since: dt.datetime) -> bool:
        """Whether one of these was accepted since a moment; raises BackendError if that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a tool is about, as its guards found it.

    Attributes:
        thing: The order, account, booking itself: it is known to be the caller's.
        before: What the tool would replace, as JSON values; the ledger keeps it for reading back.
        state: A text that changes when the thing does: a tool that is done `once` is done again after a change.
    """

    thing: Any
    before: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """The one effect that runs now: of which tool, under which key, on what."""

    tool: str
    key: str | None = None
    subject: Subject | None = None

    @property
    def order(self) -> Order | None:
        """The order that the guards identified, if it is one."""
        thing = self.subject.thing if self.subject else None
        return thing if isinstance(thing, Order) else None


running: ContextVar[Effect | None] = ContextVar("running", default=None)


@dataclass
class ToolContext:
    """One call, as its tools see it. Lives as long as the call.

    Attributes:
        call_id: The carrier's.
        caller_phone: E.164, from the carrier and never from a model's arguments; None when withheld.
        language: The call's, or what gives it at any time, for it may change.
        clock: The business's.
        timezone: The business's; its day is the day of `clock` there.
        facts: What the caller said.
        shop: The orders.
        ledger: What was tried and done.
        journal: The call's events.
        control: The call itself.
        messages: To the caller; None where none can be sent.
        domain: What tools other than the order desk's keep for the call: their data, who was identified.
        policy: What is allowed.
        proofs: What has shown so far who is calling; give it back after a resume.
        step_up: Second proofs of who is calling, where the policy asks for them.
        failed_identifications: Of this call; give it back after a resume.
        sleep: Pauses between reads; tests give their own.
        in_flight: Writes and journal entries that outlive a cancelled caller.
    """

    call_id: str
    caller_phone: str | None
    language: Language | Callable[[], Language]
    clock: Clock
    timezone: ZoneInfo
    facts: CallFacts
    shop: Shop
    ledger: Ledger
    journal: EventLog
    control: CallControl
    messages: Messages | None = None
    domain: Any = None
    policy: Policy = field(default_factory=Policy.shipped)
    proofs: set[Proof] = field(default_factory=set)
    step_up: StepUp = field(default_factory=StepUp)
    failed_identifications: int = 0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    in_flight: InFlight = field(default_factory=InFlight)

    @property
    def spoken_language(self) -> Language:
        """The language the caller hears now."""
        return self.language() if callable(self.language) else self.language

    @property
    def today(self) -> dt.date:
        """The business's day."""
        return self.clock.now().astimezone(self.timezone).date()

    async def drain(self, deadline_s: float = 15.0) -> bool:
        """Wait for every write and journal entry that still runs; call it at the end of a call.

        Returns:
            False when some had to be given up; what they intended is in the ledger.
        """
        return await self.in_flight.drain(deadline_s)


class SystemClock:
    """The machine's clock."""

    def __init__(self, timezone: dt.tzinfo = dt.UTC) -> None:
        self._timezone = timezone

    def now(self) -> dt.datetime:
        """The present moment in the clock's zone."""
        return dt.datetime.now(self._timezone)


class FixedClock:
    """A clock that was set by hand and goes on from there."""

    def __init__(self, start: dt.datetime, *, monotonic: Callable[[], float] | None = time.monotonic) -> None:
        """Set the clock.

        Args:
            start: Aware; the zone of all that `now` gives.
            monotonic: Seconds of a clock to go with; None: only `advance` moves it.
        """
        if start.tzinfo is None:
            raise ValueError("clock: expected an aware datetime, got a naive one")
        self._start = start
        self._monotonic = monotonic
        self._origin_s = monotonic() if monotonic else 0.0
        self._advanced_s = 0.0

    def now(self) -> dt.datetime:
        """The set time plus what has passed since."""
        passed_s = self._monotonic() - self._origin_s if self._monotonic else 0.0
        # Through UTC: adding to a local time would skip or repeat an hour when clocks change.
        moved = self._start.astimezone(dt.UTC) + dt.timedelta(seconds=passed_s + self._advanced_s)
        return moved.astimezone(self._start.tzinfo)

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self._advanced_s += seconds
