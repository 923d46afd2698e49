"""Daily counts.

How often each action was done on each day.

Revision ID: 0001
Revises:
Create Date: 2026-02-16 09:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "daily_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "action"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("daily_counts")
