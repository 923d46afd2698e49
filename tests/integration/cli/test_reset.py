"""``limosa reset``: down to nothing and up again, and nothing of anybody else's is touched."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell
from tests.integration.process import limosa, until

BROKEN = 'raise RuntimeError("no way down")'
TABLES = """
op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
op.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id))")
op.create_index("ix_child", "child", ["parent_id"])
"""
VIEW = """
op.execute("CREATE VIEW children AS SELECT id FROM child")
op.execute("INSERT INTO parent VALUES (1)")
"""
RICH = """
op.execute("CREATE EXTENSION citext")
op.execute("CREATE SCHEMA app")
op.execute("CREATE TYPE app.mood AS ENUM ('good')")
op.create_table("note", sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
                sa.Column("kind", sa.Enum("a", name="kind")), schema="app")
op.execute("ALTER TABLE app.note ADD mood app.mood, ADD serial_no serial, ADD name citext")
op.execute("CREATE TABLE app.parts (id int) PARTITION BY LIST (id)")
for n in (1, 2):
    op.execute(f"CREATE TABLE app.parts_{n} PARTITION OF app.parts FOR VALUES IN ({n})")
op.execute("CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql RETURN upper(t)")
op.execute("CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
op.execute("CREATE TRIGGER stamp BEFORE INSERT ON app.note FOR EACH ROW EXECUTE FUNCTION stamp()")
op.execute("CREATE MATERIALIZED VIEW app.loud AS SELECT shout(name) FROM app.note")
"""
ROWS = ("INSERT INTO child VALUES (7, 1)", "INSERT INTO parent VALUES (2)")


@pytest.fixture(params=["sqlite", "pg"])
def target(request: pytest.FixtureRequest) -> Target:
    """A fresh database on each engine."""
    found: Target = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def made(project: Callable[..., AlembicProject], target: Target) -> AlembicProject:
    """Two revisions without a way down."""
    made = project(url=target.url)
    made.revise("001", None, upgrade=TABLES, downgrade=BROKEN)
    made.revise("002", "001", upgrade=VIEW, downgrade=BROKEN)
    return made


@pytest.fixture
def shell(made: AlembicProject, target: Target) -> Shell:
    """At head, with rows, beside the tables of others."""
    shell = Shell(made.root)
    shell.limosa("upgrade", "--quiet")
    target.execute(*ROWS, "CREATE TABLE legacy (id INTEGER)", "INSERT INTO legacy VALUES (1)")
    if target.engine == "postgresql":
        target.execute("CREATE SCHEMA others", "CREATE TABLE others.child (id INTEGER)")
        target.execute("INSERT INTO others.child VALUES (1)")
    return shell


def is_whole(target: Target) -> bool:
    """Is everything as before the reset?"""
    return target.rows("SELECT id FROM child") == [(7,)] and target.rows("SELECT id FROM children") == [(7,)]


def test_down_to_nothing_and_up_again(shell: Shell, made: AlembicProject, target: Target) -> None:
    """The project's tables are new, others' rows are there, and the ledger has it all; twice."""
    report = shell.json("reset", "--yes")

    cleared = report["cleared"][0]
    prefix = "public." if target.engine == "postgresql" else ""
    assert sorted(one["name"] for one in cleared["dropped"]) == [
        f"{prefix}child", f"{prefix}children", f"{prefix}parent"
    ]  # fmt: skip
    assert [one["name"] for one in cleared["left"]] == [f"{prefix}legacy"]
    assert (cleared["before"], report["upgraded"]["after"]) == (["002"], ["002"])
    assert target.rows("SELECT id FROM parent") == [(1,)]
    assert target.rows("SELECT id FROM child") == []
    assert target.rows("SELECT id FROM legacy") == [(1,)]
    if target.engine == "postgresql":
        assert target.rows("SELECT id FROM others.child") == [(1,)]
    steps = [(one["direction"], one["revision"]) for one in shell.json("history", "--all")["ledger"]]
    assert steps == [
        ("upgrade", "002"), ("upgrade", "001"), ("reset", "base"), ("upgrade", "002"), ("upgrade", "001")
    ]  # fmt: skip
    assert made.alembic("current").stdout == "002 (head)\n"

    told = shell.limosa("reset", "--yes").stdout
    assert f"  dropped view {prefix}children\n" in told
    assert f"  left table {prefix}legacy, which no revision creates by name\n" in told
    assert "upgraded base -> 002: 2 revisions in " in told


@pytest.mark.parametrize(
    ("settings", "environment", "words"),
    [
        ("", "production", "environment 'production' may not be reset"),
        ("[environments.staging]\n", "staging", "environment 'staging' may not be reset"),
        ("[environments.test]\nallow_reset = false\n", "test", "allow_reset = false"),
        ("allow_reset = true\n", "development", "unknown setting 'allow_reset'"),
    ],
)
def test_refused_where_data_may_be_needed(
    shell: Shell, target: Target, settings: str, environment: str, words: str
) -> None:
    """Outside development no flag helps: exit code 2, and nothing is touched."""
    (shell.folder / "limosa.toml").write_text(settings)

    told = shell.limosa("reset", "--yes", "--everything", "--env", environment, code=2).stderr

    assert words in told
    assert "hint: " in told
    assert is_whole(target)


@pytest.mark.parametrize("yes", [(), ("--yes", "--everything")])
def test_database_of_another_environment(shell: Shell, target: Target, yes: tuple[str, ...]) -> None:
    """Production's database is refused under development's name, before anything is asked or dropped."""
    (shell.folder / "secret").write_text(url := target.url.reveal())
    table = '[environments.production]\nurl_file = "secret"\n'
    (shell.folder / "limosa.toml").write_text(table)

    told = shell.limosa("reset", *yes, "--url", url, code=2).stderr

    assert "is that of environment 'production', which may not be reset" in told
    assert "[environments.production]" in told
    assert is_whole(target)

    (shell.folder / "limosa.toml").write_text(f"{table}allow_reset = true\n")
    shell.limosa("reset", "--yes", "--url", url)
    assert target.rows("SELECT id FROM child") == []


def test_allowed_by_the_environment_itself(shell: Shell, target: Target) -> None:
    """A table in the settings may allow it for its own environment."""
    (shell.folder / "limosa.toml").write_text("[environments.staging]\nallow_reset = true\n")

    shell.limosa("reset", "--yes", "--env", "staging")

    assert target.rows("SELECT id FROM child") == []


def test_nobody_to_ask_is_a_no(shell: Shell, target: Target) -> None:
    """Without a terminal and without --yes nothing happens."""
    told = shell.limosa("reset", code=2).stderr

    assert "hint: limosa reset --yes\n" in told
    assert is_whole(target)


def test_what_others_hung_on_it_stops_it(shell: Shell, target: Target) -> None:
    """A view of somebody else's on our table: nothing is dropped; with --everything it goes, too."""
    target.execute("CREATE VIEW theirs AS SELECT id FROM parent")
    if target.engine == "sqlite":
        left = shell.json("reset", "--yes")["cleared"][0]["left"]
        assert [one["name"] for one in left] == ["legacy", "theirs"]
        assert target.rows("SELECT id FROM theirs") == [(1,)]
        return

    told = shell.limosa("reset", "--yes", code=1).stderr
    assert "view public.theirs" in told
    assert is_whole(target)
    assert target.rows("SELECT count(*) FROM limosa.run WHERE outcome = 'failed'") == [(1,)]

    shell.limosa("reset", "--yes", "--everything")
    assert "legacy" not in target.tables()
    assert "others.child" in target.tables()


def test_revision_that_is_gone_from_disk(shell: Shell, made: AlembicProject, target: Target) -> None:
    """What a revision of another branch made is known from the ledger, which keeps its text."""
    extra = made.revise("003", "002", upgrade='op.execute("CREATE TABLE extra (id INTEGER)")')
    shell.limosa("upgrade")
    extra.unlink()
    assert shell.json("status")["state"] == "ahead"

    shell.limosa("reset", "--yes")

    assert "extra" not in target.tables()
    assert shell.json("status")["state"] == "at_head"


def test_names_that_are_computed(shell: Shell, made: AlembicProject, target: Target) -> None:
    """What no text names is left and said so; --everything drops it."""
    dynamic = 'for n in ("a", "b"):\n    op.create_table("made_" + n, sa.Column("id", sa.Integer))'
    made.revise("003", "002", upgrade=dynamic)
    shell.limosa("upgrade")

    failed = shell.limosa("reset", "--yes", code=1)
    assert "already exists" in failed.stderr
    assert shell.json("status")["current"] == ["002"]

    shell.limosa("reset", "--yes", "--everything")
    assert shell.json("status")["state"] == "at_head"
    assert "legacy" not in target.tables()


def test_way_up_that_fails_is_gone_on_with(shell: Shell, made: AlembicProject, target: Target) -> None:
    """A revision that fails after the drop: it is whole at the one before, and a second run ends it."""
    path = made.revise("003", "002", upgrade='op.execute("INSERT INTO nowhere VALUES (1)")')

    told = shell.limosa("reset", "--yes", code=1).stderr
    assert "nowhere" in told
    assert target.rows("SELECT id FROM child") == []
    assert shell.json("status")["current"] == ["002"]

    path.unlink()
    shell.limosa("reset", "--yes")
    assert shell.json("status")["state"] == "at_head"


@pytest.mark.parametrize("target", ["pg"], indirect=True)
def test_killed_in_the_middle(shell: Shell, target: Target) -> None:
    """Killed while it drops, it has dropped nothing; run again, it does all of it."""
    patience = {"LIMOSA_LOCK_TIMEOUT_FIRST_MS": "60s", "LIMOSA_LOCK_TIMEOUT_MOST_MS": "60s"}
    with target.connect(autocommit=False) as reader:
        reader.execute("SELECT * FROM parent")
        with limosa("reset", "--yes", cwd=shell.folder, environment=patience) as process:
            until(lambda: target.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "the drop waits")
            process.popen.kill()
            assert process.end() < 0
    until(lambda: not target.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "the server has noticed")
    assert is_whole(target)
    assert shell.json("status")["current"] == ["002"]

    shell.limosa("reset", "--yes")
    assert target.rows("SELECT id FROM child") == []
    outcomes = target.rows("SELECT outcome FROM limosa.run WHERE direction = 'reset' ORDER BY number")
    assert outcomes == [("interrupted",), ("applied",)]


@pytest.mark.parametrize("target", ["pg"], indirect=True)
def test_interrupted_while_it_waits(shell: Shell, target: Target) -> None:
    """Ctrl-C while the drop waits for a table: exit code 130, and all is there."""
    patience = {"LIMOSA_LOCK_TIMEOUT_FIRST_MS": "60s", "LIMOSA_LOCK_TIMEOUT_MOST_MS": "60s"}
    with target.connect(autocommit=False) as reader:
        reader.execute("SELECT * FROM parent")
        with limosa("reset", "--yes", cwd=shell.folder, environment=patience) as process:
            until(lambda: target.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "the drop waits")
            process.popen.send_signal(signal.SIGINT)
            assert process.end() == 130, process.told
    assert "Traceback" not in process.told
    assert is_whole(target)


@pytest.mark.parametrize("target", ["pg"], indirect=True)
def test_somebody_who_reads_is_waited_for_and_named(shell: Shell, target: Target) -> None:
    """A table that is in use: tried again within the budget; then 7, who it is, and all is there."""
    (shell.folder / "limosa.toml").write_text("[limits]\nlock_budget_s = 0.5\n")
    with target.connect(autocommit=False) as reader:
        reader.execute("SELECT * FROM child")
        told = shell.limosa("reset", "--yes", code=7).stderr
    assert "held by pid" in told
    assert is_whole(target)
    shell.limosa("reset", "--yes")


@pytest.mark.parametrize("target", ["pg"], indirect=True)
def test_whatever_a_database_can_hold(shell: Shell, made: AlembicProject, target: Target) -> None:
    """Types, schemas, functions, partitions, extensions that revisions create go and come again."""
    made.revise("003", "002", upgrade=RICH)
    shell.limosa("upgrade")

    dropped = {str(one["name"]) for one in shell.json("reset", "--yes")["cleared"][0]["dropped"]}

    assert {"app", "app.mood", "app.note", "app.parts_1", "public.shout(text)", "citext"} <= dropped
    assert shell.json("status")["state"] == "at_head"
    assert target.rows("SELECT count(*) FROM others.child") == [(1,)]
