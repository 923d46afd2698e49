"""All operations through asynchronous drivers, as an application's own env.py uses them."""

from __future__ import annotations

import pytest

from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.online.conftest import Tool

TABLE = "CREATE TABLE document (id integer PRIMARY KEY, status text, seen {time})"
ROWS = {
    "sqlite": "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 40000) "
    "INSERT INTO document SELECT i, 'old ' || i, NULL FROM s",
    "postgresql": "INSERT INTO document SELECT i, 'old ' || i, NULL FROM generate_series(1, 40000) i",
}
UP = """
import datetime
from limosa import online
online.create_updated_at_trigger("document", column="seen")
moment = datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)
values = {"status": "done", "seen": moment}
assert online.update_remembered("x", "document", values, where=sa.column("id") < 10) == 9
online.create_index_online("d", "document", ["status"], postgresql_where=sa.text("id > 10"))
online.create_index_online("d", "document", ["status"], postgresql_where=sa.text("id > 10"))
online.create_index_online("u", "document", ["id", "status"], unique=True)
"""
DOWN = """
from limosa import online
online.drop_index_online("u", table="document")
online.drop_index_online("d", table="document")
assert online.restore_remembered("x").restored == 9
online.drop_updated_at_trigger("document", column="seen")
"""


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_up_and_down(target: Target, project: MakeProject, tool: Tool) -> None:
    """With asyncpg and aiosqlite they go up, down and up again under both tools."""
    time = {"sqlite": "DATETIME", "postgresql": "timestamptz"}[target.engine]
    target.execute(TABLE.format(time=time), ROWS[target.engine])
    made = project("async", url=target.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    done = "SELECT count(*) FROM document WHERE status = 'done' AND seen IS NOT NULL"
    tool.upgrade(made)
    assert target.rows(done) == [(9,)]
    tool.downgrade(made, "base")
    assert target.rows(done) == [(0,)]
    tool.upgrade(made)
    assert target.rows(done) == [(9,)]
