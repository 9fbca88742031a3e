"""News of ended calls on their way to a webhook, follow-ups of calls, and numbers that are not to be called."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables and the column."""
    op.create_table(
        "outcome_event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_at", UtcDateTime()),
        sa.Column("given_up_at", UtcDateTime()),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("event_id", name="pk_outcome_event"),
    )
    op.create_index("ix_outcome_event_call_id", "outcome_event", ["call_id"])
    op.create_index("ix_outcome_event_next_at", "outcome_event", ["next_at"])
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_do_not_call"),
    )
    op.add_column("calls", sa.Column("follow_ups", Json))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("calls") as table:
        table.drop_column("follow_ups")
    op.drop_table("do_not_call")
    op.drop_table("outcome_event")
