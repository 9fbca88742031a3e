"""When a server last said that it holds a call."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the column."""
    op.add_column("calls", sa.Column("held_at", UtcDateTime()))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("calls") as table:
        table.drop_column("held_at")
