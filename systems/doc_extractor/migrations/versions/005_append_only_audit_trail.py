"""Make the audit trail append-only.

The guide calls the trail immutable and lets it vanish with its document. From here on the database
refuses to change or delete an event, the key to documents is gone, so that a document can be deleted
and its events stay, and `recorded_by` says which database user wrote an event (on SQLite, which has no
users, the program says it). An event of no document has document_id 0; the placeholder document of 003
goes where nothing else needs it. The downgrade ties events whose document is gone to the placeholder,
and keeps their number and `recorded_by` in `carried`.

Revision ID: 005
Revises: 004
Create Date: 2026-02-02 09:00:00.000000
"""

# ruff: noqa: S608  (every statement is made of this file's own constants)

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None

NAMES = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
KEY = "audit_log_document_id_fkey"
EPOCH = "'1970-01-01 00:00:00'"
PLACEHOLDER = "(SELECT p.id FROM documents AS p WHERE p.file_hash = 'unhashed:none')"

# REPLACE deletes without firing delete triggers, hence the third. Before an INSERT that leaves
# the id to SQLite, NEW.id is -1.
TRIGGERS_SQLITE = {
    "audit_log_no_update": "BEFORE UPDATE ON audit_log",
    "audit_log_no_delete": "BEFORE DELETE ON audit_log",
    "audit_log_no_replace": """BEFORE INSERT ON audit_log
        WHEN NEW.id <> -1 AND EXISTS (SELECT 1 FROM audit_log AS a WHERE a.id = NEW.id)""",
}
FUNCTIONS_POSTGRESQL = {
    "audit_log_append_only": """
        RAISE EXCEPTION 'audit_log is append-only'
            USING ERRCODE = 'insufficient_privilege', HINT = 'add an event that corrects the earlier one';""",
    "audit_log_recorded_by": "NEW.recorded_by \\:= session_user; RETURN NEW;",
}
TRIGGERS_POSTGRESQL = {
    "audit_log_append_only": (
        "BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_append_only()"
    ),
    "audit_log_no_truncate": (
        "BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()"
    ),
    "audit_log_recorded_by": (
        "BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_recorded_by()"
    ),
}


def upgrade() -> None:
    """Cut the key, take out what was carried, then close the trail."""
    with op.batch_alter_table("audit_log", naming_convention=NAMES) as batch:
        batch.drop_constraint(KEY, type_="foreignkey")
        batch.add_column(sa.Column("recorded_by", sa.String(255)))
    op.execute(
        f"""
        UPDATE audit_log SET
            document_id = COALESCE(CAST(carried ->> 'document_id' AS INTEGER), document_id),
            recorded_by = carried ->> 'recorded_by',
            carried = {_without("document_id", "recorded_by")}
        WHERE carried -> 'document_id' IS NOT NULL OR carried -> 'recorded_by' IS NOT NULL"""
    )
    op.execute(
        "DELETE FROM documents WHERE file_hash = 'unhashed:none' "
        "AND id NOT IN (SELECT document_id FROM hash_index)"
    )
    _create_triggers()


def downgrade() -> None:
    """Open the trail, tie the events without a document to the placeholder, bring the key back."""
    _drop_triggers()
    op.execute(_add_placeholder())
    op.execute(
        f"""
        UPDATE audit_log SET carried = {_with("recorded_by")} WHERE recorded_by IS NOT NULL"""
    )
    op.execute(
        f"""
        UPDATE audit_log SET carried = {_with("document_id")}, document_id = {PLACEHOLDER}
        WHERE document_id NOT IN (SELECT id FROM documents)"""
    )
    with op.batch_alter_table("audit_log", naming_convention=NAMES) as batch:
        batch.drop_column("recorded_by")
        batch.create_foreign_key(KEY, "documents", ["document_id"], ["id"], ondelete="CASCADE")


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _without(*names: str) -> str:
    """Return `carried` without the members, NULL where nothing is left."""
    if _is_sqlite():
        paths = ", ".join(f"'$.{name}'" for name in names)
        return f"NULLIF(json_remove(carried, {paths}), '{{}}')"
    smaller = " - ".join(["CAST(carried AS JSONB)", *(f"'{name}'" for name in names)])
    return f"CAST(NULLIF({smaller}, '{{}}') AS JSON)"


def _with(column: str) -> str:
    """Return `carried` with the column's value as one more member."""
    if _is_sqlite():
        return f"json_set(COALESCE(carried, '{{}}'), '$.{column}', {column})"
    return (
        f"CAST(COALESCE(CAST(carried AS JSONB), '{{}}') || jsonb_build_object('{column}', {column}) AS JSON)"
    )


def _add_placeholder() -> str:
    """Return the statement that adds the placeholder of 003, where an event needs it and it is not there."""
    epoch = EPOCH if _is_sqlite() else f"CAST({EPOCH} AS TIMESTAMP)"
    return f"""
        INSERT INTO documents (
            id, file_name, file_size_bytes, file_hash, file_type, ingestion_source,
            ingestion_timestamp, ingestion_status, error_message, created_at, updated_at
        )
        SELECT CASE WHEN d.lowest < 1 THEN d.lowest - 1 ELSE 0 END, '(no document)', 0,
            'unhashed:none', 'application/octet-stream', 'migration', {epoch}, 'failed',
            'stands for what concerns no document', {epoch}, {epoch}
        FROM (SELECT MIN(id) AS lowest FROM documents) AS d
        WHERE {PLACEHOLDER} IS NULL
            AND EXISTS (SELECT 1 FROM audit_log WHERE document_id NOT IN (SELECT id FROM documents))"""


def _create_triggers() -> None:
    if _is_sqlite():
        for name, event in TRIGGERS_SQLITE.items():
            op.execute(
                f"CREATE TRIGGER {name} {event} BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
            )
        return
    for name, body in FUNCTIONS_POSTGRESQL.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    for name, event in TRIGGERS_POSTGRESQL.items():
        op.execute(f"CREATE TRIGGER {name} {event}")


def _drop_triggers() -> None:
    if _is_sqlite():
        for name in TRIGGERS_SQLITE:
            op.execute(f"DROP TRIGGER {name}")
        return
    for name in TRIGGERS_POSTGRESQL:
        op.execute(f"DROP TRIGGER {name} ON audit_log")
    for name in FUNCTIONS_POSTGRESQL:
        op.execute(f"DROP FUNCTION {name}()")
