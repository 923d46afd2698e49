"""Index phone of users.

A revision of its own: where the table is large PostgreSQL builds the index outside of a transaction.

Revision ID: 0004
Revises: 0003
Create Date: 2026-02-16 10:00:00.000000
"""

from limosa import online

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, without holding up those who write to the table."""
    online.create_index_online("ix_users_phone", "users", ["phone"])


def downgrade() -> None:
    """Drop the index."""
    online.drop_index_online("ix_users_phone", table="users")
