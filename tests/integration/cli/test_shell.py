"""``limosa shell``: the database's own program, on the right database, with nothing secret to be seen."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.model.url import DatabaseURL, Secret
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import LIMOSA, Shell
from tests.integration.process import limosa, until

SECRET = "s3cr3t@%:/w0rd"


@pytest.fixture(params=["sqlite", "pg"])
def target(request: pytest.FixtureRequest) -> Target:
    """A database with one table, on each engine."""
    found: Target = request.getfixturevalue(request.param)
    found.execute("CREATE TABLE thing (id INTEGER)", "INSERT INTO thing VALUES (41), (42)")
    return found


@pytest.fixture
def shell(project: Callable[..., AlembicProject], target: Target) -> Shell:
    """Alembic's own project beside that database."""
    return Shell(project(url=target.url).root)


def test_statements_run_on_the_projects_database(shell: Shell) -> None:
    """--command twice, and stdin: each prints what the database holds, and ends with 0."""
    given = shell.run(
        *LIMOSA, "shell", "--command", "SELECT max(id) FROM thing", "--command", "SELECT 'second'"
    )
    typed = subprocess.run(
        [*LIMOSA, "shell"],
        cwd=shell.folder,
        env=shell.variables,
        input="SELECT max(id) FROM thing;\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (given.returncode, typed.returncode) == (0, 0), (given, typed)
    assert "42" in given.stdout
    assert "second" in given.stdout
    assert "42" in typed.stdout


def test_exit_code_and_arguments_are_those_of_the_program(shell: Shell, target: Target) -> None:
    """What stands behind -- reaches the program, and how it ends is how the command ends."""
    if target.engine == "sqlite":
        good = ["-csv", "SELECT id, 'x' FROM thing"]
        bad, code = ["SELECT * FROM nowhere"], 1
    else:
        good = ["-AtF,", "-c", "SELECT id, 'x' FROM thing"]
        bad, code = ["-v", "ON_ERROR_STOP=1", "-f", "-"], 3

    assert shell.run(*LIMOSA, "shell", "--", *good).stdout.split() == ["41,x", "42,x"]
    failed = subprocess.run(
        [*LIMOSA, "shell", "--", *bad],
        cwd=shell.folder,
        env=shell.variables,
        input="SELECT * FROM nowhere;",
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == code, failed
    assert "nowhere" in failed.stderr


def test_json_shows_the_call_and_makes_none(shell: Shell, target: Target) -> None:
    """--json is the program with its arguments."""
    call = json.loads(shell.run(*LIMOSA, "shell", "--json", "--command", "DROP TABLE thing").stdout)

    assert Path(call["program"]).name == {"sqlite": "sqlite3", "postgresql": "psql"}[target.engine]
    assert any("DROP TABLE thing" in argument for argument in call["arguments"])
    assert target.rows("SELECT count(*) FROM thing") == [(2,)]


@pytest.mark.parametrize("where", ["login", "query"])
def test_password_is_not_in_the_process_list(
    project: Callable[..., AlembicProject], pg: Target, where: str
) -> None:
    """The command becomes psql, whose command line holds the options of the URL and not its password."""
    pg.execute(f"CREATE ROLE keeper_{os.getpid()} LOGIN PASSWORD '{SECRET}'")
    login = replace(pg.url, username=f"keeper_{os.getpid()}", password=None, query=(("sslmode", "prefer"),))
    url = (
        replace(login, password=Secret(SECRET))
        if where == "login"
        else replace(login, secrets=(("password", Secret(SECRET)),))
    )
    made = project()
    try:
        with limosa("shell", cwd=made.root, environment={"LIMOSA_URL": url.reveal()}) as process:
            line = Path(f"/proc/{process.popen.pid}/cmdline")
            until(
                lambda: b"psql" in line.read_bytes().split(b"\0")[0] or b"psql" in line.read_bytes(), "psql"
            )
            assert SECRET.encode() not in line.read_bytes()
            assert b"sslmode=prefer" in line.read_bytes()
            out, err = process.popen.communicate("\\conninfo\nSELECT 'me: ' || current_user;\n", timeout=60)
        assert f"me: keeper_{os.getpid()}" in out, err
        assert SECRET not in out + err + process.told
    finally:
        pg.execute(f"DROP ROLE keeper_{os.getpid()}")


def test_psql_is_found_among_the_wheels(
    project: Callable[..., AlembicProject], pg: Target, tmp_path: Path
) -> None:
    """With nothing on the PATH the psql of a scratch server does."""
    shell = Shell(project(url=pg.url).root)

    done = subprocess.run(
        [*LIMOSA, "shell", "--", "-Atc", "SELECT 6 * 7"],
        cwd=shell.folder,
        env={**shell.variables, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "42\n"), done


def test_missing_program_is_named_with_its_remedy(
    project: Callable[..., AlembicProject], sqlite: Target, tmp_path: Path
) -> None:
    """No sqlite3 anywhere: exit code 1, and what to install."""
    shell = Shell(project(url=sqlite.url).root)

    done = subprocess.run(
        [*LIMOSA, "shell", "--json", "--", "-csv"],
        cwd=shell.folder,
        env={**shell.variables, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["fields"]) == (1, "program-missing", {"program": "sqlite3"})
    assert "SQLite" in error["hint"]


def test_option_that_psql_does_not_know(project: Callable[..., AlembicProject], pg: Target) -> None:
    """An option of another driver is told as such, with exit code 2."""
    shell = Shell(project().root)
    url = replace(pg.url, query=(("prepared_statement_cache_size", "0"),)).reveal()

    done = shell.limosa("shell", "--url", url, code=2)

    assert "prepared_statement_cache_size" in done.stderr
    assert "hint: " in done.stderr


def test_name_of_a_file_may_be_anything(project: Callable[..., AlembicProject], tmp_path: Path) -> None:
    """Blanks, quotes and signs in the name of a SQLite file lead to that file."""
    path = tmp_path / "a b'c -x.db"
    shell = Shell(project().root)

    done = shell.run(
        *LIMOSA, "shell", "--url", f"sqlite:///{path}", "--command", "CREATE TABLE made (id INTEGER)"
    )

    assert done.returncode == 0, done
    assert Target("sqlite", "sqlite", url_of(path)).tables() == {"made"}


def url_of(path: Path) -> DatabaseURL:
    """Return the URL of a file."""
    return DatabaseURL("sqlite", database=str(path))
