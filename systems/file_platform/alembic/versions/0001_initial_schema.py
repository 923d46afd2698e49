"""Initial schema.

Tenants, their files, and what was read out of them. A tenant's row counts what its files use, so that a
quota is kept by one conditional UPDATE. A key that cascades takes files and results away with their tenant.

Revision ID: 0001
Revises:
Create Date: 2026-01-20 09:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NOW = sa.text("CURRENT_TIMESTAMP")


def upgrade() -> None:
    """Create the three tables and their indexes."""
    create_tenants()
    create_files()
    create_extraction_results()


def create_tenants() -> None:
    """Create the tenants, with quotas and what is used of them."""
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("code", sa.String(63), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("api_key_hash", sa.String(64), nullable=False),
        sa.Column("storage_quota_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_count_limit", sa.Integer(), nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("file_count", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.CheckConstraint("used_bytes >= 0 AND file_count >= 0", name="ck_tenants_usage_counts"),
    )
    op.create_index("ix_tenants_code", "tenants", ["code"], unique=True)
    op.create_index("ix_tenants_api_key_hash", "tenants", ["api_key_hash"], unique=True)
    op.create_index("ix_tenants_is_active", "tenants", ["is_active"])
    op.create_index("ix_tenants_created_at", "tenants", ["created_at"])


def create_files() -> None:
    """Create the files; the content itself lies in the tenant's folder."""
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_code", sa.String(63), nullable=False),
        sa.Column("original_filename", sa.String(255), nullable=False),
        sa.Column("file_path", sa.String(512), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("file_hash", sa.String(64), nullable=False),
        sa.Column("mime_type", sa.String(255), nullable=False),
        sa.Column("status", sa.String(32), nullable=False, server_default="stored"),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_files_tenant_id_tenants", ondelete="CASCADE"
        ),
    )
    for column in ("tenant_id", "tenant_code", "file_hash", "status", "uploaded_at"):
        op.create_index(f"ix_files_{column}", "files", [column])


def create_extraction_results() -> None:
    """Create the results, which are the queue of what is still to be extracted as well."""
    op.create_table(
        "extraction_results",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("extraction_type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("extracted_text", sa.Text()),
        sa.Column("extracted_metadata", sa.JSON()),
        sa.Column("error_message", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name="fk_extraction_results_file_id_files", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_extraction_results_tenant_id_tenants", ondelete="CASCADE"
        ),
    )
    for column in ("file_id", "tenant_id", "status", "extraction_type", "created_at"):
        op.create_index(f"ix_extraction_results_{column}", "extraction_results", [column])


def downgrade() -> None:
    """Drop the three tables, children first."""
    op.drop_table("extraction_results")
    op.drop_table("files")
    op.drop_table("tenants")
