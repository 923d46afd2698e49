"""Verify users of company.

Who has an address of company.com was verified when it was given. Which rows this changes is remembered,
so that the way back leaves alone who was verified before, and who was changed by somebody since.

Revision ID: 0006
Revises: 0005
Create Date: 2026-03-02 09:00:00.000000
"""

import sqlalchemy as sa

from limosa import online

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CHANGE = "verify users of company"
ADDRESS = "%@company.com"


def upgrade() -> None:
    """Verify them, and remember who was not."""
    of_company = sa.func.lower(sa.column("email")).like(ADDRESS)
    online.update_remembered(CHANGE, "users", {"is_verified": True}, where=of_company)


def downgrade() -> None:
    """Give exactly those back what they had."""
    online.restore_remembered(CHANGE)
