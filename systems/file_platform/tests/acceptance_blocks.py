"""The commands and the code of the system's document, in its order, and what cannot run in a test."""

from __future__ import annotations

from dataclasses import dataclass

NOT_RUN_HERE = (
    "step 'Install' of deploy/github-actions.yml (needs the package index)",
    "deploy/Dockerfile (needs a Docker engine)",
    "deploy/compose.yaml as a whole (needs a Docker engine; its schema and its commands are tested)",
    "deploy/kubernetes as a whole (needs a cluster; schemas and commands are tested)",
)
ONE_TEST = "-q -p no:cacheprovider -k test_keys_are_made_to_be_guessed_by_nobody"
"""Of 'make test' within a test: all of them would not end."""


@dataclass(frozen=True)
class Block:
    """One command, what it must say, and where the database must stand afterwards; None is base."""

    command: str
    says: str = ""
    leaves: str | None = "0004"
    answer: str | None = None
    """What a person types, where the command asks."""


IN_APPLICATION = """
import asyncio
from src.shared.migrations import (
    ensure_database_migrated,
    get_database_schema_version,
    check_database_migration_status
)

async def main():
    # Ensure database is migrated before starting
    print(await ensure_database_migrated())

    # Check current schema version
    version = await get_database_schema_version()

    # Get detailed status
    status = await check_database_migration_status()
    print(version, status["is_up_to_date"], status["needs_migration"])

asyncio.run(main())
"""

MANAGER = """
import asyncio
from src.shared.migrations import get_migration_manager

async def main():
    manager = await get_migration_manager()

    # Create migration
    revision = await manager.create_migration("Add new feature")

    # Check status
    status = await manager.check_migration_status()

    # Upgrade database
    success = await manager.upgrade_database("head")
    print(revision, status["needs_migration"], success, await manager.get_current_revision())

asyncio.run(main())
"""

HEALTH = """
import asyncio
from src.shared.migrations import check_database_migration_status

# Application health check includes migration status
async def health_check():
    status = await check_database_migration_status()
    return {
        "database_migrated": status["is_up_to_date"],
        "schema_version": status["current_revision"]
    }

print(asyncio.run(health_check()))
"""

NEW_TABLE = '''

class NewTable(Base):
    """New."""

    __tablename__ = "new_table"

    id: Mapped[int] = mapped_column(primary_key=True)
'''

TEST_OF_ITS_OWN = """
import os
import sqlite3


def test_the_new_table_takes_rows():
    path = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO new_table (id) VALUES (1)")
        connection.rollback()
"""

REVISION_HEAD = """
import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "{id}"
down_revision = "{below}"
"""

TABLES_FIRST = """
def upgrade() -> None:
    op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True))
    op.create_table('table', sa.Column('field', sa.Integer()), sa.Column('unique_field', sa.Integer()))
    op.execute(text("INSERT INTO users (id) VALUES (1)"))

def downgrade() -> None:
    op.drop_table('table')
    op.drop_table('users')
"""

DATA_MIGRATION = """
def upgrade() -> None:
    # Schema changes
    op.add_column('users', sa.Column('new_field', sa.String(255)))

    # Data migration
    connection = op.get_bind()
    connection.execute(
        text("UPDATE users SET new_field = 'default_value' WHERE new_field IS NULL")
    )

def downgrade() -> None:
    op.drop_column('users', 'new_field')
"""

INDEX_MANAGEMENT = """
def upgrade() -> None:
    # Create index
    op.create_index('ix_table_field', 'table', ['field'])

    # Create unique index
    op.create_index('ix_table_unique_field', 'table', ['unique_field'], unique=True)

def downgrade() -> None:
    op.drop_index('ix_table_field', 'table')
    op.drop_index('ix_table_unique_field', 'table')
"""

DEVELOPMENT_COMMANDS = (
    Block("make migrate-status", "at head"),
    Block('make migrate-create MESSAGE="Add new user table"', "0005_add_new_user_table.py"),
    Block('make migrate-create MESSAGE="Custom data migration" EMPTY=true', "0006_custom_data_migration.py"),
    Block("make migrate-upgrade", "0004 -> 0006", leaves="0006"),
    Block('make migrate-downgrade REVISION="0001"', "0006 -> 0001", leaves="0001"),
    Block('make migrate-upgrade REVISION="0002"', "0001 -> 0002", leaves="0002"),
    Block('make migrate-downgrade REVISION="base"', "-> base", leaves=None),
    Block("make migrate-history", "Initial schema", leaves=None),
    Block("make migrate-init", "base -> 0006", leaves="0006"),
    Block("make migrate-reset", leaves="0006", answer="y"),
)

DEVELOPMENT_WORKFLOW = (
    Block('make migrate-create MESSAGE="Add new table"', "0005_add_new_table.py"),
    Block("make migrate-upgrade", "0004 -> 0005", leaves="0005"),
    Block("make test ARGS=-q", "1 passed", leaves="0005"),
)

PRODUCTION_DEPLOYMENT = (
    Block("make migrate-status", "behind", leaves="0003"),
    Block("make migrate-upgrade", "0003 -> 0004"),
    Block("make migrate-status", "at head"),
)

TROUBLESHOOTING = (
    Block("make migrate-status", "at head"),
    Block("make migrate-history", "current, head"),
    Block("make migrate-validate", "4 revisions"),
    Block('make migrate-downgrade REVISION="0003"', "0004 -> 0003", leaves="0003"),
    Block("make migrate-upgrade", "0003 -> 0004"),
    Block("echo 'SELECT count(*) + 41 FROM tenants;' | make db-shell", "41"),
    Block("echo $DATABASE_URL", "://"),
    Block("make migrate-status", "at head"),
)

RECOVERY = (
    Block("make migrate-reset", answer="y"),
    Block("make migrate-upgrade"),
    Block("make migrate-status", "at head"),
    Block("make migrate-upgrade"),
)

CONTINUOUS_INTEGRATION = """
make migrate-upgrade
make test
make migrate-downgrade REVISION="base"
"""
