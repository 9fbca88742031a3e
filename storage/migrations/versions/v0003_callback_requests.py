"""People whom a colleague is to ring back."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "callback_request",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_callback_request"),
    )
    op.create_index("ix_callback_request_call_id", "callback_request", ["call_id"])
    op.create_index("ix_callback_request_at", "callback_request", ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("callback_request")
