"""Index action of daily counts.

The key begins with the day; questions about one action over time need an index of their own.

Revision ID: 0002
Revises: 0001
Create Date: 2026-02-23 09:00:00.000000
"""

from limosa import online

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    online.create_index_online("ix_daily_counts_action", "daily_counts", ["action"])


def downgrade() -> None:
    """Drop the index."""
    online.drop_index_online("ix_daily_counts_action", table="daily_counts")
