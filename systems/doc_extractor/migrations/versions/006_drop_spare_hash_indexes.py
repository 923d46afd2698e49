"""Drop the plain indexes on columns whose unique constraint has one already.

The guide names ix_documents_file_hash and ix_hash_index_file_hash, and makes both columns unique: the
second index answers nothing that the first does not, and costs every write. On PostgreSQL both ways
go CONCURRENTLY, beside a running program. A build that was cut short leaves an index that is invalid
but there, so the downgrade drops whatever has the name before it builds.

Revision ID: 006
Revises: 005
Create Date: 2026-02-09 09:00:00.000000
"""

from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None

SPARE = (
    ("ix_documents_file_hash", "documents", "file_hash"),
    ("ix_hash_index_file_hash", "hash_index", "file_hash"),
)


def upgrade() -> None:
    """Drop both, one statement each."""
    with op.get_context().autocommit_block():
        for name, table, _ in SPARE:
            op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)


def downgrade() -> None:
    """Build both again."""
    with op.get_context().autocommit_block():
        for name, table, column in SPARE:
            op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, [column], postgresql_concurrently=True)
