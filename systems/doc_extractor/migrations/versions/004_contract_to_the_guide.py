"""Reach the operations guide's schema: constraints, defaults, indexes, keys that cascade.

Contract: the guide's columns become required and get their defaults, the old columns and their six
indexes go, the guide's eight indexes come (the primary key's among them), the keys to documents
delete with their document, and a trigger keeps documents.updated_at. It refuses to begin while a row
was written after the backfill. The downgrade brings the old columns back, empty, for 003 to fill.

Revision ID: 004
Revises: 003
Create Date: 2026-01-15 10:32:00.000000
"""

# ruff: noqa: S608  (every statement is made of this file's own constants)

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None

NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key", "fk": "%(table_name)s_%(column_0_name)s_fkey"}

# What the guide requires: the type and the default of each column.
REQUIRED = {
    "documents": {
        "file_name": (sa.String(500), None),
        "file_size_bytes": (sa.Integer(), None),
        "file_hash": (sa.String(64), None),
        "file_type": (sa.String(50), None),
        "ingestion_source": (sa.String(255), None),
        "ingestion_timestamp": (sa.DateTime(), sa.func.now()),
        "ingestion_status": (sa.String(50), "success"),
        "created_at": (sa.DateTime(), sa.func.now()),
        "updated_at": (sa.DateTime(), sa.func.now()),
    },
    "hash_index": {
        "file_hash": (sa.String(64), None),
        "document_id": (sa.Integer(), None),
        "first_seen": (sa.DateTime(), sa.func.now()),
        "duplicate_count": (sa.Integer(), sa.text("0")),
        "last_seen": (sa.DateTime(), sa.func.now()),
    },
    "audit_log": {
        "document_id": (sa.Integer(), None),
        "action": (sa.String(50), None),
        "action_timestamp": (sa.DateTime(), sa.func.now()),
        "user_or_system": (sa.String(255), "system"),
    },
    "error_log": {
        "file_name": (sa.String(500), None),
        "error_type": (sa.String(100), None),
        "error_message": (sa.String(2000), None),
        "error_timestamp": (sa.DateTime(), sa.func.now()),
        "retry_attempted": (sa.Boolean(), sa.false()),
    },
}
# The two columns that both shapes have, under limits of their own.
RETYPED = {"error_type": sa.String(), "error_message": sa.Text()}

OLD_INDEXES = (
    ("idx_content_hash", "documents", "content_hash"),
    ("idx_import_date", "documents", "import_date"),
    ("idx_document_type", "documents", "document_type"),
    ("idx_hash_index_hash", "hash_index", "content_hash"),
    ("idx_audit_timestamp", "audit_log", "timestamp"),
    ("idx_error_timestamp", "error_log", "timestamp"),
)
INDEXES = (
    ("ix_documents_file_hash", "documents", "file_hash"),
    ("ix_documents_ingestion_timestamp", "documents", "ingestion_timestamp"),
    ("ix_documents_file_type", "documents", "file_type"),
    ("ix_hash_index_file_hash", "hash_index", "file_hash"),
    ("ix_audit_log_document_id", "audit_log", "document_id"),
    ("ix_audit_log_action_timestamp", "audit_log", "action_timestamp"),
    ("ix_error_log_error_timestamp", "error_log", "error_timestamp"),
)
UNIQUE = ("documents", "hash_index")
CHILDREN = ("hash_index", "audit_log")

# As MySQL's ON UPDATE, which the guide's DDL borrows: a time that the statement sets itself stays.
# In SQLite's the second condition ends the recursion where recursive_triggers is on.
UPDATED_AT_SQLITE = """
    CREATE TRIGGER documents_updated_at AFTER UPDATE ON documents FOR EACH ROW
    WHEN NEW.updated_at IS OLD.updated_at
        AND NEW.updated_at IS NOT strftime('%Y-%m-%d %H\\:%M\\:%f', 'now') || '000'
    BEGIN
        UPDATE documents SET updated_at = strftime('%Y-%m-%d %H\\:%M\\:%f', 'now') || '000' WHERE id = NEW.id;
    END"""
UPDATED_AT_POSTGRESQL = (
    """
    CREATE FUNCTION documents_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN NEW.updated_at \\:= now(); END IF;
        RETURN NEW;
    END $$""",
    """
    CREATE TRIGGER documents_updated_at BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION documents_updated_at()""",
)


def old_columns() -> dict[str, tuple[sa.Column, ...]]:
    """Return the columns of 001 that go, made anew: a Column belongs to one table only."""
    return {
        "documents": (
            sa.Column("filename", sa.String()),
            sa.Column("document_type", sa.String()),
            sa.Column("page_count", sa.Integer()),
            sa.Column("content_hash", sa.String()),
            sa.Column("import_date", sa.DateTime(), server_default=sa.func.current_timestamp()),
            sa.Column("source", sa.String()),
            sa.Column("metadata_json", sa.Text()),
        ),
        "hash_index": (sa.Column("content_hash", sa.String()),),
        "audit_log": (
            sa.Column("timestamp", sa.DateTime(), server_default=sa.func.current_timestamp()),
            sa.Column("event_type", sa.String()),
            sa.Column("file_path", sa.String()),
            sa.Column("operation", sa.String()),
            sa.Column("result", sa.String()),
            sa.Column("error_message", sa.Text()),
            sa.Column("import_batch_id", sa.String()),
        ),
        "error_log": (
            sa.Column("timestamp", sa.DateTime(), server_default=sa.func.current_timestamp()),
            sa.Column("context_json", sa.Text()),
            sa.Column("resolved", sa.Boolean()),
        ),
    }


def upgrade() -> None:
    """Take the old columns away and make the guide's definite."""
    _refuse_rows_without_backfill()
    for name, table, _ in OLD_INDEXES:
        op.drop_index(name, table_name=table)
    for table, columns in REQUIRED.items():
        with op.batch_alter_table(table, naming_convention=NAMES) as batch:
            for column, (kind, default) in columns.items():
                old = RETYPED.get(column, kind) if table == "error_log" else kind
                batch.alter_column(
                    column, existing_type=old, type_=kind, nullable=False, server_default=default
                )
            for column in old_columns()[table]:
                batch.drop_column(column.name)
            if table in UNIQUE:
                batch.create_unique_constraint(f"{table}_file_hash_key", ["file_hash"])
            _rebind(batch, table, ondelete="CASCADE")
    for name, table, column in INDEXES:
        op.create_index(name, table, [column])
    for statement in _updated_at_trigger():
        op.execute(statement)


def downgrade() -> None:
    """Bring the old columns back and make the guide's optional; the keys cease to delete first."""
    op.execute("DROP TRIGGER documents_updated_at" + ("" if _is_sqlite() else " ON documents"))
    if not _is_sqlite():
        op.execute("DROP FUNCTION documents_updated_at()")
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)
    for table, columns in reversed(REQUIRED.items()):
        with op.batch_alter_table(table, naming_convention=NAMES) as batch:
            _rebind(batch, table, ondelete=None)
            if table in UNIQUE:
                batch.drop_constraint(f"{table}_file_hash_key", type_="unique")
            for column in old_columns()[table]:
                batch.add_column(column)
            if table in UNIQUE:
                batch.create_unique_constraint(f"{table}_content_hash_key", ["content_hash"])
            for column, (kind, _) in columns.items():
                old = RETYPED.get(column, kind) if table == "error_log" else kind
                batch.alter_column(column, existing_type=kind, type_=old, nullable=True, server_default=None)
    for name, table, column in OLD_INDEXES:
        op.create_index(name, table, [column])


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _updated_at_trigger() -> tuple[str, ...]:
    return (UPDATED_AT_SQLITE,) if _is_sqlite() else UPDATED_AT_POSTGRESQL


def _rebind(batch: "op.BatchOperations", table: str, *, ondelete: str | None) -> None:
    """Let the key to documents delete with its document, or not."""
    if table in CHILDREN:
        name = f"{table}_document_id_fkey"
        batch.drop_constraint(name, type_="foreignkey")
        batch.create_foreign_key(name, "documents", ["document_id"], ["id"], ondelete=ondelete)


def _refuse_rows_without_backfill() -> None:
    """Stop before anything changes if the old program wrote since revision 003."""
    if op.get_context().as_sql:
        return
    for table, columns in REQUIRED.items():
        empty = " OR ".join(f"{column} IS NULL" for column in columns)
        count = op.get_bind().scalar(sa.text(f"SELECT COUNT(*) FROM {table} WHERE {empty}"))
        if count:
            raise RuntimeError(
                f"{count} row(s) of {table} were written after revision 003 filled the new columns; "
                "stop the program, then: alembic downgrade 002 && alembic upgrade head"
            )
