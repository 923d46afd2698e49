"""An empty database starts from a snapshot that fits, and is then what the revisions would have made."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from limosa.engines.base import opened
from limosa.engines.dumping import dumper_for
from limosa.engines.registry import engine_for
from limosa.engines.sqlite import dump
from limosa.errors import UnprovenSnapshot
from limosa.migrator import Migrator
from limosa.model.events import Event, Notice, SnapshotLoaded
from limosa.model.limits import Limits
from limosa.model.schema import Schema
from limosa.model.session import Query, VersionTable
from limosa.model.url import DatabaseURL
from limosa.scratch import scratch_database
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

SEED = """
columns = sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, unique=True)
op.create_table("kind", *columns, sqlite_autoincrement=True)
op.execute("INSERT INTO kind (name) VALUES ('it''s; one'), ('two')")
op.execute("DELETE FROM kind WHERE name = 'two'")
"""
REST = """
op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("kind", sa.Integer, sa.ForeignKey("kind.id"), index=True))
names = [row[0] for row in op.get_bind().execute(sa.text("SELECT name FROM kind"))]
for number, name in enumerate(names):
    op.get_bind().execute(sa.text("INSERT INTO kind (name) VALUES (:name)"), {"name": f"{name} {number}"})
op.execute("CREATE VIEW named AS SELECT thing.id, name FROM thing JOIN kind ON kind.id = thing.kind")
"""
DOWN = """
op.execute("DROP VIEW named")
op.drop_table("thing")
op.execute("DELETE FROM kind WHERE name = 'it''s; one 0'")
"""


def write(project: AlembicProject) -> None:
    """Write revisions that put rows in, read them, and take some out."""
    project.revise("001", None, upgrade=SEED, downgrade='op.drop_table("kind")')
    project.revise("002", "001", upgrade=REST, downgrade=DOWN)


def schema(url: DatabaseURL) -> Schema:
    """Read the schema of a database."""
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="test") as session:
        return engine.schema(session)


def kinds(target: Target) -> list[tuple[object, ...]]:
    """Return the seeded rows."""
    return target.rows("SELECT id, name FROM kind ORDER BY id")


def test_a_new_database_is_made_from_it(project: MakeProject, either: Target) -> None:
    """Schema, rows, numbers to come and version are those of the revisions, which count as applied each."""
    made = project("generic" if either.engine == "sqlite" else "async", url=either.url)
    write(made)
    with scratch_database(either.engine, 18) as other:
        Migrator(project=made.root, url=other.reveal()).upgrade()
        expected = schema(other)
        report = Migrator(project=made.root, url=either.url.reveal()).snapshot()
        text = report.path.read_text()
        assert (report.stands_for, report.revisions) == (2, ("002",))
        assert either.tables() == set()

        events: list[Event] = []
        migrator = Migrator(project=made.root, url=either.url.reveal(), sinks=[events.append])
        run = migrator.upgrade()

        assert (run.snapshot, run.snapshot_revisions, run.steps) == (report.path.name, 2, ())
        assert (run.before, run.after) == ((), ("002",))
        assert [event for event in events if isinstance(event, SnapshotLoaded)]
        assert schema(either.url) == expected
        assert expected.fingerprint == report.fingerprint
    assert kinds(either) == [(1, "it's; one"), (3, "it's; one 0")]
    either.execute("INSERT INTO kind (name) VALUES ('next')")
    assert kinds(either)[-1] == (4, "next")

    entries = migrator.record()
    assert [(entry.revision, entry.direction, entry.to_versions) for entry in entries] == [
        ("002", "upgrade", ("002",)),
        ("001", "upgrade", ("001",)),
    ]
    assert entries[0].tool.endswith(f"snapshot {report.path.name}")
    assert all(entry.applied_at for entry in migrator.history())

    assert migrator.snapshot().path.read_text() == text  # the same again, byte for byte
    assert made.alembic("current").stdout.startswith("002 (head)")
    assert migrator.downgrade("base").after == ()


def test_what_comes_after_it_runs(project: MakeProject, either: Target) -> None:
    """The revisions above the snapshot run in the same call; a lower target does without it."""
    made = project(url=either.url)
    write(made)
    migrator = Migrator(project=made.root, url=either.url.reveal())
    migrator.snapshot()
    made.revise("003", "002", upgrade='op.execute("INSERT INTO thing (id) VALUES (9)")')
    migrator = Migrator(project=made.root, url=either.url.reveal())
    low = migrator.upgrade("001")
    assert low.snapshot is None
    migrator.downgrade("base")
    report = migrator.upgrade()
    assert (report.snapshot_revisions, [step.revision for step in report.steps]) == (2, ["003"])
    assert either.rows("SELECT id FROM thing") == [(9,)]
    assert migrator.upgrade().snapshot is None


@pytest.mark.parametrize(
    "change", ["edited", "inserted", "env.py", "the file itself", "not wanted", "cosmetic"]
)
def test_only_what_fits_is_used(project: MakeProject, sqlite: Target, change: str) -> None:
    """Whatever was changed since it was made is named, and the revisions run; a comment changes nothing."""
    made = project(url=sqlite.url)
    write(made)
    path = Migrator(project=made.root, url=sqlite.url.reveal()).snapshot().path
    second = made.versions / "002_revision_002.py"
    said: dict[str, str | None] = {
        "edited": "revision '002' was changed",
        "inserted": "revision '002' was changed",
        "env.py": "env.py was changed",
        "the file itself": "it was edited",
        "not wanted": None,
        "cosmetic": None,
    }
    if change == "edited":
        second.write_text(second.read_text().replace('op.execute("CREATE VIEW', 'op.execute("CREATE  VIEW'))
    elif change == "inserted":
        made.revise("0015", "001")
        second.write_text(second.read_text().replace("down_revision = '001'", "down_revision = '0015'"))
    elif change == "env.py":
        made.env.write_text(made.env.read_text() + "\nmore = 1\n")
    elif change == "the file itself":
        path.write_text(path.read_text().replace("one 0", "one 1"))
    elif change == "cosmetic":
        second.write_text(second.read_text() + "\n# a comment\n")
    events: list[Event] = []
    migrator = Migrator(project=made.root, url=sqlite.url.reveal(), sinks=[events.append])
    report = migrator.upgrade(use_snapshot=change != "not wanted")
    assert (report.snapshot is None) is (change != "cosmetic")
    notices = [event.text for event in events if isinstance(event, Notice)]
    expected = said[change]
    assert notices == [] if expected is None else expected in notices[0]
    assert kinds(sqlite)[-1] == (3, "it's; one 0")


def test_a_database_that_is_in_the_way_is_left_to_the_revisions(project: MakeProject, pg: Target) -> None:
    """What the server refuses of it leaves nothing behind; the revisions run and say what is the matter."""
    made = project(url=pg.url)
    write(made)
    Migrator(project=made.root, url=pg.url.reveal()).snapshot()
    pg.execute("CREATE VIEW named AS SELECT 1")
    events: list[Event] = []
    migrator = Migrator(project=made.root, url=pg.url.reveal(), sinks=[events.append])
    with pytest.raises(Exception, match="already exists"):
        migrator.upgrade()
    assert any(isinstance(event, Notice) and "was not to be had" in event.text for event in events)
    assert pg.rows("SELECT version_num FROM alembic_version") == [("001",)]


def test_rows_that_it_cannot_hold_are_noticed(project: MakeProject, sqlite: Target) -> None:
    """The proof compares rows, too: what a virtual table holds is not written, so there is no snapshot."""
    made = project(url=sqlite.url)
    search = 'op.execute("CREATE VIRTUAL TABLE search USING fts5(body)")\n'
    made.revise("001", None, upgrade=f"{search}op.execute(\"INSERT INTO search VALUES ('x')\")")
    migrator = Migrator(project=made.root, url=sqlite.url.reveal())
    with pytest.raises(UnprovenSnapshot, match='the rows differ: INSERT INTO "search"'):
        migrator.snapshot()
    assert not (made.env.parent / "snapshots").exists()


KILLED = """
import os, signal, sys
from limosa.engines import registry
from limosa.ledger.ledger import Ledger
from limosa.migrator import Migrator
place = sys.argv[3]
def at(name, original):
    def called(*arguments, **options):
        if name == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)
    return called
for name in ("listen", "hold_fence"):
    setattr(Ledger, name, at(name, getattr(Ledger, name)))
Migrator(project=sys.argv[1], url=sys.argv[2]).upgrade()
"""


@pytest.mark.parametrize("place", ["listen", "hold_fence"])
def test_kill_9_leaves_an_empty_or_a_whole_database(project: MakeProject, either: Target, place: str) -> None:
    """Wherever it dies, nothing of the user's is there, and the next call makes the whole."""
    made = project(url=either.url)
    write(made)
    migrator = Migrator(project=made.root, url=either.url.reveal())
    migrator.snapshot()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(made.root), either.url.reveal(), place], check=False
    )
    assert done.returncode == -9
    assert not {"kind", "thing", "alembic_version"} & either.tables()
    assert migrator.upgrade().snapshot_revisions == 2
    assert kinds(either)[0] == (1, "it's; one")


ENV = """
from alembic import context
from sqlalchemy import create_engine, text

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS meta"))
    connection.commit()
    context.configure(connection=connection, version_table_schema="meta")
    with context.begin_transaction():
        context.run_migrations()
"""


def test_several_heads_and_another_version_table(project: MakeProject, pg: Target) -> None:
    """All version rows are written, into the table where env.py looks for them."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE one (id integer)")')
    made.revise("a", "001", labels="left", upgrade='op.execute("CREATE SCHEMA sales")')
    made.revise("b", "001", upgrade='op.execute("CREATE TABLE two (id integer)")')
    made.env.write_text(ENV)
    migrator = Migrator(project=made.root, url=pg.url.reveal())
    assert migrator.snapshot().path.name == "a+b.postgresql.sql"
    report = migrator.upgrade("heads")
    assert (report.snapshot_revisions, report.after) == (3, ("a", "b"))
    assert sorted(pg.rows("SELECT version_num FROM meta.alembic_version")) == [("a",), ("b",)]
    assert migrator.upgrade("heads").steps == ()


def test_the_command(project: MakeProject, sqlite: Target, tmp_path: Path) -> None:
    """A person is told what was written, and that a database was made from it, or was not."""
    made = project(url=sqlite.url)
    write(made)
    shell = Shell(made.root, sqlite.url.reveal())
    page = shell.limosa("snapshot").stdout
    assert "wrote " in page
    assert "2 revisions, up to 002" in page
    assert "2 revisions from snapshot 002.sqlite.sql" in shell.limosa("upgrade").stdout
    sqlite.path.unlink()
    assert "2 revisions in" in shell.limosa("upgrade", "--no-snapshot").stdout
    with sqlite3.connect(tmp_path / "by-hand.db") as connection:  # it is plain SQL, but for our trigger
        connection.executescript((made.env.parent / "snapshots" / "002.sqlite.sql").read_text())
    connection.close()


def test_an_older_sqlite_is_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite cannot list its tables by kind, texts and names tell the same."""
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.executescript(
            "CREATE TABLE docs_extra (x); CREATE VIRTUAL TABLE docs USING fts5(body);"
            "CREATE TABLE w (k TEXT PRIMARY KEY) WITHOUT ROWID;"
            "INSERT INTO docs_extra VALUES (2), (1); INSERT INTO docs VALUES ('d');"
            "INSERT INTO w VALUES ('b'), ('a');"
        )
    connection.close()
    url = DatabaseURL("sqlite", database=str(tmp_path / "a.db"))
    table = VersionTable()
    found = []
    for suffix in ("", "_before_3_37"):
        monkeypatch.setattr(dump, "_BEFORE", suffix)
        told = (
            dump.DUMPER.schema(url, program=None),
            dump.DUMPER.rows(url, program=None, version_table=table),
        )
        found.append((*told, dump.DUMPER.contents(url, program=None, version_table=table)))
    assert found[0] == found[1]
    assert "docs_data" not in found[0][0]
    assert found[0][1].splitlines()[-1] == """INSERT INTO "w" ("k") VALUES ('b');"""


def test_a_script_leaves_the_session_as_it_was(pg: Target) -> None:
    """pg_dump's scripts empty the search path, which whoever loads them goes on with."""
    engine, dumper = engine_for(pg.url), dumper_for(pg.url)
    path = Query("SELECT current_setting('search_path')")
    with opened(engine, pg.url, limits=Limits(), application="test") as session:
        before = session.rows(path)
        dumper.load(session, "SELECT pg_catalog.set_config('search_path', '', false);")
        assert session.rows(path) == before
