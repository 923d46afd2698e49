"""What is wrong with a project or its settings: what, where, what next, the exit code, and nothing is lost.

Each case goes through the real command in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fixtures.projects import AlembicProject
from tests.integration.cli.shell import LIMOSA, Shell

SECRET = "s3cr3t-w0rd"
TABLE = 'op.execute("CREATE TABLE thing (id INTEGER)")'
EXITS = "\n\n\ndef upgrade() -> None:\n    raise SystemExit(0)\n"
BODY = "\n\n\ndef upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"


def revision(name: str, parent: str | None, body: str = BODY) -> str:
    """Return the text of a revision."""
    return f"from alembic import op\n\nrevision = {name!r}\ndown_revision = {parent!r}{body}"


@dataclass(frozen=True)
class Case:
    """One mistake, and what must be said of it."""

    name: str
    files: dict[str, str]
    """Written over the project before the command; paths count from its folder."""
    code: int
    kind: str
    """The code of the error in ``--json``."""
    says: tuple[str, ...]
    hint: str
    command: str = "upgrade"
    variables: dict[str, str] = field(default_factory=dict)


VERSIONS = "migrations/versions"
REVISIONS = [
    Case("a syntax error", {f"{VERSIONS}/bad.py": "revision = '002'\ndef upgrade(:\n"}, 1, "graph",
         ("bad.py', line 2, is not Python",), "py_compile"),
    Case("a missing parent", {f"{VERSIONS}/b.py": revision("002", "lost")}, 1, "graph",
         ("b.py' follows revision 'lost'", "no file defines"), "git log"),
    Case("a cycle", {f"{VERSIONS}/b.py": revision("002", "003"), f"{VERSIONS}/c.py": revision("003", "002")},
         1, "graph", ("circle: '002' -> '003' -> '002'",), f"{VERSIONS}/b.py"),
    Case("a duplicate id", {f"{VERSIONS}/copy.py": revision("001", None)}, 1, "graph",
         ("'001' is defined twice", "copy.py", "001_revision_001.py"), "new id"),
    Case("two heads",
         {f"{VERSIONS}/b.py": revision("002", "001"), f"{VERSIONS}/c.py": revision("003", "001")},
         1, "several-heads", ("'002'", "'003'", "b.py", "c.py"), "limosa upgrade heads"),
    Case("no upgrade()", {f"{VERSIONS}/b.py": revision("002", "001", "\n")}, 1, "graph",
         ("'002' has no upgrade() function", "b.py"), "def upgrade() -> None:"),
    Case("an unknown revision", {}, 2, "revision-not-found", ("'nope'",), "limosa history", "upgrade nope"),
    Case("an unknown branch", {}, 2, "revision-not-found", ("'nope'",), "limosa", "upgrade nope@head"),
]  # fmt: skip
SETTINGS = [
    Case("a broken pyproject", {"pyproject.toml": "[tool\n"}, 2, "config",
         ("pyproject.toml' is not valid TOML", "line 1"), "correct '"),
    Case("a broken alembic.ini", {"alembic.ini": "no section\n"}, 2, "config",
         ("alembic.ini' is not a valid ini file (line 1)",), "correct '"),
    Case("an unknown setting", {"limosa.toml": 'enviroment = "x"\n'}, 2, "config",
         ("unknown setting 'enviroment' in limosa.toml",), "did you mean 'environment'?"),
    Case("an unknown limit", {"limosa.toml": "[limits]\nlock_budget = 3\n"}, 2, "config",
         ("unknown limit 'lock_budget'",), "did you mean 'lock_budget_s'?"),
    Case("an unknown environment", {"limosa.toml": "[environments.staging]\n"}, 2, "config",
         ("unknown environment 'stagin'",), "did you mean 'staging'?", "upgrade --env stagin"),
    Case("a folder of scripts that is gone", {"alembic.ini": "[alembic]\nscript_location = elsewhere\n"}, 2,
         "config", ("elsewhere' does not exist",), "correct script_location in '",
         variables={"LIMOSA_URL": "sqlite:///data.db"}),
    Case("an unknown command", {}, 2, "usage", ("no such command 'upgrad', did you mean 'upgrade'?",),
         "limosa --help", "upgrad"),
    Case("an unknown option", {}, 2, "usage", ("no such option",), "limosa upgrade --help", "upgrade --sgl"),
]  # fmt: skip
URLS = [
    Case("no URL", {}, 2, "config", ("does not begin with 'scheme://'",), "postgresql://user@host:5432/name",
         variables={"LIMOSA_URL": SECRET}),
    Case("a port that is none", {}, 2, "config", ("host or port are malformed",), "postgresql://user@",
         variables={"LIMOSA_URL": f"postgresql://u:{SECRET}@h:port/x"}),
    Case("an unknown kind", {}, 2, "config", ("'mysql'",), "use one of: sqlite, postgresql",
         variables={"LIMOSA_URL": f"mysql://u:{SECRET}@h/x"}),
    Case("an @ in the password", {}, 2, "config", ("is written %40",), "postgresql://user@host",
         variables={"LIMOSA_URL": f"postgresql://u:part@{SECRET}@127.0.0.1:1/x"}),
    Case("an encoded @ in the password", {}, 1, "unreachable", ("u:***@127.0.0.1:1/x",), "server runs",
         variables={"LIMOSA_URL": f"postgresql://u:part%40{SECRET}@127.0.0.1:1/x"}),
    Case("a % in the password", {}, 1, "unreachable", ("u:***@127.0.0.1:1/x",), "server runs",
         variables={"LIMOSA_URL": f"postgresql://u:%zz{SECRET}%@127.0.0.1:1/x"}),
    Case("a password in the query string", {}, 1, "unreachable", ("?password=***",), "server runs",
         variables={"LIMOSA_URL": f"postgresql://u@127.0.0.1:1/x?password={SECRET}"}),
    Case("a password in the project's file", {"limosa.toml": f'url = "postgresql://u:{SECRET}@h/x"\n'}, 2,
         "config", ("no place for one",), "url_env"),
    Case("a variable that is not set", {"limosa.toml": 'url_env = "NOT_SET"\n'}, 2, "config",
         ("'NOT_SET'", "limosa.toml"), "set NOT_SET"),
    Case("a folder in the place of a file", {"data.db/keep": ""}, 1, "access-denied", ("it is a folder",),
         "path of a file", variables={"LIMOSA_URL": "sqlite:///data.db"}),
    Case("a folder that is not there", {}, 1, "access-denied", ("no/such",), "must exist",
         variables={"LIMOSA_URL": "sqlite:///no/such/data.db"}),
]  # fmt: skip
ENV = "migrations/env.py"
CODE = [
    Case("an env.py that raises", {ENV: f"raise RuntimeError('boom {SECRET}')\n"}, 1, "revision-failed",
         ("RuntimeError: boom ***", "migrations/env.py:1]"), "alembic current",
         variables={"PGPASSWORD": SECRET}),
    Case("an env.py that is no Python", {ENV: "import os\nimport (\n"}, 1, "revision-failed",
         ("SyntaxError", "migrations/env.py:2]"), "alembic current"),
    Case("models that do not import", {ENV: "import models\n", "models.py": "x = 1\nimport not_there\n"}, 1,
         "revision-failed", ("No module named 'not_there'", "models.py:2]"),
         "install the package that holds 'not_there', which models.py, line 2, imports"),
    Case("models that raise", {ENV: "import models\n", "models.py": "\n\n1 / 0\n"}, 1, "revision-failed",
         ("ZeroDivisionError", "models.py:3]"),
         "mend models.py, line 3; then try: python -c 'import models'"),
    Case("models that do not import, compared",
         {ENV: "import models\n", "models.py": "import not_there\n"}, 1, "revision-failed",
         ("No module named 'not_there'", "models.py:1]"), "--empty", "create x"),
    Case("a revision that exits", {f"{VERSIONS}/b.py": revision("002", "001", EXITS)}, 1, "revision-failed",
         ("SystemExit", "b.py"), "limosa upgrade 002"),
]  # fmt: skip


@pytest.fixture
def shell(project: Callable[..., AlembicProject], tmp_path: Path) -> Shell:
    """Alembic's own project with a revision and a database at base."""
    made = project(url=f"sqlite:///{tmp_path / 'database.db'}")
    made.revise("001", None, upgrade=TABLE, downgrade='op.execute("DROP TABLE thing")')
    return Shell(made.root)


def run(shell: Shell, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*LIMOSA, *words],
        cwd=shell.folder,
        env={**shell.variables, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("case", [*REVISIONS, *SETTINGS, *URLS, *CODE], ids=lambda case: case.name)
def test_a_mistake_is_explained(shell: Shell, tmp_path: Path, case: Case) -> None:
    """The sentence says what and where, the hint what next; the exit code is the documented one."""
    for name, text in case.files.items():
        path = shell.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    before = {path: path.read_bytes() for path in shell.folder.rglob("*") if is_input(path)}

    done = run(shell, *case.command.split(), "--json", **case.variables)

    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit_code"], error["code"]) == (case.code, case.code, case.kind), done
    for words in case.says:
        assert words in error["message"], done
    assert case.hint in error["hint"], done
    assert f"error: {error['message']}\n" in done.stderr
    assert f"hint: {error['hint']}\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert {path: path.read_bytes() for path in shell.folder.rglob("*") if is_input(path)} == before
    if case.kind in {"config", "usage", "graph", "several-heads", "revision-not-found"}:
        assert not (tmp_path / "database.db").exists()


def is_input(path: Path) -> bool:
    """Is it a file that a person wrote?"""
    return path.is_file() and not {"__pycache__", ".limosa"} & {*path.parts}


def test_a_project_that_is_none(tmp_path: Path) -> None:
    """An empty folder: how to start one."""
    done = run(Shell(tmp_path), "status")

    assert done.returncode == 2
    assert f"no limosa.toml, alembic.ini or [tool.alembic] in '{tmp_path}'" in done.stderr
    assert "hint: start a project with: limosa init\n" in done.stderr


def test_a_revision_without_a_way_down(shell: Shell) -> None:
    """It goes up; the way down is refused before anything runs, and the database stays where it is."""
    path = shell.folder / VERSIONS / "b.py"
    path.write_text(revision("002", "001", "\n\n\ndef upgrade() -> None:\n    pass\n"))
    assert run(shell, "upgrade").returncode == 0

    for target in ("-1", "base"):
        done = run(shell, "downgrade", target, "--yes")
        assert done.returncode == 1
        assert "revision '002' has no downgrade() function" in done.stderr
        assert str(path) in done.stderr
        assert "write 'def downgrade() -> None:'" in done.stderr
    assert json.loads(run(shell, "status", "--json").stdout)["current"] == ["002"]


def test_an_at_in_the_password_of_alembic_ini(shell: Shell) -> None:
    """A URL that a driver reads wrongly: what it takes for the host is not shown."""
    ini = shell.folder / "alembic.ini"
    lines = ini.read_text().splitlines()
    url = f"sqlalchemy.url = postgresql+psycopg://u:part@{SECRET}@127.0.0.1:1/x"
    ini.write_text("\n".join(url if line.startswith("sqlalchemy.url") else line for line in lines) + "\n")

    for command in ("upgrade", "status", "doctor"):
        done = run(shell, command, "--verbose")
        assert done.returncode in {1, 2}
        assert SECRET not in done.stdout + done.stderr
