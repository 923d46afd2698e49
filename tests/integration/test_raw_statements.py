"""The executor sees every statement, also those that a revision sends past SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from limosa import LimosaError, Migrator
from limosa.model.events import Event, StatementFinished, StatementStarted

if TYPE_CHECKING:
    from tests.fixtures.projects import MakeProject
    from tests.fixtures.targets import Target

RAW = """
cursor = op.get_bind().connection.cursor()
cursor.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY)")
cursor.execute("INSERT INTO raw VALUES (1)")
cursor.close()
"""
FAILS_LATE = RAW + "op.execute('SELECT * FROM nowhere')\n"
SCRIPT = """
op.get_bind().connection.driver_connection.executescript(
    "CREATE TABLE raw (id INTEGER PRIMARY KEY); INSERT INTO raw VALUES (1);"
)
op.execute("SELECT * FROM nowhere")
"""


def test_statements_of_a_drivers_cursor_are_seen(target: Target, project: MakeProject) -> None:
    """A statement sent through the driver's own cursor is announced, finished and timed like any other."""
    events: list[Event] = []
    made = project("generic", url=target.url)
    made.revise("001", None, upgrade=RAW)

    Migrator(project=made.root, url=target.url.reveal(), sinks=[events.append]).upgrade()

    started = [event.sql for event in events if isinstance(event, StatementStarted)]
    finished = [event for event in events if isinstance(event, StatementFinished)]
    assert started == ["CREATE TABLE raw (id INTEGER PRIMARY KEY)", "INSERT INTO raw VALUES (1)", "COMMIT"]
    assert [event.sql for event in finished] == started
    assert finished[1].rows == 1
    assert target.rows("SELECT id FROM raw") == [(1,)]


def test_statements_of_a_drivers_cursor_are_undone(target: Target, project: MakeProject) -> None:
    """What went past SQLAlchemy is in the step's transaction all the same."""
    made = project("generic", url=target.url)
    made.revise("001", None, upgrade=FAILS_LATE)

    with pytest.raises(LimosaError):
        Migrator(project=made.root, url=target.url.reveal()).upgrade()

    assert "raw" not in target.tables()


def test_a_script_does_not_commit_behind_the_step(sqlite: Target, project: MakeProject) -> None:
    """sqlite3's executescript begins with a COMMIT of its own; under Limosa it does not."""
    made = project("generic", url=sqlite.url)
    made.revise("001", None, upgrade=SCRIPT)

    with pytest.raises(LimosaError, match="no such table: nowhere"):
        Migrator(project=made.root, url=sqlite.url.reveal()).upgrade()

    assert "raw" not in sqlite.tables()
