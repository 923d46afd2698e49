"""Index email of users.

The same index in every environment, whichever way it is built. The unique constraint on the column
has an index of its own, so this one only costs; it is here because it was asked for by name.

Revision ID: 0005
Revises: 0004
Create Date: 2026-02-23 09:00:00.000000
"""

from limosa import online

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, without holding up those who write to the table."""
    online.create_index_online("idx_users_email", "users", ["email"])


def downgrade() -> None:
    """Drop the index."""
    online.drop_index_online("idx_users_email", table="users")
