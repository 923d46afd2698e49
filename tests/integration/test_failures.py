"""When something is wrong the command says what, where and what next, with its code, and changes nothing."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from limosa.migrator import Migrator
from limosa.model.url import DatabaseURL, Secret
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.cli.shell import LIMOSA, Shell
from tests.integration.process import variables

CANARY = "c4n4ry/p%ss@word"
CANARIES = re.compile(r"c4n4ry|p%ss|p%25ss|ss@word|ss%40word")
CREATE = 'op.create_table("pigeons", sa.Column("ring", sa.Integer, primary_key=True))'
FAILING = """
op.execute("CREATE TABLE half_done (id integer)")
op.execute("INSERT INTO pigeons VALUES (1)")
op.execute("INSERT INTO nowhere VALUES (1)")
"""
# root may write everywhere unless it gives up that capability; for others the call fails and changes nothing
WITHOUT_ROOTS_RIGHTS = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a call of the command answered, plain, with --verbose and with --json."""

    message: str
    hint: str
    code: str
    fields: dict[str, Any]


def failing(
    made: AlembicProject, *arguments: str, code: int, url: DatabaseURL | None = None, lowered: bool = False
) -> Told:
    """Call the command, plain and with all it can tell: it ends with this code and keeps the password."""
    environment = variables() if url is None else variables(LIMOSA_URL=url.reveal())
    prefix = [sys.executable, "-c", WITHOUT_ROOTS_RIGHTS] if lowered else []

    def call(*more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*prefix, *LIMOSA, *arguments, *more],
            cwd=made.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done
        assert not CANARIES.search(done.stdout + done.stderr), done
        return done

    talkative = call("--verbose", "--json")
    document = json.loads(talkative.stdout)["error"]
    assert "Traceback" in talkative.stderr
    assert document["exit_code"] == code
    given = () if url is None else ("--url", url.reveal())
    # in this process it takes a tenth of the time
    plain = call() if lowered else Shell(made.root).limosa(*arguments, *given, code=code)
    assert not CANARIES.search(plain.stdout + plain.stderr)
    assert "Traceback" not in plain.stdout + plain.stderr
    assert f"error: {document['message']}\n" in plain.stderr
    assert f"hint: {document['hint']}\n" in plain.stderr
    return Told(document["message"], document["hint"], document["code"], document["fields"])


def contents(target: Target) -> dict[str, Any]:
    """The rows of all tables but ours."""
    return {
        table: sorted(target.rows(f"SELECT * FROM {table}"))
        for table in target.tables()
        if not table.startswith("limosa")
    }


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def canary(pg: Target) -> Iterator[DatabaseURL]:
    """The URL of a user whose password must not be seen anywhere."""
    name = f"pigeon_{secrets.token_hex(4)}"
    pg.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD '{CANARY}'",
        f"GRANT ALL ON DATABASE {pg.url.database} TO {name}",
        f"GRANT ALL ON SCHEMA public TO {name}",
    )
    yield replace(pg.url, username=name, password=Secret(CANARY))
    pg.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def as_query(url: DatabaseURL) -> DatabaseURL:
    """Return the same URL with its password among the parameters."""
    assert url.password is not None
    return replace(url, password=None, secrets=(("password", url.password),))


def test_revision_that_fails_midway(project: MakeProject, engine: Target) -> None:
    """The sentence has the revision, the database's words, the statement and the line; the step is undone."""
    made = project(url=engine.url)
    made.revise("r1", None, upgrade=CREATE)
    path = made.revise("r2", "r1", upgrade=FAILING)
    Migrator(project=made.root).upgrade("r1")
    before = contents(engine)

    told = failing(made, "upgrade", code=1)

    line = 1 + path.read_text().splitlines().index('    op.execute("INSERT INTO nowhere VALUES (1)")')
    assert told.code == "revision-failed"
    assert told.message.startswith("the upgrade of 'r2' (revision r2) failed: the database refused: ")
    assert "nowhere" in told.message
    assert "in: INSERT INTO nowhere VALUES (1)" in told.message
    assert f"[{path}:{line}]; it was undone" in told.message
    assert told.hint == f"mend {path}:{line}, then run 'limosa upgrade r2' again"
    assert (told.fields["revision"], told.fields["path"], told.fields["line"]) == ("r2", str(path), line)
    assert contents(engine) == before


def test_revision_whose_own_python_fails(project: MakeProject, engine: Target) -> None:
    """An exception of the revision's own is told by its name and line, in a downgrade as well."""
    made = project(url=engine.url)
    path = made.revise(
        "r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")\nraise KeyError("loft")'
    )
    Migrator(project=made.root).upgrade()
    before = contents(engine)

    told = failing(made, "downgrade", "base", "--yes", code=1)

    line = 1 + path.read_text().splitlines().index('    raise KeyError("loft")')
    assert (
        told.message
        == f"the downgrade of 'r1' (revision r1) failed: KeyError: 'loft' [{path}:{line}]; it was undone"
    )
    assert told.hint == f"mend {path}:{line}, then run 'limosa downgrade -1' again"
    assert contents(engine) == before


def test_revision_that_fails_behind_an_autocommit_block(project: MakeProject, pg: Target) -> None:
    """What was committed in its middle is said to be kept, and the mended revision goes on from there."""
    made = project(url=pg.url)
    made.revise("r1", None, upgrade=CREATE)
    block = """
    with op.get_context().autocommit_block():
        op.create_index("by_ring", "pigeons", ["ring"], postgresql_concurrently=True)
    op.execute("INSERT INTO {table} VALUES (1)")
    """
    made.revise("r2", "r1", upgrade=block.format(table="nowhere"))

    told = failing(made, "upgrade", code=1)

    assert "its earlier part is kept and is passed over next time" in told.message
    made.revise("r2", "r1", upgrade=block.format(table="pigeons"))
    assert Migrator(project=made.root).upgrade().after == ("r2",)
    assert pg.rows("SELECT ring FROM pigeons") == [(1,)]


@pytest.mark.parametrize(("given", "place"), [("LIMOSA_URL", "query"), ("ini", "password")])
def test_no_secret_of_a_connection_that_works(
    project: MakeProject, pg: Target, canary: DatabaseURL, given: str, place: str
) -> None:
    """A failing revision that even raises its URL shows no password: not on screen, not in the ledger."""
    url = as_query(canary) if place == "query" else canary
    made = project(url=url if given == "ini" else None)
    made.revise("r1", None, upgrade=CREATE)
    raising = f"print('the URL is', {url.reveal()!r})\nraise RuntimeError('cannot use ' + {url.reveal()!r})"
    made.revise("r2", "r1", upgrade=raising)

    told = failing(made, "upgrade", code=1, url=url if given == "LIMOSA_URL" else None)

    assert "RuntimeError: cannot use postgresql+psycopg://" in told.message
    assert "***" in told.message
    assert pg.rows("SELECT version_num FROM alembic_version") == [("r1",)]
    kept = pg.rows("SELECT error FROM limosa.run UNION ALL SELECT error FROM limosa.entry")
    assert "cannot use" in str(kept)
    assert not CANARIES.search(str(kept))


UNREACHABLE: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "wrong password": (
        {"password": Secret("c4n4ry-wrong")},
        "access-denied",
        "refuses user",
        "check user and password",
    ),
    "unknown host": (
        {"host": "no-such-host.invalid"},
        "unreachable",
        "no-such-host.invalid",
        "host and port",
    ),
    "closed port": ({"port": 1}, "unreachable", "Connection refused", "host and port"),
    "missing database": (
        {"database": "no_such_db"},
        "unreachable",
        "does not exist",
        "createdb 'no_such_db'",
    ),
}


@pytest.mark.parametrize(
    ("what", "place"), [*((what, "password") for what in sorted(UNREACHABLE)), ("wrong password", "query")]
)
def test_server_that_cannot_be_used(project: MakeProject, canary: DatabaseURL, what: str, place: str) -> None:
    """Which server, and why not, and what to do about it: in a sentence without the password."""
    change, code, words, hint = UNREACHABLE[what]
    url = replace(canary, **change)
    made = project()
    made.revise("r1", None, upgrade=CREATE)

    told = failing(made, "upgrade", code=1, url=as_query(url) if place == "query" else url)

    assert told.code == code
    assert told.message.startswith("PostgreSQL at postgresql+psycopg://")
    assert words in told.message
    assert hint in told.hint


def test_file_that_is_no_database(project: MakeProject, sqlite: Target) -> None:
    """The file is named and left byte for byte as it was, and nothing is put beside it."""
    made = project(url=sqlite.url)
    made.revise("r1", None, upgrade=CREATE)
    sqlite.path.write_bytes(b"these are my notes\n" * 300)
    before = sorted(sqlite.path.parent.iterdir())

    told = failing(made, "upgrade", code=1)

    assert told.message == f"the file '{sqlite.path}' is not a SQLite database: file is not a database"
    assert "check the path" in told.hint
    assert sqlite.path.read_bytes() == b"these are my notes\n" * 300
    assert sorted(sqlite.path.parent.iterdir()) == before


def test_file_that_is_damaged(project: MakeProject, sqlite: Target) -> None:
    """A database whose pages are garbage is told as such, in a sentence."""
    made = project(url=sqlite.url)
    made.revise("r1", None, upgrade=CREATE)
    made.revise("r2", "r1", upgrade='op.add_column("pigeons", sa.Column("loft", sa.Text))')
    Migrator(project=made.root).upgrade("r1")
    with sqlite.path.open("r+b") as file:
        file.seek(100)
        file.write(secrets.token_bytes(1) * 3900)
    before = sqlite.path.read_bytes()

    told = failing(made, "upgrade", code=1)

    assert str(sqlite.path) in told.message
    assert "malformed" in told.message
    assert sqlite.path.read_bytes() == before


@pytest.fixture
def frozen(project: MakeProject, tmp_path: Path) -> Iterator[tuple[AlembicProject, Target]]:
    """A project whose SQLite file lies in a folder of its own, migrated to r1, with r2 to come."""
    (tmp_path / "frozen").mkdir()
    target = sqlite_target(tmp_path / "frozen")
    made = project(url=target.url)
    made.revise("r1", None, upgrade=CREATE)
    made.revise("r2", "r1", upgrade='op.add_column("pigeons", sa.Column("loft", sa.Text))')
    Migrator(project=made.root).upgrade("r1")
    yield made, target
    target.path.parent.chmod(0o755)


@pytest.mark.parametrize("what", ["folder", "file"])
def test_sqlite_without_the_right_to_write(frozen: tuple[AlembicProject, Target], what: str) -> None:
    """A read-only folder or file is named, with what to do, and stays as it was."""
    made, target = frozen
    locked = target.path.parent if what == "folder" else target.path
    before = target.path.read_bytes()
    locked.chmod(0o555 if what == "folder" else 0o444)

    told = failing(made, "upgrade", code=1, lowered=True)

    assert told.code == "access-denied"
    assert str(locked) in told.message
    assert re.search("writable|permissions", told.hint)
    locked.chmod(0o755)
    assert target.path.read_bytes() == before
    assert [path.name for path in target.path.parent.iterdir()] == [target.path.name]
    assert Migrator(project=made.root).upgrade().after == ("r2",)


def test_folder_that_is_not_there(project: MakeProject, tmp_path: Path) -> None:
    """A SQLite file in a folder that does not exist: the folder is named, and not made."""
    made = project(url=f"sqlite:///{tmp_path}/nowhere/data.db")
    made.revise("r1", None, upgrade=CREATE)

    told = failing(made, "upgrade", code=1)

    assert str(tmp_path / "nowhere") in told.message
    assert not (tmp_path / "nowhere").exists()


def test_unknown_revision_in_the_database(project: MakeProject, engine: Target) -> None:
    """A version that no file has ends with 10; it is named, and nothing is touched."""
    made = project(url=engine.url)
    made.revise("r1", None, upgrade=CREATE)
    Migrator(project=made.root).upgrade()
    made.revise("r2", "r1", upgrade='op.create_table("lofts", sa.Column("id", sa.Integer))')
    engine.execute("UPDATE alembic_version SET version_num = 'f00d'")
    before = contents(engine)

    for arguments in (("upgrade",), ("downgrade", "base", "--yes")):
        told = failing(made, *arguments, code=10)
        assert told.code == "ahead"
        assert "'f00d'" in told.message
        assert told.hint
    assert contents(engine) == before
    state = subprocess.run(
        [*LIMOSA, "status", "--json"],
        cwd=made.root,
        env=variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(state.stdout)["state"] == "ahead"


def test_two_heads(project: MakeProject, engine: Target) -> None:
    """Both heads are named with their files; nothing is run until one is chosen."""
    made = project(url=engine.url)
    made.revise("r1", None, upgrade=CREATE)
    paths = [made.revise(name, "r1") for name in ("left", "right")]

    told = failing(made, "upgrade", code=1)

    assert told.code == "several-heads"
    assert all(name in told.message for name in ("left", "right"))
    assert sorted(told.fields["paths"]) == sorted(map(str, paths))
    assert "heads" in told.hint
    assert engine.engine == "sqlite" or engine.tables() == set()
    assert engine.engine == "postgresql" or not engine.path.exists()
    assert Migrator(project=made.root).upgrade("heads").after == ("left", "right")


def test_missing_script(project: MakeProject, sqlite: Target) -> None:
    """A file that stands on a revision without a file is named together with what it lacks."""
    made = project(url=sqlite.url)
    path = made.revise("r2", "r1", upgrade=CREATE)

    told = failing(made, "upgrade", code=1)

    assert "'r1'" in told.message
    assert str(path) in told.message + str(told.fields)
    assert told.hint
    assert not sqlite.path.exists()


def test_revision_that_does_not_exist(project: MakeProject, sqlite: Target) -> None:
    """A target that no file answers to is a slip of the caller's: exit code 2, and nothing is touched."""
    made = project(url=sqlite.url)
    made.revise("r1", None, upgrade=CREATE)

    told = failing(made, "upgrade", "r9", code=2)

    assert told.code == "revision-not-found"
    assert "'r9'" in told.message
    assert not sqlite.path.exists()


@pytest.mark.parametrize("kind", ["syntax", "import"])
def test_broken_env_py(project: MakeProject, sqlite: Target, kind: str) -> None:
    """An env.py that cannot run is a failure told in a sentence, and the database stays empty."""
    made = project(url=sqlite.url)
    made.revise("r1", None, upgrade=CREATE)
    made.env.write_text(
        {"syntax": "def (\n", "import": "import no_such_module_at_all\n"}[kind] + made.env.read_text()
    )

    told = failing(made, "upgrade", code=1)

    assert {"syntax": "SyntaxError", "import": "no_such_module_at_all"}[kind] in told.message
    assert not sqlite.path.exists() or "pigeons" not in sqlite.tables()
