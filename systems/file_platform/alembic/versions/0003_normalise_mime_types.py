"""Put the types of older files in order.

What revision 0002 does with new rows, for all the others, and then the index that it is for. The table
may be large and in use, so every batch commits by itself: a running service waits for no more than one.
Keys are random, hence equal ranges of them are batches of equal size, and the same ones in every run: a
migration that was cut short goes on where it stopped. The index comes after the data.

Revision ID: 0003
Revises: 0002
Create Date: 2026-02-10 09:00:00.000000
"""

import uuid
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from limosa import online

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCHES = 32
INDEX = "ix_files_tenant_id_mime_type"

files = sa.table("files", sa.column("id", sa.Uuid()), sa.column("mime_type"), sa.column("declared_mime_type"))


def upgrade() -> None:
    """Normalise batch by batch, and keep what was declared; then build the index."""
    normal = normalised(files.c.mime_type)
    with op.get_context().autocommit_block():
        for batch in batches():
            op.execute(
                files.update()
                .where(batch, files.c.declared_mime_type.is_(None), files.c.mime_type != normal)
                .values(declared_mime_type=files.c.mime_type, mime_type=normal)
            )
    online.create_index_online(INDEX, "files", ["tenant_id", "mime_type"])


def downgrade() -> None:
    """Drop the index; give each row back what its client declared, batch by batch."""
    online.drop_index_online(INDEX, table="files")
    with op.get_context().autocommit_block():
        for batch in batches():
            op.execute(
                files.update()
                .where(batch, files.c.declared_mime_type.is_not(None))
                .values(mime_type=files.c.declared_mime_type, declared_mime_type=None)
            )


def batches() -> Iterator[sa.ColumnElement[bool]]:
    """Divide the keys into ranges of equal size."""
    width = (1 << 128) // BATCHES
    for low in range(0, 1 << 128, width):
        yield files.c.id.between(uuid.UUID(int=low), uuid.UUID(int=low + width - 1))


def normalised(declared: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Say in the engine's own words what comes before the first semicolon, in small letters."""
    if op.get_context().dialect.name == "sqlite":
        before = sa.func.substr(declared, 1, sa.func.instr(declared + ";", ";") - 1)
    else:
        before = sa.func.split_part(declared, ";", 1)
    return sa.func.lower(sa.func.trim(before))
