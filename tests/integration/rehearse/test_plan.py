"""A plan's statements are those of the executor, captured on a copy, while the database is only read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from limosa.errors import ConfigError, RevisionFailed
from limosa.migrator import Migrator
from limosa.model.plan import Plan, Touch
from limosa.model.revision import Direction
from limosa.scratch import programs
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target

FIRST = {
    "upgrade": """
        op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    """,
    "downgrade": 'op.drop_table("thing")',
}
READING = {
    "upgrade": """
        names = [row[0] for row in op.get_bind().execute(sa.text("SELECT name FROM thing"))]
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("thing")]
        assert columns == ["id", "name"], columns
        op.execute("INSERT INTO thing (id, name) VALUES (1, 'one')")
        op.add_column("thing", sa.Column(f"had_{len(names)}", sa.Integer))
    """,
    "downgrade": 'op.execute("DELETE FROM thing")',
}


def write(project: AlembicProject) -> None:
    """Write two revisions; the second reads the database."""
    project.revise("001", None, **FIRST)
    project.revise("002", "001", **READING)


def sent(plan: Plan, step: int) -> list[tuple[str, str]]:
    """Return the beginning of each statement of a step, and what it touches."""
    statements = plan.steps[step].statements
    assert statements is not None
    return [(" ".join(one.text.split()[:2]).upper(), one.touches.value) for one in statements]


def test_each_step_shows_what_it_sends(project: MakeProject, target: Target) -> None:
    """Also of a revision that reads data; the second call gives the same; the database stays where it was."""
    made = project(url=target.url)
    write(made)
    migrator = Migrator(project=made.root, url=target.url.reveal())
    migrator.upgrade("001")
    target.execute("INSERT INTO thing (id, name) VALUES (7, 'seven')")
    before = target.rows("SELECT * FROM thing"), target.tables()

    plan = migrator.plan(statements=True)

    assert [step.revision.id for step in plan.steps] == ["002"]
    found = sent(plan, 0)
    assert found[0] == ("SELECT NAME", "reads")
    assert found[-2:] == [("INSERT INTO", "changes rows"), ("ALTER TABLE", "changes the schema")]
    assert plan.steps[0].statements is not None
    assert plan.steps[0].statements[-1].text.endswith("had_0 INTEGER")
    assert (target.rows("SELECT * FROM thing"), target.tables()) == before
    assert migrator.plan(statements=True) == plan
    assert migrator.plan().steps[0].statements is None


def test_an_async_env_py(project: MakeProject, either: Target) -> None:
    """Asynchronous drivers are led to the copy, too."""
    made = project("async", url=either.url)
    write(made)
    plan = Migrator(project=made.root, url=either.url.reveal()).plan(statements=True)
    assert sent(plan, 1)[-1] == ("ALTER TABLE", "changes the schema")
    assert either.engine != "sqlite" or not either.path.exists()


def test_the_copy_is_made_without_a_word_to_the_database(project: MakeProject, either: Target) -> None:
    """Not a byte of a SQLite file changes, and PostgreSQL writes no log, makes no transaction and no file."""
    made = project(url=either.url)
    write(made)
    migrator = Migrator(project=made.root, url=either.url.reveal())
    migrator.upgrade("001")
    query = (
        "SELECT pg_stat_get_db_tuples_inserted(oid) + pg_stat_get_db_tuples_updated(oid) FROM pg_database "
    )
    changed = f"{query} WHERE datname = current_database()"

    def state() -> object:
        if either.engine == "sqlite":
            return hashlib.sha256(either.path.read_bytes()).hexdigest()
        either.execute("SELECT pg_stat_force_next_flush()")
        return either.rows(changed), either.rows("SELECT count(*) FROM pg_class")

    before = state()
    migrator.plan(statements=True)
    assert state() == before


def test_nothing_is_there_yet(project: MakeProject, either: Target) -> None:
    """An empty database is planned from nothing, and a SQLite file that is not there is not made."""
    made = project(url=either.url)
    write(made)
    plan = Migrator(project=made.root, url=either.url.reveal()).plan("001", statements=True)
    assert sent(plan, 0) == [("CREATE TABLE", "changes the schema")]
    assert either.engine != "sqlite" or not either.path.exists()


def test_the_way_down(project: MakeProject, either: Target) -> None:
    """Plans that go down are captured, too, newest first."""
    made = project(url=either.url)
    write(made)
    migrator = Migrator(project=made.root, url=either.url.reveal())
    migrator.upgrade()
    plan = migrator.plan("base", direction=Direction.DOWNGRADE, statements=True)
    assert sent(plan, 0) == [("DELETE FROM", "changes rows")]
    assert sent(plan, 1) == [("DROP TABLE", "changes the schema")]
    assert [row[0] for row in either.rows("SELECT version_num FROM alembic_version")] == ["002"]


def test_a_failing_revision_ends_the_plan(project: MakeProject, either: Target) -> None:
    """The typed error holds the plan up to there; what was not reached has no statements."""
    made = project(url=either.url)
    write(made)
    made.revise("003", "002", upgrade='op.execute("ALTER TABLE nothing ADD COLUMN x integer")')
    made.revise("004", "003")
    migrator = Migrator(project=made.root, url=either.url.reveal())
    with pytest.raises(RevisionFailed, match="on a scratch database") as caught:
        migrator.plan(statements=True)
    plan = caught.value.fields["plan"]
    assert [step.statements is None for step in plan.steps] == [False, False, False, True]
    assert plan.steps[2].statements[-1].text == "ALTER TABLE nothing ADD COLUMN x integer"
    assert caught.value.fields["line"] is not None
    assert "not touched" in (caught.value.hint or "")
    assert either.engine != "sqlite" or not either.path.exists()


def test_what_commits_by_itself_says_so(project: MakeProject, pg: Target) -> None:
    """CONCURRENTLY runs on the copy, outside a transaction, and later statements are in one again."""
    made = project(url=pg.url)
    made.revise("001", None, **FIRST)
    concurrently = """
        op.execute("SELECT 1")
        with op.get_context().autocommit_block():
            op.create_index("by_name", "thing", ["name"], postgresql_concurrently=True)
        op.execute("UPDATE thing SET name = 'x'")
    """
    made.revise("002", "001", upgrade=concurrently)
    plan = Migrator(project=made.root, url=pg.url.reveal()).plan(statements=True)
    statements = plan.steps[1].statements
    assert statements is not None
    assert [(one.in_transaction, one.touches) for one in statements] == [
        (True, Touch.READS),
        (True, Touch.READS),  # SQLAlchemy asks for the isolation level that it has to come back to
        (False, Touch.SCHEMA),
        (True, Touch.ROWS),
    ]


HARD_CODED = """
    url = {url!r}
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


def env_of(made: AlembicProject, body: str) -> None:
    """Write an env.py."""
    from textwrap import dedent  # noqa: PLC0415  # beside its only use

    made.env.write_text("import sqlalchemy as sa\nfrom alembic import context\n" + dedent(body))


def test_an_env_py_that_knows_its_database_itself_is_led_to_the_copy(
    project: MakeProject, either: Target
) -> None:
    """It asks SQLAlchemy for its own database and is given the copy; its own stays as it was."""
    made = project()
    env_of(made, HARD_CODED.format(url=either.url.reveal()))
    write(made)
    migrator = Migrator(project=made.root)
    migrator.upgrade("001")
    tables = either.tables()
    plan = migrator.plan(statements=True)
    assert sent(plan, 0)[-1] == ("ALTER TABLE", "changes the schema")
    assert either.tables() == tables
    assert either.rows("SELECT version_num FROM alembic_version") == [("001",)]


def test_a_connection_to_anywhere_else_is_refused(
    project: MakeProject, sqlite: Target, tmp_path: Path
) -> None:
    """A revision that opens another database by itself is stopped before it is connected."""
    other = tmp_path / "other.db"
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade=f'sa.create_engine("sqlite:///{other}").connect()')
    with pytest.raises(ConfigError, match=r"connects to '.*other\.db' \(sqlite\), which is not the database"):
        Migrator(project=made.root, url=sqlite.url.reveal()).plan(statements=True)
    assert not other.exists()


def test_an_env_py_that_connects_past_sqlalchemy_is_refused(
    project: MakeProject, sqlite: Target, tmp_path: Path
) -> None:
    """A creator of its own cannot be led elsewhere; it is found out before anything is sent."""
    own = tmp_path / "own.db"
    made = project(url=sqlite.url)
    write(made)
    migrator = Migrator(project=made.root, url=sqlite.url.reveal())
    migrator.upgrade("001")
    own.write_bytes(sqlite.path.read_bytes())  # with a ledger, a run's number and an identity like the copy's
    content = own.read_bytes()
    creator = f"creator=lambda: __import__('sqlite3').connect({str(own)!r})"
    env_of(made, HARD_CODED.format(url="sqlite://").replace("(url)", f"(url, {creator})"))
    with pytest.raises(ConfigError, match=r"env\.py connects to"):
        migrator.plan(statements=True)
    assert own.read_bytes() == content


def test_other_threads_go_where_they_always_went(project: MakeProject, sqlite: Target) -> None:
    """While a plan is captured, the application's connections lead to its own database."""
    made = project(url=sqlite.url)
    body = f"""
        import threading
        from sqlalchemy import create_engine, text
        found = []
        def look():
            with create_engine({sqlite.url.reveal()!r}).connect() as connection:
                found.append(connection.execute(text("SELECT count(*) FROM rows")).scalar())
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert found == [1], found
        op.execute("SELECT 2")
    """
    made.revise("001", None, upgrade=body)
    sqlite.execute("CREATE TABLE rows (id integer)", "INSERT INTO rows VALUES (1)")
    plan = Migrator(project=made.root, url=sqlite.url.reveal()).plan(statements=True)
    assert sent(plan, 0) == [("SELECT 2", "reads")]


def test_a_schema_with_everything_in_it_is_copied(project: MakeProject, sqlite: Target) -> None:
    """Views, triggers, virtual tables, generated columns and odd names come along, and no row."""
    sqlite.execute(
        """CREATE TABLE "a ""b;c" (id INTEGER PRIMARY KEY AUTOINCREMENT, x, y AS (x || ';') STORED)""",
        'CREATE INDEX "i;" ON "a ""b;c" (x) WHERE x IS NOT NULL',
        'CREATE VIEW v AS SELECT x FROM "a ""b;c"',
        """CREATE TRIGGER t INSTEAD OF INSERT ON v
           BEGIN INSERT INTO "a ""b;c" (x) VALUES ('a;b'); SELECT 1; END""",
        "CREATE VIRTUAL TABLE search USING fts5(body)",
        "INSERT INTO v VALUES (1)",
    )
    made = project(url=sqlite.url)
    body = """
        ask = lambda query: op.get_bind().execute(sa.text(query)).scalar()
        assert ask("SELECT (SELECT count(*) FROM v) + (SELECT count(*) FROM search)") == 0
        names = ask("SELECT group_concat(name, ' ') FROM sqlite_master")
        assert "i;" in names and "search_idx" in names, names
        op.execute("INSERT INTO v VALUES (2)")
    """
    made.revise("001", None, upgrade=body)
    plan = Migrator(project=made.root, url=sqlite.url.reveal()).plan(statements=True)
    assert sent(plan, 0)[-1] == ("INSERT INTO", "changes rows")


def test_roles_and_schemas_come_along(project: MakeProject, pg: Target) -> None:
    """Owners and grants lean on roles, which the copy's server is given."""
    role = f"reader_{pg.url.database}"
    pg.execute(f'CREATE ROLE "{role}"', "CREATE SCHEMA sales", "CREATE TABLE sales.item (id integer)")
    try:
        pg.execute(f'GRANT SELECT ON sales.item TO "{role}"', f'ALTER TABLE sales.item OWNER TO "{role}"')
        made = project(url=pg.url)
        made.revise("001", None, upgrade=f"""op.execute('GRANT UPDATE ON sales.item TO "{role}"')""")
        plan = Migrator(project=made.root, url=pg.url.reveal()).plan(statements=True)
        assert plan.captured_on == "pg_dump --schema-only"
        assert sent(plan, 0) == [("GRANT UPDATE", "changes the schema")]
    finally:
        pg.execute("DROP TABLE sales.item", f'DROP ROLE "{role}"')


def test_without_pg_dump_the_revisions_are_replayed(
    project: MakeProject, pg: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no fitting program is there, the copy is made from base, and the plan says so."""
    monkeypatch.setattr(programs, "_programs", lambda _: ())
    made = project(url=pg.url)
    write(made)
    migrator = Migrator(project=made.root, url=pg.url.reveal())
    migrator.upgrade("001")
    plan = migrator.plan(statements=True)
    assert plan.captured_on is not None
    assert plan.captured_on.startswith("the revisions up to 001, run from base, because no pg_dump")
    assert sent(plan, 0)[-1] == ("ALTER TABLE", "changes the schema")


def test_no_password_is_shown_by_the_program(
    project: MakeProject, pg: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password reaches pg_dump by its environment; its arguments do not hold it."""
    seen = tmp_path / "arguments"
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {seen}\ntest -n "$PGPASSWORD" && echo "-- nothing"\n')
    program.chmod(0o755)
    monkeypatch.setattr(programs, "_programs", lambda _: ((99, program),))
    made = project(url=pg.url)
    made.revise("001", None, **FIRST)
    Migrator(project=made.root, url=pg.url.reveal()).plan(statements=True)
    assert pg.url.password is not None
    assert pg.url.database is not None
    assert pg.url.database in seen.read_text()
    assert pg.url.password.reveal() not in seen.read_text()
