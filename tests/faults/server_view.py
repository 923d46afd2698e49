"""What the server says is going on, asked until it is so."""

from __future__ import annotations

import time
from typing import Any

from tests.fixtures.targets import Target

CREATING = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'
"""
NOBODY_AT_WORK = """
SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity
 WHERE datname = current_database() AND (application_name LIKE 'limosa-%' OR query LIKE 'CREATE INDEX CONC%')
   AND pid <> pg_backend_pid())
"""
PATIENCE_S = 20


def await_rows(target: Target, sql: str) -> list[tuple[Any, ...]]:
    """Ask until the query returns rows."""
    ends = time.monotonic() + PATIENCE_S
    with target.connect() as connection:
        while not (rows := connection.execute(sql).fetchall()):
            connection.execute("SELECT pg_sleep(0.02)")
            assert time.monotonic() < ends, f"never came to be: {sql}"
    return [tuple(row) for row in rows]
