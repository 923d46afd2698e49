"""The system's document, walked block by block: each command that can run here runs, and does what it is for.

The commands stand here as data, in their order. Those that need a Docker engine are in ``CANNOT_RUN`` of
header.py and in the header of the report; what they run within the container is run here without it.
The start scripts are run by test_starting.py, and as the commands of the Compose files by test_deployment.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures.servers import Servers
from tests.identity.conftest import system_on
from tests.identity.header import CANNOT_RUN
from tests.identity.project import HEAD, TABLES, System

MIGRATE = "python scripts/migrate.py"


class Step(NamedTuple):
    """One command, and how its outcome is told."""

    command: str
    says: tuple[str, ...] = ()
    """What is in its output."""
    at: str | None = None
    """Where the database stands afterwards; None where it must not have moved."""
    writes: str | None = None
    """The revision file that it makes."""


FIRST_TIME = (
    Step(f"{MIGRATE} init", ("go on with",)),
    Step(f'{MIGRATE} create "Initial schema"', writes="0001_initial_schema.py"),
    Step(f"{MIGRATE} upgrade", at="0001"),
)
WALK = (
    # basic commands, on a database that is empty
    Step(f"{MIGRATE} check", ("all that is needed is here",)),
    Step(f"{MIGRATE} history", ("0001", HEAD)),
    Step(f"{MIGRATE} current"),
    Step(f"{MIGRATE} pending", ("0001", HEAD)),
    # debugging
    Step("alembic show 0001", ("Initial schema", "0001_initial_schema.py")),
    Step(
        "alembic upgrade 0001 --sql",
        ("CREATE TABLE users", "gen_random_uuid()", "ON DELETE SET NULL", "INET"),
    ),
    Step("alembic heads", (f"{HEAD} (head)",)),
    Step("alembic branches"),
    # management
    Step(f"{MIGRATE} upgrade 0002", at="0002"),
    Step(f"{MIGRATE} downgrade 0001", at="0001"),
    Step(f"{MIGRATE} upgrade", at=HEAD),
    Step(f"{MIGRATE} current", (HEAD,)),
    Step(f"{MIGRATE} show 0006", ("update_remembered",)),
    # development workflow: each change of the models has its revision
    Step(f'{MIGRATE} create "Add new feature"', writes="0007_add_new_feature.py"),
    Step(f"{MIGRATE} upgrade", at="0007"),
    Step(f'{MIGRATE} create "Add user table"', writes="0008_add_user_table.py"),
    Step(f"{MIGRATE} stamp head", at="0008"),
    Step(f'{MIGRATE} create "Add new field to user table"', writes="0009_add_new_field_to_user_table.py"),
    # what the Docker commands run in their container
    Step("alembic upgrade head", at="0009"),
    # testing migrations
    Step(f"{MIGRATE} downgrade 0001", at="0001"),
    # troubleshooting
    Step('python -c "from app.models import *"'),
    Step('python -c "from app.models import metadata; print(metadata.tables.keys())"', TABLES),
    Step(
        'python -c "from app.models import User; print(User.__table__.columns)"',
        ("users.email", "users.phone"),
    ),
)


@pytest.fixture
def copy(servers: Servers, tmp_path: Path) -> Iterator[System]:
    """A copy of the system, whose files may be added to, on two empty PostgreSQL databases."""
    with system_on("postgresql", servers, tmp_path) as system:
        yield system.copied(tmp_path / "copy")


def test_the_first_time(copy: System) -> None:
    """With no revision yet the quick start makes 0001 from the models, and the four tables from it."""
    for file in (copy.folder / "migrations/versions").iterdir():
        file.unlink()
    for step in FIRST_TIME:
        take(step, copy)

    assert {*TABLES} <= copy.main.tables()
    copy.migrate("drift")


def test_every_command_of_the_document(copy: System) -> None:
    """From an empty database through every block, each with its outcome."""
    for step in WALK:
        take(step, copy)


def test_what_is_not_run_is_named(pytestconfig: pytest.Config) -> None:
    """The commands that need Docker are in the report's header, and nothing else is left out."""
    hook = pytestconfig.hook.pytest_report_header(config=pytestconfig, start_path=Path())
    header = "\n".join(line for lines in hook for line in ([lines] if isinstance(lines, str) else lines))

    assert all("docker-compose" in command for command in CANNOT_RUN)
    assert all(command in header for command in CANNOT_RUN)


def take(step: Step, system: System) -> None:
    """Run a step, and check what it says, what it writes and where the database stands."""
    before = standing(system)
    files = {path.name for path in (system.folder / "migrations/versions").glob("*.py")}
    done = system.run(*shlex.split(step.command))

    missing = [text for text in step.says if text not in done.stdout]
    assert not missing, f"{step.command} does not say {missing}:\n{done.stdout}"
    assert standing(system) == (step.at or before), step.command
    made = {path.name for path in (system.folder / "migrations/versions").glob("*.py")} - files
    assert made == ({step.writes} if step.writes else set()), step.command


def standing(system: System) -> str | None:
    """Return the version of the database, read from outside."""
    if "limosa.alembic_version" not in system.main.tables():
        return None
    rows = system.main.rows("SELECT version_num FROM limosa.alembic_version")
    return str(rows[0][0]) if rows else None
