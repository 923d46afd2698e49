"""A look at PostgreSQL through libpq itself sees and tells what one through psycopg does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.engines.postgresql import libpq
from limosa.engines.postgresql.looking import _quick_connection
from limosa.engines.postgresql.place import parameters
from limosa.engines.postgresql.session import connect
from limosa.engines.queries import numbered
from limosa.errors import Unreachable
from limosa.model.limits import Limits
from limosa.model.session import Query
from limosa.model.url import DatabaseURL, Secret
from tests.fixtures.graphs import write_revision
from tests.fixtures.targets import Target

LIMITS = Limits(connect_s=2.0)
RUN = "import sys; {first}; from limosa.cli.main import main; code = main({words!r}); {last}; sys.exit(code)"


def quick(url: DatabaseURL) -> libpq.Connection:
    """Connect without psycopg."""
    given = {k: str(v) for k, v in parameters(url, limits=LIMITS, application="limosa").items()}
    return libpq.Connection(given, timeout_s=2)


QUERIES: list[tuple[str, dict[str, str | int | None]]] = [
    ("SELECT 1, CAST(2 AS bigint), true, false, NULL, 'ü', CAST(1.5 AS float8), CAST('n' AS name)", {}),
    ("SELECT CAST(:a AS text), CAST(:b AS text), CAST(:a AS text)", {"a": "'; DROP TABLE x --", "b": None}),
    ("SELECT relname FROM pg_class WHERE relname = :name AND relkind = 'r'", {"name": "pg_class"}),
    ("SELECT n FROM generate_series(1, CAST(:n AS integer)) AS n", {"n": 1000}),
    ("SELECT 1 WHERE false", {}),
    ("SET application_name = 'other'", {}),
]


@pytest.mark.parametrize(("text", "values"), QUERIES)
def test_the_rows_are_those_of_psycopg(pg: Target, text: str, values: dict[str, str | int | None]) -> None:
    """Values, types, parameters that look like SQL, no rows at all."""
    query = Query(text)
    connection, session = quick(pg.url), connect(pg.url, limits=LIMITS, application="limosa")
    sql, names = numbered(query)
    found = connection.rows(sql, [None if values[n] is None else str(values[n]) for n in names])
    expected = session.rows(query, **values)
    connection.close()
    session.close()

    assert found == expected
    assert [[type(value) for value in row] for row in found] == [
        [type(value) for value in row] for row in expected
    ]


@pytest.mark.parametrize(
    "text", ["SELECT * FROM nowhere", "SELECT ARRAY[1]", "SELECT now()", "BAD", "SELECT 1; SELECT 2"]
)
def test_what_is_unusual_is_left_to_psycopg(pg: Target, text: str) -> None:
    """Errors, types that are not known, several statements at once; and a connection that is closed."""
    connection = quick(pg.url)
    with pytest.raises(libpq.Unusual):
        connection.rows(text, [])
    connection.close()
    with pytest.raises(libpq.Unusual):
        connection.rows("SELECT 1", [])


def test_a_lost_connection_is_unusual(pg: Target) -> None:
    """The server ends the session: no crash, no wait."""
    connection = quick(pg.url)
    pid = connection.rows("SELECT pg_backend_pid()", [])[0][0]
    pg.execute(f"SELECT pg_terminate_backend({pid})")
    with pytest.raises(libpq.Unusual):
        connection.rows("SELECT 1", [])
    connection.close()
    connection.close()


def test_notices_are_not_printed(pg: Target, capfd: pytest.CaptureFixture[str]) -> None:
    """What the server says besides is nobody's answer."""
    connection = quick(pg.url)
    connection.rows("DO $$ BEGIN RAISE WARNING 'loud'; END $$", [])
    connection.close()

    assert capfd.readouterr() == ("", "")


def test_a_server_that_does_not_answer_is_waited_for_once(
    pg: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time to connect is kept, and psycopg does not wait a second time."""
    monkeypatch.setattr(libpq, "is_wanted", lambda: True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = replace(pg.url, host="127.0.0.1", port=server.getsockname()[1])
        started = time.monotonic()
        with pytest.raises(Unreachable, match="timeout expired"):
            _quick_connection(url, limits=LIMITS, application="limosa")
    assert time.monotonic() - started < 3.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two revisions, whose URL stands in DATABASE_URL."""
    for name, parent in (("aaaa", None), ("bbbb", "aaaa")):
        write_revision(tmp_path / "migrations" / "versions", name, parent)
    (tmp_path / "migrations" / "env.py").write_text("")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    return tmp_path


def call(
    folder: Path, url: DatabaseURL, *words: str, first: str = "pass", last: str = "pass"
) -> subprocess.CompletedProcess[str]:
    """Call the command in a process of its own."""
    code = RUN.format(first=first, words=words, last=last)
    around = {**os.environ, "DATABASE_URL": url.reveal()}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, check=False)


LOOKS = [("status",), ("current",), ("heads",), ("branches",), ("history",), ("pending",), ("upgrade",)]


@pytest.mark.parametrize("words", LOOKS)
def test_looking_loads_neither_a_driver_nor_alembic(pg: Target, folder: Path, words: tuple[str, ...]) -> None:
    """Every verb that only looks does without psycopg, SQLAlchemy and Alembic, and says the same."""
    pg.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    pg.execute("INSERT INTO alembic_version VALUES ('bbbb')")
    done = call(folder, pg.url, *words, last="print(*sys.modules, file=sys.stderr)")
    ordinary = call(folder, pg.url, *words, first="import psycopg")

    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert loaded.isdisjoint({"psycopg", "sqlalchemy", "alembic", "asyncio", "rich", "sqlite3", "mako"})
    assert (done.stdout, done.returncode) == (ordinary.stdout, ordinary.returncode)
    assert len(loaded) < 330


@pytest.mark.parametrize("wrong", ["password", "database", "port", "rights"])
def test_an_error_is_told_as_psycopg_tells_it(pg: Target, folder: Path, wrong: str) -> None:
    """The same sentence, the same hint and the same exit code."""
    url = pg.url
    if wrong == "password":
        url = replace(url, password=Secret("not it"), username="nobody")
    elif wrong == "database":
        url = replace(url, database="nowhere")
    elif wrong == "port":
        url = replace(url, port=1)
    else:
        pg.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        pg.execute(
            "DO $$ BEGIN CREATE ROLE onlooker LOGIN PASSWORD 'secret'; EXCEPTION WHEN OTHERS THEN END $$"
        )
        url = replace(url, username="onlooker", password=Secret("secret"))
    done = call(folder, url, "status", last="print(*sys.modules, file=sys.stderr)")
    ordinary = call(folder, url, "status", first="import psycopg")

    assert done.returncode == ordinary.returncode == 1
    assert done.stdout == ordinary.stdout


def test_without_the_library_psycopg_is_asked(pg: Target, folder: Path) -> None:
    """A machine where no libpq is found by itself: the answer is the same."""
    pg.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    gone = (
        "from limosa.engines.postgresql import libpq; libpq._bundled = lambda: iter(());"
        "import ctypes; libpq.ctypes.CDLL = lambda path: (_ for _ in ()).throw(OSError(path))"
    )
    done = call(folder, pg.url, "status", last="print('psycopg' in sys.modules)", first=gone)

    assert done.stdout.splitlines()[-1] == "True"
    assert "behind" in done.stdout or "empty" in done.stdout or "unversioned" in done.stdout
