"""Every command against real databases, as a person types it, and plain Alembic in between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

CREATE = '    op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True))\n'
DROP = '    op.drop_table("thing")\n'
WIDEN = '    op.add_column("thing", sa.Column("owner", sa.String(20)))\n'
NARROW = '    op.drop_column("thing", "owner")\n'


REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {parent!r}


def upgrade() -> None:
{upgrade}

def downgrade() -> None:
{downgrade}"""


def is_bookkeeping(table: str, engine: str) -> bool:
    """Is it ours or Alembic's? On PostgreSQL all of it lives in a schema of its own."""
    return table.startswith("limosa." if engine == "postgresql" else ("limosa_", "alembic_version"))


@pytest.fixture(params=["sqlite", "pg"])
def target(request: pytest.FixtureRequest) -> Target:
    """A fresh database on each engine."""
    found: Target = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shell(tmp_path: Path, target: Target) -> Shell:
    """A new project with two revisions, 001 and 002, and nothing applied."""
    made = Shell(tmp_path / "app", target.url.reveal())
    made.folder.mkdir()
    made.limosa("init")
    versions = made.folder / "migrations" / "versions"
    first = REVISION.format(revision="001", parent=None, upgrade=CREATE, downgrade=DROP)
    second = REVISION.format(revision="002", parent="001", upgrade=WIDEN, downgrade=NARROW)
    (versions / "001_initial_schema.py").write_text(f'"""Initial schema"""\n{first}')
    (versions / "002_add_owner.py").write_text(f'"""Add owner"""\n{second}')
    return made


def test_a_project_goes_up_and_down(shell: Shell, target: Target) -> None:
    """From init to head and back, each command says what is true, and Alembic agrees at each stop."""
    status = shell.json("status", "--exit-code", code=3)
    assert (status["state"], status["current"], status["heads"]) == ("empty", [], ["002"])
    assert [one["revision"] for one in status["pending"]] == ["001", "002"]
    assert status["engine"] == target.engine
    assert shell.limosa("current").stdout == "no revision is applied\n"

    up = shell.limosa("upgrade")
    assert up.stdout.startswith("upgraded base -> 002: 2 revisions in ")
    assert "[1/2] upgrade 001 Initial schema\n" in up.stderr
    assert "[2/2] 002 done in " in up.stderr
    assert [name for name in target.tables() if not is_bookkeeping(name, target.engine)] == ["thing"]
    assert shell.limosa("upgrade").stdout == "nothing to do: the database is at 002\n"
    assert shell.alembic("current") == "002 (head)\n"
    assert shell.limosa("status", "--exit-code").stdout.startswith("state:       at head\n")

    assert shell.limosa("current").stdout == "002 (head) Add owner\n"
    assert shell.limosa("heads").stdout == "002 (head) Add owner\n"
    assert shell.limosa("branches").stdout == "no branch points\n"
    assert shell.limosa("pending").stdout == "nothing is pending\n"
    assert "def downgrade() -> None:" in shell.limosa("show", "002").stdout

    refused = shell.limosa("downgrade", "-1", code=2)
    assert "hint: limosa downgrade -1 --yes\n" in refused.stderr
    assert shell.alembic("current") == "002 (head)\n"
    down = shell.limosa("downgrade", "-1", "--yes")
    assert down.stdout.startswith("downgraded 002 -> 001: 1 revision in ")
    assert shell.json("status", "--exit-code", code=3)["state"] == "behind"
    assert [one["id"] for one in shell.json("pending")["pending"]] == ["002"]

    shell.alembic("upgrade", "head")
    assert shell.json("status")["state"] == "at_head"
    history = shell.json("history", "--all")
    assert [one["revision"]["id"] for one in history["revisions"]] == ["002", "001"]
    assert [one["is_current"] for one in history["revisions"]] == [True, False]
    steps = [(one["direction"], one["revision"], one["tool"].split()[0]) for one in history["ledger"]]
    assert steps[1:] == [
        ("downgrade", "002", "limosa"),
        ("upgrade", "002", "limosa"),
        ("upgrade", "001", "limosa"),
    ]
    assert steps[0][2] == "alembic"

    assert shell.json("downgrade", "base", "--yes")["after"] == []
    assert "thing" not in target.tables()
    assert shell.limosa("stamp", "001").stdout == "stamped base -> 001\n"
    assert shell.alembic("current") == "001\n"


def test_empty_revision_keeps_the_width_and_the_style(shell: Shell) -> None:
    """Create --empty --ticket writes 003 with both functions, in snake_case, and needs no database."""
    made = shell.json("create", "Größer: the Owner!", "--empty", "--ticket", "JIRA-12")["created"]

    path = Path(made["path"])
    assert path.name.startswith("003_jira_12_")
    assert path.name.endswith("_the_owner.py")
    assert (made["id"], made["parents"]) == ("003", ["002"])
    assert (made["has_upgrade"], made["has_downgrade"]) == (True, True)
    compile(path.read_text(), path, "exec")


def test_autogenerate_sees_the_models_and_not_the_bookkeeping(shell: Shell) -> None:
    """Create compares: what the models lack is dropped in both directions' code, our tables are not there."""
    shell.limosa("upgrade")

    done = shell.limosa("create", "drop everything", "--json")
    made = json.loads(done.stdout)["created"]

    assert "do not differ" not in done.stderr
    source = Path(made["path"]).read_text()
    assert made["id"] == "003"
    assert "op.drop_table('thing')" in source
    assert "op.create_table('thing'" in source
    assert "limosa" not in source
    assert "alembic_version" not in source


def test_nothing_to_autogenerate_is_said(shell: Shell) -> None:
    """Models and database alike: an empty file is written, and a line on stderr says so; not for --empty."""
    env = shell.folder / "migrations" / "env.py"
    columns = 'Column("id", Integer, primary_key=True), Column("owner", String(20))'
    models = (
        f'from sqlalchemy import Column, Integer, String, Table\nTable("thing", target_metadata, {columns})\n'
    )
    empty = "target_metadata = MetaData()\n"
    env.write_text(env.read_text().replace(empty, empty + models))
    shell.limosa("upgrade")

    done = shell.limosa("create", "nothing")

    assert "the models and the database do not differ, so the new revision is empty\n" in done.stderr
    path = next(shell.folder.rglob("003_nothing.py"))
    assert path.read_text().count("    pass\n") == 2
    path.unlink()
    assert shell.limosa("create", "nothing", "--quiet").stderr == ""
    next(shell.folder.rglob("003_nothing.py")).unlink()
    assert "do not differ" not in shell.limosa("create", "nothing", "--empty").stderr


def test_quiet_is_silent_and_verbose_shows_statements(shell: Shell) -> None:
    """--quiet prints nothing at all; --verbose each statement with its time."""
    done = shell.limosa("upgrade", "001", "--quiet")
    assert (done.stdout, done.stderr) == ("", "")

    told = shell.limosa("upgrade", "--verbose").stderr
    assert "ALTER TABLE thing ADD COLUMN owner VARCHAR(20)" in told
    assert " ms" in told


def test_existing_project_is_adopted(shell: Shell, target: Target) -> None:
    """Alembic's project, with a database at 001, is taken as it is: one file more, none changed."""
    shell.alembic("upgrade", "001")
    (shell.folder / "limosa.toml").unlink()
    before = {path: path.read_bytes() for path in shell.folder.rglob("*.py")}

    assert "adopted " in shell.limosa("init").stdout
    shell.limosa("upgrade")

    assert {path: path.read_bytes() for path in before} == before
    assert [name for (name,) in target.rows("SELECT owner FROM thing")] == []
    assert shell.alembic("current") == "002 (head)\n"


def test_unknown_version_is_ahead(shell: Shell, target: Target) -> None:
    """A database at a revision that is not on disk is told so, with exit code 10."""
    shell.limosa("upgrade")
    table = "limosa.alembic_version" if target.engine == "postgresql" else "alembic_version"
    target.execute(f"UPDATE {table} SET version_num = 'feed'")

    assert shell.json("status", "--exit-code", code=10)["state"] == "ahead"
    assert shell.limosa("current").stdout == "feed (not on disk)\n"
    refused = shell.limosa("upgrade", code=10)
    assert "feed" in refused.stderr
    assert "hint: " in refused.stderr
