"""The tables, one class each. Times are aware UTC, JSON columns hold plain JSON values."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, get_args

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

EventKind = Literal[
    "call_started",
    "user_said",
    "bot_said",
    "node_entered",
    "intent_set",
    "slot_set",
    "identity_set",
    "language_set",
    "readback",
    "confirmed",
    "tool_intent",
    "tool_result",
    "summarised",
    "resumed",
    "call_ended",
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)

CallStatus = Literal["started", "ended"]
DialStatus = Literal["dialing", "placed", "refused", "unknown"]
EffectStatus = Literal["intent", "done", "failed", "unknown"]
DeliveryStatus = Literal["scheduled", "out_for_delivery", "delivered", "cancelled"]
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware datetime, kept as UTC; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """UTC for the driver; a naive time is refused because its zone would be guessed."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("expected an aware datetime, got a naive one")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Aware UTC, whatever the driver gave."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def utc_now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


class Base(DeclarativeBase):
    """All tables; names of constraints are fixed, so that SQLite's batch migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        str: Text,
        dt.datetime: UtcDateTime,
        dict[str, Any]: Json,
    }


class Call(Base):
    """One phone call, from the webhook to its outcome. `call_id` is the carrier's (Twilio: CallSid)."""

    __tablename__ = "calls"

    call_id: Mapped[str] = mapped_column(primary_key=True)
    carrier: Mapped[str]
    direction: Mapped[str]
    from_number: Mapped[str | None]
    to_number: Mapped[str | None]
    language: Mapped[str | None]
    flow: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="started")
    resume_count: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[dt.datetime] = mapped_column(index=True)
    held_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    disposition: Mapped[str | None]
    state: Mapped[str | None]
    current_intent: Mapped[str | None]
    collected_data: Mapped[dict[str, Any] | None]
    summary: Mapped[str | None]
    follow_ups: Mapped[dict[str, Any] | None]
    latency: Mapped[dict[str, Any] | None]
    tape: Mapped[str | None]
    usage: Mapped[dict[str, Any] | None]


class Dial(Base):
    """One order to ring somebody, written before the carrier is asked. `dial_id` is ours, `call_id` the carrier's."""

    __tablename__ = "dial"
    __table_args__ = (UniqueConstraint("key"),)

    dial_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    call_id: Mapped[str | None] = mapped_column(index=True)
    carrier: Mapped[str]
    to_number: Mapped[str]
    order: Mapped[dict[str, Any]]
    status: Mapped[str]
    reason: Mapped[str | None]
    answered_by: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class Callback(Base):
    """One report of a carrier that was dealt with; the same report again changes nothing."""

    __tablename__ = "callback"

    call_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    at: Mapped[dt.datetime]


class OutcomeEvent(Base):
    """The news of a call's end, on its way to whoever asked for it; written in the transaction that ends the call."""

    __tablename__ = "outcome_event"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime] = mapped_column(index=True)
    delivered_at: Mapped[dt.datetime | None]
    given_up_at: Mapped[dt.datetime | None]
    problem: Mapped[str | None]


class DoNotCall(Base):
    """Somebody who does not want to be called. It outlives the call in which they said so: no column `call_id`."""

    __tablename__ = "do_not_call"

    number: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]


class CallEvent(Base):
    """One line of a call's journal. Its numbers rise; a number that failed to commit stays unused."""

    __tablename__ = "call_event"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(Text)
    at: Mapped[dt.datetime]
    body: Mapped[dict[str, Any]]


class ToolEffect(Base):
    """One intended effect on the world, written before it is tried."""

    __tablename__ = "tool_effect"

    key: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    tool: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    confirmation_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=1)
    result: Mapped[dict[str, Any] | None]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class Customer(Base):
    """Who ordered. A household may share one number under several names."""

    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("phone", "name"),)

    customer_id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str]
    name: Mapped[str]


class Order(Base):
    """What was ordered by whom."""

    __tablename__ = "orders"

    order_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"), index=True)


class Delivery(Base):
    """How an order reaches its customer: one delivery an order."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in DELIVERY_STATUSES)})", name="status"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str]
    delivery_date: Mapped[dt.date]
    city: Mapped[str]


class CallbackRequest(Base):
    """Somebody whom a colleague is to ring back. `key` is the ledger's: one wish is one row."""

    __tablename__ = "callback_request"

    key: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    reason: Mapped[str | None]
    created_at: Mapped[dt.datetime]
