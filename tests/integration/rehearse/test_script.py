"""``--sql`` prints what ``alembic --sql`` prints, and ``--dry-run`` what ``limosa plan`` prints."""

from __future__ import annotations

from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

TABLE = """
op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9)))
op.execute("INSERT INTO thing (id, name) VALUES (1, '50%')")
"""


def test_the_script_is_alembic_s(project: MakeProject, either: Target) -> None:
    """Byte for byte, for a target, for ranges, and on the way down; no database is made or asked."""
    made = project("generic" if either.engine == "sqlite" else "async", url=either.url)
    made.revise("001", None, upgrade=TABLE, downgrade='op.drop_table("thing")')
    made.revise("002", "001", upgrade='op.add_column("thing", sa.Column("owner", sa.Text))')
    shell = Shell(made.root, either.url.reveal())
    for words in (["upgrade", "head"], ["upgrade", "001:002"], ["downgrade", "002:base"]):
        expected = made.alembic(*words, "--sql").stdout
        assert shell.limosa(*words, "--sql").stdout == expected
        assert "thing" in expected or words[0] == "upgrade"
    assert either.tables() == set()


def test_what_reads_the_database_has_no_script(project: MakeProject, sqlite: Target) -> None:
    """The error names the revision, its line and the command that shows its statements all the same."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade='rows = op.get_bind().execute(sa.text("SELECT 1")).fetchall()')
    shell = Shell(made.root, sqlite.url.reveal())
    done = shell.limosa("upgrade", "head", "--sql", code=1)
    assert "'001' cannot be written as a script" in done.stderr
    assert f"{made.versions}/001_revision_001.py:18" in done.stderr
    assert "limosa plan head" in done.stderr
    assert "SELECT 1" in shell.limosa("plan", "head").stdout


def test_a_way_down_needs_a_range(project: MakeProject, sqlite: Target) -> None:
    """Alembic's own refusal becomes a usage error with its hint."""
    made = project(url=sqlite.url)
    made.revise("001", None)
    done = Shell(made.root, sqlite.url.reveal()).limosa("downgrade", "base", "--sql", code=2)
    assert "FROM:TO" in done.stderr


def test_a_dry_run_is_a_plan(project: MakeProject, either: Target) -> None:
    """The same page, and the same exit code; nothing is changed, and nobody is asked."""
    made = project(url=either.url)
    made.revise("001", None, upgrade=TABLE, downgrade='op.drop_table("thing")')
    made.revise("002", "001", upgrade='op.execute("DROP TABLE nothing")')
    shell = Shell(made.root, either.url.reveal())
    assert shell.limosa("upgrade", "001", "--dry-run").stdout == shell.limosa("plan", "001").stdout
    assert "INSERT INTO thing" in shell.limosa("upgrade", "--dry-run", code=1).stdout
    assert either.tables() == set()
    shell.limosa("upgrade", "001")
    down = shell.limosa("downgrade", "base", "--dry-run").stdout
    assert "DROP TABLE thing" in down
    assert down == shell.limosa("plan", "--down", "base").stdout
    assert "thing" in either.tables()
    shell.limosa("upgrade", "--dry-run", "--sql", code=2)
