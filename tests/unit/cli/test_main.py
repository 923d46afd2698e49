"""The command: how it is called, how it ends, and what it loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from limosa.cli import commands, failure
from limosa.cli.main import main
from limosa.errors import LimosaError, Locked, RevisionFailed

LIMOSA = [sys.executable, "-c", "import sys; from limosa.cli.main import main; sys.exit(main())"]
NAMES = sorted(path.stem for path in Path(commands.__path__[0]).glob("*.py") if path.stem != "__init__")
OPTIONS = [
    "--project", "--env", "--url", "--config", "--name", "-x", "--quiet", "--verbose", "--no-color",
    "--json", "--version",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("LIMOSA_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with two revisions."""
    folder = tmp_path / "project"
    assert main(["--project", str(folder), "init", "--quiet"]) == 0
    versions = folder / "migrations" / "versions"
    body = "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    for one, parent in (("001", None), ("002", "001")):
        head = f'"""step {one}"""\nrevision = {one!r}\ndown_revision = {parent!r}\n'
        (versions / f"{one}_step.py").write_text(head + body)
    return folder


def test_commands_are_those_of_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """Each file in commands/ is a command, listed with one sentence, and each takes the global options."""
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in NAMES:
        assert f"\n  {name} " in text
        assert main([name, "--help"]) == 0
        own = capsys.readouterr().out
        assert all(option in own for option in OPTIONS)
    assert "..." not in text.split("Commands:")[1]
    assert len(NAMES) > 13


@pytest.mark.parametrize("arguments", [["--help"], ["downgrade", "--help"], ["nonsense"]])
def test_help_and_mistakes_load_nothing_heavy(arguments: list[str]) -> None:
    """What needs no database imports no Alembic, no SQLAlchemy, no driver and no rich."""
    code = f"""
import sys
from limosa.cli.main import main
main({arguments!r})
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stderr.splitlines()[-1].split())
    assert (
        loaded & {"alembic", "sqlalchemy", "psycopg", "sqlite3", "rich", "asyncio", "limosa.migrator"}
        == set()
    )


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version works on the group and after a command."""
    assert main(["--version"]) == 0
    assert main(["heads", "--version"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert first.startswith("limosa ")


def test_without_a_command_help_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The bare command shows its help on stderr and ends with 2."""
    assert main([]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.startswith("Usage: limosa")) == ("", True)


def test_global_options_go_before_and_after_the_command(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option means the same on either side, and the later one wins."""
    for arguments in (
        ["--project", str(project), "heads", "--json"],
        ["--json", "heads", "--project", str(project)],
        ["--project", "/nowhere", "--json", "heads", "--project", str(project)],
    ):
        assert main(arguments) == 0
        found = json.loads(capsys.readouterr().out)
        assert [head["id"] for head in found["heads"]] == ["002"]


def test_variable_stands_for_an_option(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """LIMOSA_PROJECT is --project."""
    monkeypatch.setenv("LIMOSA_PROJECT", str(project))

    assert main(["heads"]) == 0
    assert capsys.readouterr().out == "002 (head) step 002\n"


@pytest.mark.parametrize(
    "arguments",
    [["downgrade", "-1"], ["downgrade", "-1", "-n", "alembic"], ["downgrade", "-n", "alembic", "-1"]],
)
def test_relative_revision_is_an_argument(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """``-1`` is a revision, not an option; and without a yes nothing is even looked at."""
    assert main(arguments) == 2
    assert capsys.readouterr().err == (
        "error: a downgrade may lose data and needs a yes, and there is nobody to ask\n"
        "hint: limosa downgrade -1 --yes\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["staus"], "no such command 'staus', did you mean 'status'?", "see: limosa --help"),
        (["downgrade"], "missing argument 'REVISION'", "see: limosa downgrade --help"),
        (["heads", "--nope"], "no such option", "see: limosa heads --help"),
        (["heads"], "no limosa.toml, alembic.ini or [tool.alembic] in", "start a project with: limosa init"),
    ],
)
def test_mistake_is_a_sentence_and_a_hint(
    arguments: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong call ends with 2, says what is wrong and what to do, as text and as JSON."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {message}")
    assert captured.err.endswith(f"hint: {hint}\n")

    assert main([*arguments, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"code", "message", "hint", "exit_code", "fields"}
    assert error["message"].startswith(message)
    assert (error["hint"], error["exit_code"]) == (hint, 2)


def test_init_twice_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second init ends with 2 and changes nothing."""
    before = (project / "limosa.toml").read_text()

    assert main(["init", "--project", str(project)]) == 2
    assert "already has Limosa's settings" in capsys.readouterr().err
    assert (project / "limosa.toml").read_text() == before


def test_password_on_the_command_line_is_warned_of(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--url with a password works, says that it shows in the process list, and does not repeat it."""
    url = "postgresql://ann:s3cr3t-word@127.0.0.1:1/app"

    main(["status", "--project", str(project), "--url", url])
    captured = capsys.readouterr()

    assert captured.err.startswith("warning: the password in --url shows in the process list")
    assert "postgresql://ann:***@127.0.0.1:1/app" in captured.out
    assert "s3cr3t-word" not in captured.out + captured.err


def test_unexpected_error_is_a_sentence_and_its_traceback_is_masked(project: Path) -> None:
    """A defect shows no traceback unless asked for one, and that one shows no secret."""
    (project / "boom.py").write_text("")
    code = """
import sys
import limosa.migrator
def broken(self):
    raise RuntimeError(f"at {self.settings.url.reveal()}")
limosa.migrator.Migrator.heads = limosa.migrator.Migrator.current = broken
from limosa.cli.main import main
sys.exit(main())
"""
    variables = {**os.environ, "LIMOSA_URL": "postgresql://ann:s3cr3t-word@db/app"}
    call = [sys.executable, "-c", code, "current", "--project", str(project)]
    short = subprocess.run(call, capture_output=True, text=True, env=variables, check=False)
    long = subprocess.run([*call, "--verbose"], capture_output=True, text=True, env=variables, check=False)

    assert short.returncode == long.returncode == 1
    assert short.stderr == (
        "error: unexpected RuntimeError: at postgresql://ann:***@db/app\n"
        "hint: run with --verbose for the traceback\n"
    )
    assert "Traceback (most recent call last)" in long.stderr
    assert "s3cr3t-word" not in short.stderr + long.stderr + short.stdout + long.stdout


def test_closed_pipe_is_no_traceback(project: Path) -> None:
    """``limosa show REV | head -1`` ends quietly."""
    (project / "migrations" / "versions" / "001_step.py").write_text(
        "revision = '001'\ndown_revision = None\n" + "# long\n" * 50_000
    )
    # unbuffered, Python itself forgets the rest of a write that was cut short
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    call = subprocess.Popen(
        [*LIMOSA, "show", "001", "--project", str(project)],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert call.stdout is not None
    assert call.stderr is not None
    call.stdout.readline()
    call.stdout.close()

    errors = call.stderr.read()
    call.stderr.close()
    assert call.wait() == 1
    assert errors == ""


@pytest.mark.parametrize("words", [("heads",), ("heads", "--json"), ("status",), ("upgrade", "--quiet")])
def test_closed_stdout_is_said_before_anything_is_done(project: Path, words: tuple[str, ...]) -> None:
    """``limosa upgrade >&-``: exit code 1, a sentence on stderr, and not even an empty database is made."""
    told = _closing(">&-", *words, project=project)

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("error: stdout is closed")
    assert "\nhint: " in told.stderr
    assert not list(project.rglob("*.db"))
    silent = _closing(">&- 2>&-", *words, project=project)
    assert (silent.returncode, silent.stderr) == (1, "")


def test_closed_stderr_is_no_hindrance(project: Path) -> None:
    """``limosa heads 2>&-`` answers, and ends with its own exit code where it fails."""
    assert _closing("2>&-", "heads", project=project).stdout == "002 (head) step 002\n"
    assert _closing("2>&-", "no-such-command", project=project).returncode == 2


def _closing(streams: str, *words: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Run limosa as a shell does that closes streams."""
    return subprocess.run(
        ["sh", "-c", f'"$@" {streams}', "sh", *LIMOSA, *words, "--project", str(project)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (Locked("held by ann", hint="wait"), 6, "error: held by ann\nhint: wait\n"),
        (
            RevisionFailed(
                "'002' failed: no such table", path="v/002.py", line=7, statement="DROP\n TABLE t"
            ),
            1,
            "error: '002' failed: no such table\n  in v/002.py, line 7\n  statement: DROP TABLE t\n",
        ),
        (
            SystemExit(0),
            1,
            (
                "error: the project's own code ended the program with exit code 0\n"
                "hint: run with --verbose to see where sys.exit() was called\n"
            ),
        ),
        (KeyError("x"), 1, "error: unexpected KeyError: 'x'\nhint: run with --verbose for the traceback\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_end_has_its_code_and_its_words(error: BaseException, code: int, text: str) -> None:
    """Whatever was raised becomes an error with an exit code; no failure is taken for success."""
    known = failure.explained(error)

    assert isinstance(known, LimosaError)
    assert int(known.exit_code) == code
    assert failure.as_text(known) == text
