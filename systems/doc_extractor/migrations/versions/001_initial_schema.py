"""Initial schema creation.

The shape the extractor began with: what was read (documents), which contents were seen
(hash_index), what happened (audit_log) and what failed (error_log), with six indexes for the
lookups of that time. The downgrade removes all of it.

Revision ID: 001
Revises:
Create Date: 2026-01-15 08:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables and their six indexes."""
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("document_type", sa.String()),
        sa.Column("page_count", sa.Integer()),
        sa.Column("content_hash", sa.String(), unique=True),
        sa.Column("file_size_bytes", sa.Integer()),
        sa.Column("import_date", sa.DateTime(), server_default=sa.func.current_timestamp()),
        sa.Column("source", sa.String()),
        sa.Column("metadata_json", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hash_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False, unique=True),
        sa.Column("document_id", sa.Integer()),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.DateTime(), server_default=sa.func.current_timestamp()),
        sa.Column("event_type", sa.String()),
        sa.Column("document_id", sa.Integer()),
        sa.Column("file_path", sa.String()),
        sa.Column("operation", sa.String()),
        sa.Column("result", sa.String()),
        sa.Column("error_message", sa.Text()),
        sa.Column("import_batch_id", sa.String()),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "error_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.DateTime(), server_default=sa.func.current_timestamp()),
        sa.Column("error_type", sa.String()),
        sa.Column("error_message", sa.Text()),
        sa.Column("context_json", sa.Text()),
        sa.Column("resolved", sa.Boolean(), default=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("idx_content_hash", "documents", ["content_hash"])
    op.create_index("idx_import_date", "documents", ["import_date"])
    op.create_index("idx_document_type", "documents", ["document_type"])
    op.create_index("idx_hash_index_hash", "hash_index", ["content_hash"])
    op.create_index("idx_audit_timestamp", "audit_log", ["timestamp"])
    op.create_index("idx_error_timestamp", "error_log", ["timestamp"])


def downgrade() -> None:
    """Drop the indexes and the tables, in reverse order."""
    op.drop_index("idx_error_timestamp", table_name="error_log")
    op.drop_index("idx_audit_timestamp", table_name="audit_log")
    op.drop_index("idx_hash_index_hash", table_name="hash_index")
    op.drop_index("idx_document_type", table_name="documents")
    op.drop_index("idx_import_date", table_name="documents")
    op.drop_index("idx_content_hash", table_name="documents")
    op.drop_table("error_log")
    op.drop_table("audit_log")
    op.drop_table("hash_index")
    op.drop_table("documents")
