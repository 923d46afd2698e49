"""Add the operations guide's columns beside the old ones.

Expand: every column of the guide that revision 001 does not have, nullable and empty, so that a
program of the old shape goes on writing. The two old columns that no guide-shaped row would fill
(documents.filename, hash_index.content_hash) stop being required. Each table also gets `carried`:
what one shape says of a row and the other has no column for, so that nothing is lost either way.

Revision ID: 002
Revises: 001
Create Date: 2026-01-15 10:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

# PostgreSQL's default names. A SQLite file made elsewhere may have its constraints unnamed; a table
# rebuilt under this convention has them named alike, so that later revisions can speak of them.
NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key", "fk": "%(table_name)s_%(column_0_name)s_fkey"}

NO_LONGER_REQUIRED = {"documents": "filename", "hash_index": "content_hash"}


def new_columns() -> dict[str, tuple[sa.Column, ...]]:
    """Return the columns that each table gets, made anew: a Column belongs to one table only."""
    return {
        "documents": (
            sa.Column("file_name", sa.String(500)),
            sa.Column("file_hash", sa.String(64)),
            sa.Column("file_type", sa.String(50)),
            sa.Column("ingestion_source", sa.String(255)),
            sa.Column("ingestion_timestamp", sa.DateTime()),
            sa.Column("document_text", sa.Text()),
            sa.Column("metadata_extracted", sa.JSON()),
            sa.Column("ingestion_status", sa.String(50)),
            sa.Column("error_message", sa.String(1000)),
            sa.Column("created_at", sa.DateTime()),
            sa.Column("updated_at", sa.DateTime()),
            sa.Column("carried", sa.JSON()),
        ),
        "hash_index": (
            sa.Column("file_hash", sa.String(64)),
            sa.Column("first_seen", sa.DateTime()),
            sa.Column("duplicate_count", sa.Integer()),
            sa.Column("last_seen", sa.DateTime()),
            sa.Column("carried", sa.JSON()),
        ),
        "audit_log": (
            sa.Column("action", sa.String(50)),
            sa.Column("action_timestamp", sa.DateTime()),
            sa.Column("user_or_system", sa.String(255)),
            sa.Column("old_value", sa.JSON()),
            sa.Column("new_value", sa.JSON()),
            sa.Column("change_reason", sa.String(500)),
            sa.Column("carried", sa.JSON()),
        ),
        "error_log": (
            sa.Column("file_name", sa.String(500)),
            sa.Column("error_timestamp", sa.DateTime()),
            sa.Column("retry_attempted", sa.Boolean()),
            sa.Column("resolution_notes", sa.String(1000)),
            sa.Column("carried", sa.JSON()),
        ),
    }


def upgrade() -> None:
    """Add the columns; on SQLite each table is rebuilt once."""
    for table, columns in new_columns().items():
        with op.batch_alter_table(table, naming_convention=NAMES, recreate=_on_sqlite()) as batch:
            for column in columns:
                batch.add_column(column)
            if table in NO_LONGER_REQUIRED:
                batch.alter_column(NO_LONGER_REQUIRED[table], existing_type=sa.String(), nullable=True)


def downgrade() -> None:
    """Drop the columns and require again what 001 required."""
    for table, columns in reversed(new_columns().items()):
        with op.batch_alter_table(table, naming_convention=NAMES, recreate=_on_sqlite()) as batch:
            if table in NO_LONGER_REQUIRED:
                batch.alter_column(NO_LONGER_REQUIRED[table], existing_type=sa.String(), nullable=False)
            for column in reversed(columns):
                batch.drop_column(column.name)


def _on_sqlite() -> str:
    """Rebuild on SQLite even where adding a column would do, to give the constraints their names."""
    return "always" if op.get_context().dialect.name == "sqlite" else "auto"
