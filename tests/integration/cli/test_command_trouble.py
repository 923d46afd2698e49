"""What people see when something is wrong: a sentence, a hint, the exit code, and never a secret."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import LIMOSA, Shell

SECRET = "s3cr3t-w0rd"


@pytest.fixture
def shell(tmp_path: Path, project: Callable[..., AlembicProject]) -> Shell:
    """Alembic's own generic project with one revision, on a SQLite file."""
    made = project(url=f"sqlite:///{tmp_path / 'data.db'}")
    made.revise("001", None, upgrade='op.execute("CREATE TABLE thing (id INTEGER)")')
    return Shell(made.root)


def test_failing_revision_is_named_with_its_statement(shell: Shell) -> None:
    """A refused statement ends with 1; the sentence says which revision, and nothing was kept."""
    (shell.folder / "migrations" / "versions" / "002.py").write_text(
        'from alembic import op\nrevision = "002"\ndown_revision = "001"\n\n\n'
        'def upgrade():\n    op.execute("CREATE TABLE other (id INTEGER)")\n'
        '    op.execute("INSERT INTO nowhere VALUES (1)")\n\n\ndef downgrade():\n    pass\n'
    )

    told = shell.limosa("upgrade", code=1).stderr
    assert "002" in told
    assert "no such table: nowhere" in told
    assert "INSERT INTO nowhere VALUES (1)" in told
    assert "hint: " in told
    error = shell.json("upgrade", code=1)["error"]
    assert (error["code"], error["exit_code"]) == ("revision-failed", 1)
    assert error["fields"]["revision"] == "002"
    assert shell.json("status")["current"] == ["001"]


def test_traceback_comes_only_with_verbose(shell: Shell) -> None:
    """--verbose shows where it broke, without the password that is around."""
    path = shell.folder / "migrations" / "versions" / "001_revision_001.py"
    path.write_text(path.read_text().replace("op.execute", f"raise ValueError('{SECRET}')\n    op.execute"))
    variables = {**shell.variables, "PGPASSWORD": SECRET}
    call = [*LIMOSA, "upgrade", "--verbose"]

    done = subprocess.run(call, cwd=shell.folder, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ValueError: ***" in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_no_secret_is_asked_for_where_no_database_is_needed(shell: Shell) -> None:
    """heads, branches and create --empty work where the environment's URL is not to be had."""
    (shell.folder / "limosa.toml").write_text('[environments.production]\nurl_env = "NOT_SET_ANYWHERE"\n')

    for command in (["heads"], ["branches"], ["create", "more", "--empty"]):
        shell.limosa(*command, "--env", "production")
    assert "NOT_SET_ANYWHERE" in shell.limosa("status", "--env", "production", code=2).stderr


@pytest.mark.parametrize("command", ["status", "current", "upgrade", "pending"])
def test_file_that_is_no_database(shell: Shell, command: str, tmp_path: Path) -> None:
    """A text file in the place of the database is told as such, and is left as it was."""
    path = tmp_path / "data.db"
    path.write_text("these are my notes\n" * 100)

    done = shell.limosa(command, code=1)

    assert "not a database" in done.stdout + done.stderr
    assert path.read_text() == "these are my notes\n" * 100


def test_wrong_password_is_said_and_not_shown(shell: Shell, pg: Target) -> None:
    """PostgreSQL refuses the password: exit code 1, and the password is nowhere."""
    url = f"postgresql://nobody_{os.getpid()}:{SECRET}@{pg.url.host or '127.0.0.1'}:{pg.url.port}/postgres"

    done = shell.limosa("upgrade", "--url", url, code=1)
    status = json.loads(shell.limosa("status", "--json", "--url", url, code=1).stdout)

    assert "hint: " in done.stderr
    assert status["state"] == "unreachable"
    assert status["url"].startswith("postgresql://nobody")
    assert SECRET not in done.stdout + done.stderr + json.dumps(status)


def test_server_that_is_not_there(shell: Shell) -> None:
    """Nobody listens: the sentence names the place, masked."""
    url = f"postgresql://ann:{SECRET}@127.0.0.1:1/app"

    done = shell.limosa("upgrade", "--url", url, code=1)

    assert "127.0.0.1" in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_prints_of_env_py_do_not_spoil_the_document(shell: Shell) -> None:
    """env.py prints, and --json still gives one document on stdout and all else on stderr."""
    env = shell.folder / "migrations" / "env.py"
    env.write_text(env.read_text() + "\nprint('hello from env.py')\n")

    done = shell.run(*LIMOSA, "upgrade", "--json")

    assert json.loads(done.stdout)["after"] == ["001"]
    assert "hello from env.py" in done.stderr


def test_env_py_that_exits_is_no_success(shell: Shell) -> None:
    """sys.exit(0) in a revision is a failure of the run, and nothing is applied."""
    path = shell.folder / "migrations" / "versions" / "001_revision_001.py"
    path.write_text(path.read_text().replace("op.execute", "raise SystemExit(0)\n    op.execute"))

    assert shell.limosa("upgrade", code=1).stderr.splitlines()[-2].startswith("error: ")
    assert shell.json("status")["current"] == []


def test_interrupted_run_says_where_things_stand(shell: Shell) -> None:
    """Ctrl-C in the middle of a revision undoes it: exit code 130, no traceback, the version as before."""
    path = shell.folder / "migrations" / "versions" / "001_revision_001.py"
    waiting = "print('waiting', flush=True)\n    import time\n    time.sleep(60)\n    op.execute"
    path.write_text(path.read_text().replace("op.execute", waiting))
    with subprocess.Popen(
        [*LIMOSA, "upgrade"],
        cwd=shell.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=shell.variables,
    ) as call:
        assert call.stdout is not None
        assert call.stdout.readline() == "waiting\n"
        call.send_signal(signal.SIGINT)
        _, told = call.communicate()

    assert call.returncode == 130
    assert "error: " in told
    assert "Traceback" not in told
    assert shell.json("status")["current"] == []
