"""The ledger says who did what, when, from where to where, how long and how it ended, whoever did it."""

from __future__ import annotations

import getpass
import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import psycopg
import pytest

from limosa.errors import RevisionFailed
from limosa.migrator import Migrator
from limosa.model.history import LedgerEntry
from limosa.model.url import DatabaseURL, Secret
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target

CREATE = 'op.create_table("pigeons", sa.Column("ring", sa.Integer, primary_key=True))'
WIDEN = 'op.add_column("pigeons", sa.Column("loft", sa.String(20)))'
FAIL = f'{WIDEN}\nop.execute("INSERT INTO nowhere VALUES (1)")'


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def made(project: MakeProject, engine: Target) -> AlembicProject:
    """A project with two revisions."""
    made = project(url=engine.url)
    made.revise("r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")')
    made.revise("r2", "r1", upgrade=WIDEN, downgrade='op.drop_column("pigeons", "loft")')
    return made


def limosa(made: AlembicProject) -> Migrator:
    """Open the project anew."""
    return Migrator(project=made.root)


def own(target: Target, query: str) -> list[tuple[Any, ...]]:
    """Query our tables from outside."""
    return target.rows(query.replace("limosa.", "limosa_") if target.engine == "sqlite" else query)


def time_of(text: str | None) -> datetime:
    """Read a time of the ledger; it is in UTC."""
    assert text is not None
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_every_step_of_ours_is_told_whole(made: AlembicProject, engine: Target) -> None:
    """Who, when, from, to, how long, outcome and checksum are the run's, and the source is what ran."""
    before = datetime.now(UTC)
    report = limosa(made).upgrade()
    after = datetime.now(UTC)

    second, first = limosa(made).record()
    graph = limosa(made).graph
    for entry, step in ((first, report.steps[0]), (second, report.steps[1])):
        assert (entry.revision, entry.direction, entry.outcome) == (step.revision, "upgrade", "applied")
        assert (entry.actor, entry.host, entry.pid) == (getpass.getuser(), socket.gethostname(), os.getpid())
        assert (entry.run, entry.tool) == (report.number, f"limosa {version('limosa')}")
        assert entry.checksum == graph.revisions[step.revision].checksum
        assert entry.error is None
        assert before <= time_of(entry.started_at) <= time_of(entry.finished_at) <= after
        assert entry.duration_s == pytest.approx(step.duration_s)
    assert (first.from_versions, first.to_versions) == ((), ("r1",))
    assert (second.from_versions, second.to_versions) == (("r1",), ("r2",))
    for revision, path, body, digest in own(
        engine,
        "SELECT e.revision, s.path, s.body, s.digest "
        "FROM limosa.entry e JOIN limosa.source s ON s.digest = e.source",
    ):
        on_disk = graph.revisions[revision].path
        assert (path, body) == (str(on_disk), on_disk.read_text())
        assert digest == hashlib.sha256(body.encode()).hexdigest()
    assert own(engine, "SELECT count(*) FROM limosa.source") == [(2,)]


def test_every_run_is_told(made: AlembicProject, engine: Target) -> None:
    """A run's row has its own beginning, end and outcome; to find nothing to do writes nothing."""
    up = limosa(made).upgrade()
    down = limosa(made).downgrade("-1")
    stamp = limosa(made).stamp("r2")
    assert limosa(made).upgrade().number is None

    runs = own(
        engine, "SELECT number, direction, requested, before, after, outcome FROM limosa.run ORDER BY 1"
    )
    assert runs == [
        (up.number, "upgrade", "head", "", "r2", "applied"),
        (down.number, "downgrade", "-1", "r2", "r1", "applied"),
        (stamp.number, "stamp", "r2", "r1", "r2", "applied"),
    ]
    entries = limosa(made).record()
    assert [(e.direction, e.revision, e.from_versions, e.to_versions) for e in entries[:2]] == [
        ("stamp", "r2", ("r1",), ("r2",)),
        ("downgrade", "r2", ("r2",), ("r1",)),
    ]


def test_failed_step_is_recorded(made: AlembicProject, engine: Target) -> None:
    """The step is undone and its entry stays: outcome, the sentence that was told, and where things stand."""
    limosa(made).upgrade("r1")
    (made.versions / "r2_revision_r2.py").unlink()
    made.revise("r2", "r1", upgrade=FAIL, downgrade="pass")
    with pytest.raises(RevisionFailed) as caught:
        limosa(made).upgrade()

    failed = limosa(made).record()[0]
    assert (failed.revision, failed.direction, failed.outcome) == ("r2", "upgrade", "failed")
    assert (failed.from_versions, failed.to_versions) == (("r1",), ("r1",))
    assert failed.error == caught.value.message
    assert failed.duration_s is not None
    run = own(engine, "SELECT outcome, after, error FROM limosa.run ORDER BY number DESC LIMIT 1")
    assert run == [("failed", "r1", caught.value.message)]
    assert engine.rows("SELECT * FROM pigeons") == []

    made.revise("r2", "r1", upgrade=WIDEN, downgrade="pass")
    limosa(made).upgrade()
    assert [(e.revision, e.outcome) for e in limosa(made).record()] == [
        ("r2", "applied"),
        ("r2", "failed"),
        ("r1", "applied"),
    ]


def test_what_plain_alembic_did_is_recorded(made: AlembicProject, engine: Target) -> None:
    """The trigger notes the move at once, reading names its revision, and the next run keeps its source."""
    limosa(made).upgrade("r1")
    before = datetime.now(UTC).replace(microsecond=0)
    made.alembic("upgrade", "head")

    noted = limosa(made).record()[0]
    assert own(engine, f"SELECT revision FROM limosa.entry WHERE seq = {noted.seq}") == [(None,)]
    assert (noted.revision, noted.tool, noted.outcome) == ("r2", "alembic", "applied")
    assert (noted.from_versions, noted.to_versions) == (("r1",), ("r2",))
    assert before <= time_of(noted.finished_at) <= datetime.now(UTC)
    if engine.engine == "postgresql":
        assert noted.actor == engine.url.username
        assert noted.duration_s is not None

    limosa(made).downgrade("-1")
    named = next(e for e in limosa(made).record() if e.tool == "alembic")
    assert (named.seq, named.revision, named.direction) == (noted.seq, "r2", "upgrade")
    assert named.checksum == limosa(made).graph.revisions["r2"].checksum
    assert own(
        engine, f"SELECT count(*) FROM limosa.entry WHERE seq = {named.seq} AND source IS NOT NULL"
    ) == [(1,)]


def test_each_move_of_plain_alembic_is_named(made: AlembicProject, engine: Target) -> None:
    """What plain Alembic does is written down move by move, also through the base and past a revision."""
    limosa(made).upgrade()
    made.alembic("downgrade", "base")
    made.alembic("upgrade", "r1")
    made.revise("r3", "r2")
    made.alembic("stamp", "r3")
    made.alembic("stamp", "r1")
    limosa(made).upgrade("r2")

    assert [told(e) for e in limosa(made).record()] == [
        ("limosa", "r2", "upgrade", ("r1",), ("r2",)),
        ("alembic", "r1", "stamp", ("r3",), ("r1",)),
        ("alembic", "r3", "stamp", ("r1",), ("r3",)),
        ("alembic", "r1", "upgrade", (), ("r1",)),
        ("alembic", "r1", "downgrade", ("r1",), ()),
        ("alembic", "r2", "downgrade", ("r2",), ("r1",)),
        ("limosa", "r2", "upgrade", ("r1",), ("r2",)),
        ("limosa", "r1", "upgrade", (), ("r1",)),
    ]
    assert engine.rows("SELECT version_num FROM alembic_version") == [("r2",)]


def told(entry: LedgerEntry) -> tuple[Any, ...]:
    """Pick what a person reads first."""
    return (
        entry.tool.split()[0],
        entry.revision,
        entry.direction,
        entry.from_versions,
        entry.to_versions,
    )


def test_undone_move_of_plain_alembic_leaves_no_entry(made: AlembicProject, engine: Target) -> None:
    """The trigger writes in the transaction of the move, so a rolled back move is not told."""
    limosa(made).upgrade("r1")
    with engine.connect(autocommit=False) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r2'")
        connection.rollback()

    assert len(limosa(made).record()) == 1


@pytest.fixture
def deployer(pg: Target) -> Iterator[DatabaseURL]:
    """A role that may change the project's tables, and has no right at all on our schema."""
    name = f"deployer_{secrets.token_hex(4)}"
    pg.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD 'one'",
        f"GRANT CREATE, USAGE ON SCHEMA public TO {name}",
    )
    yield replace(pg.url, username=name, password=Secret("one"))
    pg.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_role_without_rights_on_our_schema(project: MakeProject, pg: Target, deployer: DatabaseURL) -> None:
    """A role that may not write our schema migrates with plain Alembic, and is in the ledger by name."""
    made = project(url=pg.url)
    made.revise("r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")')
    made.revise("r2", "r1", upgrade='op.create_table("lofts", sa.Column("id", sa.Integer))')
    limosa(made).upgrade("r1")
    pg.execute(f"GRANT ALL ON alembic_version TO {deployer.username}")
    with psycopg.connect(deployer.with_driver(None).reveal(), autocommit=True) as connection:
        for statement in (
            "SELECT * FROM limosa.entry",
            "DELETE FROM limosa.entry",
            "SELECT limosa.note_version()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)

    made.set_url(deployer)
    made.alembic("upgrade", "head")

    made.set_url(pg.url)
    entry = limosa(made).record()[0]
    assert (entry.tool, entry.actor, entry.to_versions) == ("alembic", deployer.username, ("r2",))
    owner = pg.rows("SELECT tableowner::text FROM pg_tables WHERE tablename = 'lofts'")
    assert owner == [(deployer.username,)]


def test_what_plain_alembic_did_over_a_merge(project: MakeProject, engine: Target) -> None:
    """Rows that vanish into a merge are its upgrade and no downgrades; and back; as read and as kept."""
    made = project(url=engine.url)
    made.revise("a1", None)
    limosa(made).upgrade()
    made.revise("b1", "a1")
    made.revise("c1", "a1")
    made.revise("m1", ("b1", "c1"))
    made.alembic("upgrade", "head")
    made.alembic("downgrade", "b1")

    wanted = ["b1 upgrade", "c1 upgrade", *["m1 upgrade"] * 2, *["m1 downgrade"] * 2]
    read = [f"{e.revision} {e.direction}" for e in reversed(limosa(made).record()) if e.tool == "alembic"]
    assert sorted(read[:2]) == wanted[:2]
    assert read[2:6] == wanted[2:]
    limosa(made).upgrade()
    assert [f"{e.revision} {e.direction}" for e in reversed(limosa(made).record())][1:-1] == read
