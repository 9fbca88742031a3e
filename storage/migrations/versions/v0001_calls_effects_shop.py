"""Calls with their journals, tool effects, and the shop."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("from_number", sa.Text()),
        sa.Column("to_number", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("flow", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("resume_count", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("disposition", sa.Text()),
        sa.Column("state", sa.Text()),
        sa.Column("current_intent", sa.Text()),
        sa.Column("collected_data", Json),
        sa.Column("summary", sa.Text()),
        sa.Column("latency", Json),
        sa.Column("tape", sa.Text()),
        sa.Column("usage", Json),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_table(
        "call_event",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name="pk_call_event"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_call_event_call_id", ondelete="CASCADE"),
    )
    op.create_table(
        "tool_effect",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("confirmation_id", sa.Text(), nullable=False),
        sa.Column("before", Json),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", Json),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("key", name="pk_tool_effect"),
    )
    op.create_index("ix_tool_effect_call_id", "tool_effect", ["call_id"])
    _create_shop()


def _create_shop() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customers"),
        sa.UniqueConstraint("phone", "name", name="uq_customers_phone"),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_orders"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_orders_customer_id"),
    )
    op.create_index("ix_orders_customer_id", "orders", ["customer_id"])
    op.create_table(
        "deliveries",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("delivery_date", sa.Date(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name="fk_deliveries_order_id", ondelete="CASCADE"),
        sa.CheckConstraint(
            "status IN ('scheduled', 'out_for_delivery', 'delivered', 'cancelled')",
            name=op.f("ck_deliveries_status"),
        ),
    )


def downgrade() -> None:
    """Drop everything, children first."""
    for table in ("deliveries", "orders", "customers", "tool_effect", "call_event", "calls"):
        op.drop_table(table)
