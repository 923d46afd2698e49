"""Row-level security on PostgreSQL.

The service filters by tenant in every query; from here on the database does, too. A transaction says
for whom it works in the setting app.tenant_id, and sees and writes that tenant's rows alone, even
without a WHERE; one that says nothing sees nothing. What works for all tenants (a key is looked up, a job is
claimed, a data migration) says so in app.scope. FORCE holds for the tables' owner, too; superusers and roles
with BYPASSRLS are exempt, as for a backup. SQLite has no such thing, and nothing is done there.

Revision ID: 0004
Revises: 0003
Create Date: 2026-02-17 09:00:00.000000
"""

import logging

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT_COLUMNS = {"tenants": "id", "files": "tenant_id", "extraction_results": "tenant_id"}
POLICY = "tenant_isolation"

log = logging.getLogger("alembic.runtime.migration")


def upgrade() -> None:
    """Close the tables to everybody who does not say for whom they work."""
    if not has_policies():
        return
    for table, column in TENANT_COLUMNS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {POLICY} ON {table} USING ("
            f"{column} = CAST(NULLIF(current_setting('app.tenant_id', true), '') AS uuid) "
            "OR current_setting('app.scope', true) = 'every_tenant')"
        )


def downgrade() -> None:
    """Open them again."""
    if not has_policies():
        return
    for table in reversed(TENANT_COLUMNS):
        op.execute(f"DROP POLICY {POLICY} ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def has_policies() -> bool:
    """Say whether the engine has row-level security, and log it where it has not."""
    if op.get_context().dialect.name == "postgresql":
        return True
    log.info("row-level security is PostgreSQL's: nothing to do on %s", op.get_context().dialect.name)
    return False
