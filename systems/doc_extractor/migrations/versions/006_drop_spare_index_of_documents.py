"""Drop the plain index beside the unique constraint on documents.

The guide names ix_documents_file_hash and makes the column unique: the plain index answers nothing that the
constraint's own does not, and costs every write. On PostgreSQL both ways go CONCURRENTLY, beside a
running program, and alone in their revision: a run that dies in it leaves the schema of this revision
or of the one before. A build that was cut short leaves an index that is invalid but there, so the
downgrade drops whatever has the name before it builds.

Revision ID: 006
Revises: 005
Create Date: 2026-02-09 09:00:00.000000
"""

from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None

INDEX = "ix_documents_file_hash"
TABLE = "documents"


def upgrade() -> None:
    """Drop it."""
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, table_name=TABLE, if_exists=True, postgresql_concurrently=True)


def downgrade() -> None:
    """Build it again."""
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, table_name=TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(INDEX, TABLE, ["file_hash"], postgresql_concurrently=True)
