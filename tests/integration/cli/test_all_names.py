"""One command for all databases of a project, each a section of the ini file with revisions of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from tests.fixtures.projects import AlembicProject
from tests.integration.cli.shell import Shell

SECTION = """
[counts]
script_location = %(here)s/counts
sqlalchemy.url = sqlite:///counts.db
"""


@pytest.fixture
def shell(project: Callable[..., AlembicProject]) -> Shell:
    """A project with the databases main.db and counts.db, one revision each."""
    made = project(url="sqlite:///main.db")
    made.ini.write_text(made.ini.read_text() + SECTION)
    made.revise(
        "m1",
        None,
        upgrade='op.create_table("m", sa.Column("id", sa.Integer))',
        downgrade='op.drop_table("m")',
    )
    counts = made.root / "counts"
    (counts / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (counts / name).write_text((made.env.parent / name).read_text())
    [revision] = made.versions.glob("*.py")
    text = revision.read_text().replace("'m1'", "'c1'").replace('"m"', '"c"')
    (counts / "versions" / "c1.py").write_text(text)
    return Shell(made.root)


def tables(shell: Shell, name: str) -> set[str]:
    """What is in a database, bookkeeping apart."""
    with sqlite3.connect(shell.folder / name) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {table for (table,) in found if len(table) == 1}


def test_a_verb_runs_for_each(shell: Shell) -> None:
    """Each database gets its own revisions, up and down, and the answers are told apart by the section."""
    done = shell.limosa("upgrade", "--all-names")
    assert (tables(shell, "main.db"), tables(shell, "counts.db")) == ({"m"}, {"c"})
    assert [line for line in done.stdout.splitlines() if line.startswith("[")] == ["[alembic]", "[counts]"]
    told = json.loads(shell.limosa("--all-names", "status", "--json").stdout)
    assert {name: one["current_revision"] for name, one in told.items()} == {"alembic": "m1", "counts": "c1"}
    shell.limosa("downgrade", "base", "--yes", "--all-names")
    assert (tables(shell, "main.db"), tables(shell, "counts.db")) == (set(), set())


def test_a_code_of_one_is_the_code_of_all(shell: Shell) -> None:
    """The first that is not 0 is returned, and the others are asked all the same."""
    shell.limosa("-n", "counts", "upgrade")
    done = shell.limosa("status", "--exit-code", "--all-names", code=3)
    assert "at head" in done.stdout.partition("[counts]")[2]


def test_an_error_stops_and_names_its_section(shell: Shell) -> None:
    """What came before it is done; what comes after it is not begun."""
    done = shell.limosa("upgrade", "m1", "--all-names", code=2)
    assert tables(shell, "main.db") == {"m"}
    assert done.stderr.splitlines()[-3:-1] == ["[counts]", "error: there is no revision or branch 'm1'"]
    told = json.loads(shell.limosa("upgrade", "c1", "--all-names", "--json", code=2).stdout)
    assert told["error"]["fields"]["name"] == "alembic"
    assert not tables(shell, "counts.db")


def test_metrics_of_all_are_one_document(shell: Shell) -> None:
    """Each metric stands once in it, with a sample for each database, also where both have one name."""
    shell.limosa("-n", "counts", "upgrade")
    at_head = 'limosa_schema_at_head{{db="{}",env="development"}} {}'
    told = shell.limosa("metrics", "--all-names").stdout.splitlines()
    assert sum(line.startswith("# HELP limosa_schema_at_head ") for line in told) == 1
    assert {at_head.format("main.db", "0.0"), at_head.format("counts.db", "1.0")} <= {*told}

    (shell.folder / "other").mkdir()
    ini = shell.folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("sqlite:///counts.db", "sqlite:///other/main.db"))
    told = shell.limosa("metrics", "--all-names").stdout.splitlines()
    assert {at_head.format("main.db", "0.0"), at_head.format("main.db#2", "0.0")} <= {*told}


@pytest.mark.parametrize("words", [("-n", "counts"), ("--url", "sqlite:///main.db")])
def test_one_and_all_together_are_refused(shell: Shell, words: tuple[str, str]) -> None:
    """Nothing is done where one database would be taken for each."""
    done = shell.limosa("upgrade", "--all-names", *words, code=2)
    assert "--all-names is about several databases" in done.stderr
    assert not (shell.folder / "main.db").exists()
