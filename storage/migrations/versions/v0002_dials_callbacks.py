"""Calls that we place, and the reports of carriers that were dealt with."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "dial",
        sa.Column("dial_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text()),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("to_number", sa.Text(), nullable=False),
        sa.Column("order", Json, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("dial_id", name="pk_dial"),
        sa.UniqueConstraint("key", name="uq_dial_key"),
    )
    op.create_index("ix_dial_call_id", "dial", ["call_id"])
    op.create_index("ix_dial_created_at", "dial", ["created_at"])
    op.create_table(
        "callback",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "kind", "number", name="pk_callback"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("callback")
    op.drop_table("dial")
