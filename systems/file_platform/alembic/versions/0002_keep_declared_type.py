"""Keep the declared type beside the normalised one.

A client declares a type as it likes: "Text/HTML; charset=UTF-8". So far that text is in mime_type, and
nobody can search for it. From here on the database puts the type of a new row in order ("text/html") and
keeps what was declared, where that differs, in declared_mime_type. Schema only: older rows stay as they are.
A service that knows neither the column nor the trigger goes on as before.

Revision ID: 0002
Revises: 0001
Create Date: 2026-02-03 09:00:00.000000
"""

# ruff: noqa: S608  (every statement is made of this file's own constants)

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIGGER = "files_normalise_mime_type"
ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        normal text := lower(trim(split_part(NEW.mime_type, ';', 1)));
    BEGIN
        IF NEW.mime_type <> normal THEN
            NEW.declared_mime_type := NEW.mime_type;
            NEW.mime_type := normal;
        END IF;
        RETURN NEW;
    END $$
    """,
    f"CREATE TRIGGER {TRIGGER} BEFORE INSERT ON files FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()",
)
# SQLite has no split_part
_NORMAL = "lower(trim(substr(NEW.mime_type, 1, instr(NEW.mime_type || ';', ';') - 1)))"
ON_SQLITE = (
    f"""
    CREATE TRIGGER {TRIGGER} AFTER INSERT ON files WHEN NEW.mime_type <> {_NORMAL}
    BEGIN
        UPDATE files SET declared_mime_type = NEW.mime_type, mime_type = {_NORMAL} WHERE id = NEW.id;
    END
    """,
)


def upgrade() -> None:
    """Add the column, and let the database fill it."""
    op.add_column("files", sa.Column("declared_mime_type", sa.String(255)))
    for statement in ON_SQLITE if op.get_context().dialect.name == "sqlite" else ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Give each row back what its client declared, and take the column away."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {TRIGGER}")
    else:
        op.execute(f"DROP TRIGGER {TRIGGER} ON files")
        op.execute(f"DROP FUNCTION {TRIGGER}()")
    files = sa.table("files", sa.column("mime_type"), sa.column("declared_mime_type"))
    op.execute(
        files.update()
        .where(files.c.declared_mime_type.is_not(None))
        .values(mime_type=files.c.declared_mime_type)
    )
    op.drop_column("files", "declared_mime_type")
