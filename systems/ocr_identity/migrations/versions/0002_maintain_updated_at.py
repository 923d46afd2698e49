"""Maintain updated_at.

The database sets updated_at whenever a row changes, whoever changes it. An application that sets
the column itself, as it had to before, may go on doing so.

Revision ID: 0002
Revises: 0001
Create Date: 2026-02-09 09:00:00.000000
"""

from limosa import online

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("users", "identity_documents", "ocr_jobs", "audit_logs")


def upgrade() -> None:
    """Let the database maintain the column in each table."""
    for table in TABLES:
        online.create_updated_at_trigger(table)


def downgrade() -> None:
    """Leave it to the applications again."""
    for table in TABLES:
        online.drop_updated_at_trigger(table)
