"""Initial schema.

Who uses the service (users), what was submitted (identity_documents), what is to be read and what
came of it (ocr_jobs), and who did what (audit_logs). Deleting a user takes documents and jobs along;
the trail stays, and no longer says whose it was.

PostgreSQL makes keys by gen_random_uuid(), which needs no extension; on SQLite the application does.

Revision ID: 0001
Revises:
Create Date: 2026-02-02 09:00:00.000000
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ADDRESS = sa.String(45).with_variant(postgresql.INET(), "postgresql")


def upgrade() -> None:
    """Create the four tables."""
    create_users()
    create_identity_documents()
    create_ocr_jobs()
    create_audit_logs()


def create_users() -> None:
    op.create_table(
        "users",
        key(),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("full_name", sa.String(255)),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true()),
        sa.Column("is_verified", sa.Boolean(), server_default=sa.false()),
        *times(),
        sa.UniqueConstraint("email"),
    )


def create_identity_documents() -> None:
    op.create_table(
        "identity_documents",
        key(),
        reference("user_id", "users.id", "CASCADE"),
        sa.Column("document_type", sa.String(100), nullable=False),
        sa.Column("document_number", sa.String(255)),
        sa.Column("issuing_country", sa.String(100)),
        sa.Column("issue_date", sa.Date()),
        sa.Column("expiry_date", sa.Date()),
        sa.Column("extracted_data", JSON),
        sa.Column("file_path", sa.String(500)),
        sa.Column("s3_key", sa.String(500)),
        sa.Column("status", sa.String(50), server_default="pending"),
        sa.Column("verification_notes", sa.Text()),
        *times(),
    )


def create_ocr_jobs() -> None:
    op.create_table(
        "ocr_jobs",
        key(),
        reference("user_id", "users.id", "CASCADE"),
        reference("document_id", "identity_documents.id", "CASCADE"),
        sa.Column("job_status", sa.String(50), server_default="pending"),
        sa.Column("input_file_path", sa.String(500)),
        sa.Column("output_data", JSON),
        sa.Column("error_message", sa.Text()),
        sa.Column("processing_time_ms", sa.Integer()),
        *times(),
    )


def create_audit_logs() -> None:
    op.create_table(
        "audit_logs",
        key(),
        reference("user_id", "users.id", "SET NULL"),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("resource_type", sa.String(100)),
        sa.Column("resource_id", sa.Uuid()),
        sa.Column("details", JSON),
        sa.Column("ip_address", ADDRESS),
        sa.Column("user_agent", sa.Text()),
        *times(),
    )


def downgrade() -> None:
    """Drop the tables, those that refer to others first."""
    op.drop_table("audit_logs")
    op.drop_table("ocr_jobs")
    op.drop_table("identity_documents")
    op.drop_table("users")


def key() -> sa.Column[object]:
    """Make the key of a table."""
    is_postgresql = op.get_context().dialect.name == "postgresql"
    default = sa.text("gen_random_uuid()" if is_postgresql else "NULL")
    return sa.Column("id", sa.Uuid(), primary_key=True, server_default=default)


def reference(name: str, column: str, rule: str) -> sa.Column[object]:
    """Make a key to another table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(column, ondelete=rule))


def times() -> tuple[sa.Column[object], sa.Column[object]]:
    """Make the two columns that say when."""
    now = sa.func.current_timestamp()
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now),
    )
