"""Add phone to users.

An application that does not know the column goes on as before.

Revision ID: 0003
Revises: 0002
Create Date: 2026-02-16 09:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("users", sa.Column("phone", sa.String(20)))


def downgrade() -> None:
    """Remove the column, and the numbers in it."""
    op.drop_column("users", "phone")
