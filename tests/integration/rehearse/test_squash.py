"""A baseline takes the place of many revisions: old databases go on, new ones start from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from limosa.errors import RevisionNotFound, UnprovenSnapshot, UsageError
from limosa.migrator import Migrator
from limosa.model.status import State
from limosa.scratch import scratch_database
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell
from tests.integration.rehearse.test_snapshot import DOWN, REST, SEED, kinds, schema

FUNCTION = """
op.execute('''CREATE FUNCTION twice(x integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC
    SELECT CASE WHEN x > 0 THEN 2 * x ELSE 0 END; END''')
op.execute("CREATE TYPE mood AS ENUM ('sad; %(x)s', 'a: ok')")
op.execute("CREATE SCHEMA sales")
op.execute("CREATE TABLE sales.item (id integer PRIMARY KEY, n integer DEFAULT twice(2))")
op.execute("ALTER TABLE sales.item ADD mood mood DEFAULT 'a: ok'")
op.execute("INSERT INTO sales.item (id) VALUES (1)")
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY by_mood ON sales.item (mood)")
"""


def write(project: AlembicProject, engine: str) -> None:
    """Write four revisions, of which the third is none to squash on SQLite."""
    project.revise("001", None, upgrade=SEED, downgrade='op.drop_table("kind")')
    project.revise("002", "001", upgrade=REST, downgrade=DOWN)
    project.revise("003", "002", upgrade=FUNCTION if engine == "postgresql" else "pass")
    project.revise("004", "003", upgrade='op.add_column("thing", sa.Column("more", sa.Text))')


@pytest.fixture
def made(project: MakeProject, either: Target) -> AlembicProject:
    """A project of four revisions."""
    found = project("generic" if either.engine == "sqlite" else "async", url=either.url)
    write(found, either.engine)
    return found


def migrator_of(made: AlembicProject, target: Target) -> Migrator:
    """Open the project on its database."""
    return Migrator(project=made.root, url=target.url.reveal())


def test_new_databases_start_from_it_and_old_ones_go_on(made: AlembicProject, either: Target) -> None:
    """By Limosa and by plain Alembic, up and down: the schema is what the revisions made."""
    migrator_of(made, either).upgrade("003")
    with scratch_database(either.engine, 18) as other:
        Migrator(project=made.root, url=other.reveal()).upgrade()
        expected = schema(other)

        done = migrator_of(made, either).squash("003")

        assert (done.revision, done.replaces) == ("003", ("001", "002"))
        assert sorted(path.name for path in made.versions.glob("*.py")) == [
            "003_baseline.py",
            "004_revision_004.py",
        ]
        assert sorted(path.name for path in done.folder.glob("*.py")) == [path.name for path in done.files]
        migrator = migrator_of(made, either)
        assert [step.revision.id for step in migrator.plan().steps] == ["004"]
        assert [entry.edit for entry in migrator.history()] == [None, None]  # it was squashed, and not edited
        made.alembic("upgrade", "head")
        assert schema(either.url) == expected

    with scratch_database(either.engine, 18) as fresh:
        migrator = Migrator(project=made.root, url=fresh.reveal())
        report = migrator.upgrade()
        assert [step.revision for step in report.steps] == ["003", "004"]
        assert schema(fresh) == expected
        migrator.downgrade("003")
        migrator.downgrade("base")
        assert not [one for one in schema(fresh).objects if one.name not in ("public", "plpgsql")]


def test_plain_alembic_makes_a_new_database_from_it(made: AlembicProject, either: Target) -> None:
    """Without Limosa, rows included, and away again."""
    migrator_of(made, either).squash("003")
    made.alembic("upgrade", "head")
    assert kinds(either) == [(1, "it's; one"), (3, "it's; one 0")]
    assert "INSERT INTO" in made.alembic("upgrade", "003", "--sql").stdout
    if either.engine == "postgresql":
        assert either.rows("SELECT mood::text, n FROM sales.item") == [("a: ok", 4)]
    made.alembic("downgrade", "003", check=False)


def test_a_database_below_goes_through_what_was_squashed(made: AlembicProject, either: Target) -> None:
    """It counts as behind, and an upgrade takes it through the replaced files, then on."""
    migrator_of(made, either).upgrade("001")
    migrator_of(made, either).squash("003")
    migrator = migrator_of(made, either)
    status = migrator.status()
    assert status.state is State.BEHIND
    assert [one.revision for one in status.pending] == ["002", "003", "004"]
    assert made.alembic("upgrade", "head", check=False).returncode != 0
    with pytest.raises(RevisionNotFound, match="nowhere"):
        migrator.upgrade("nowhere")
    assert migrator.status() == status  # nothing ran
    plan = migrator.plan(statements=True)
    assert [
        (step.revision.id, bool(step.statements)) for step in plan.steps if step.revision.id != "003"
    ] == [
        ("002", True),
        ("004", True),
    ]
    assert [one.id for one in migrator.pending()] == ["002", "003", "004"]
    report = migrator.upgrade()
    assert [step.revision for step in report.steps] == ["002", "003", "004"]
    assert report.before == ("001",)
    assert migrator.status().state is State.AT_HEAD
    assert kinds(either)[-1] == (3, "it's; one 0")


def test_a_baseline_can_be_squashed_again(project: MakeProject, sqlite: Target) -> None:
    """A database below the first goes through both."""
    made, either = project(url=sqlite.url), sqlite
    write(made, "sqlite")
    migrator_of(made, either).upgrade("001")
    migrator_of(made, either).squash("003")
    again = migrator_of(made, either).squash("004")
    assert again.replaces == ("003",)
    report = migrator_of(made, either).upgrade()
    assert [step.revision for step in report.steps] == ["002", "003", "004"]
    with scratch_database(either.engine, 18) as fresh:
        Migrator(project=made.root, url=fresh.reveal()).upgrade()
        assert schema(fresh) == schema(either.url)


def test_branches_labels_and_merges_inside(project: MakeProject, sqlite: Target) -> None:
    """What meets again inside is no matter; labels live on in the baseline, other branches go on."""
    made = project(url=sqlite.url)
    made.revise("a", None, labels="main", upgrade='op.execute("CREATE TABLE a (x)")')
    made.revise("b", "a", labels="left", upgrade='op.execute("CREATE TABLE b (x)")')
    made.revise("c", "a", depends="b", upgrade='op.execute("CREATE TABLE c (x)")')
    made.revise("d", ("b", "c"))
    made.revise("other", None, labels="side", upgrade='op.execute("CREATE TABLE o (x)")')
    made.revise("e", "d", upgrade='op.execute("CREATE TABLE e (x)")')
    migrator = migrator_of(made, sqlite)
    migrator.upgrade("b")
    migrator.upgrade("other")
    done = migrator.squash("main@d")
    assert (done.replaces, done.labels) == (("a", "b", "c"), ("left", "main"))
    after = migrator_of(made, sqlite)
    assert after.upgrade("main@head").after == ("e", "other")
    assert sqlite.tables() >= {"a", "b", "c", "e", "o"}


@pytest.mark.parametrize(
    ("target", "match"),
    [
        ("heads", "ends in one revision, and 'heads' means 2"),
        ("a", "nothing to squash"),
        ("c", "revision 'd' stands on 'b', which would be gone"),
    ],
)
def test_what_no_baseline_can_stand_for_is_refused(
    project: MakeProject, sqlite: Target, target: str, match: str
) -> None:
    """The sentence names what leads into the range; no file is moved."""
    made = project(url=sqlite.url)
    made.revise("a", None)
    made.revise("b", "a")
    made.revise("c", "b")
    made.revise("d", "b")
    before = sorted(made.versions.iterdir())
    with pytest.raises(UsageError, match=match):
        migrator_of(made, sqlite).squash(target)
    assert sorted(made.versions.iterdir()) == before


def test_what_is_not_equal_is_not_written(project: MakeProject, sqlite: Target) -> None:
    """Rows of a virtual table are not in a baseline: the proof says so before anything is moved."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade='op.execute("CREATE VIRTUAL TABLE search USING fts5(body)")')
    made.revise("002", "001", upgrade="op.execute(\"INSERT INTO search VALUES ('x')\")")
    before = sorted(made.versions.glob("*.py"))
    with pytest.raises(UnprovenSnapshot, match="made from the baseline is not what the revisions make"):
        migrator_of(made, sqlite).squash("002")
    assert sorted(made.versions.glob("*.py")) == before
    assert not sqlite.path.exists()


def test_the_command_asks_first(project: MakeProject, sqlite: Target) -> None:
    """Without a terminal it needs --yes; then it says what became of what."""
    made = project(url=sqlite.url)
    write(made, "sqlite")
    shell = Shell(made.root, sqlite.url.reveal())
    assert "limosa squash 003 --yes" in shell.limosa("squash", "003", code=2).stderr
    assert "3 revisions became one, 003" in shell.limosa("squash", "003", "--yes").stdout
    assert json.loads(shell.limosa("status", "--json").stdout)["heads"] == ["004"]


@pytest.mark.parametrize("stopped_at", ["replace", "unlink", "rename"])
def test_a_squash_that_was_stopped_goes_on(
    project: MakeProject, sqlite: Target, monkeypatch: pytest.MonkeyPatch, stopped_at: str
) -> None:
    """Wherever the moving of files ends, none is lost, and doing it again ends it."""
    made = project(url=sqlite.url)
    write(made, "sqlite")
    texts = {path.read_text() for path in made.versions.glob("*.py")}

    original = getattr(Path, stopped_at)

    def stop(path: Path, *arguments: object) -> object:
        if path.parent == made.versions:
            raise KeyboardInterrupt
        return original(path, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Path, stopped_at, stop)
        with pytest.raises(KeyboardInterrupt):
            migrator_of(made, sqlite).squash("003")
    kept = {path.read_text() for path in made.versions.parent.rglob("*.py")}
    assert texts <= kept
    if stopped_at == "replace":
        migrator_of(made, sqlite).squash("003")
    else:  # the baseline is there: what is left is only to be taken away
        with pytest.raises(UsageError, match="nothing to squash"):
            migrator_of(made, sqlite).squash("003")
    assert len(list(made.versions.glob("*.py"))) == 2
    report = migrator_of(made, sqlite).upgrade()
    assert [step.revision for step in report.steps] == ["003", "004"]
