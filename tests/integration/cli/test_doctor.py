"""``limosa doctor``: everything is looked at, whatever is broken, and nothing is changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from limosa.migrator.doctor import machine
from limosa.model.url import Secret
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import LIMOSA, Shell

SECRET = "s3cr3t-w0rd"
UP = 'op.execute("CREATE TABLE thing (id INTEGER)")'
ALWAYS = {
    "Python",
    "limosa",
    "alembic",
    "sqlalchemy",
    "psycopg",
    "SQLite library",
    "libpq",
    "scratch PostgreSQL",
}


@pytest.fixture(params=["sqlite", "pg"])
def target(request: pytest.FixtureRequest) -> Target:
    """A fresh database on each engine."""
    found: Target = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shell(project: Callable[..., AlembicProject], sqlite: Target) -> Shell:
    """Alembic's own project with a revision, on SQLite."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade=UP)
    return Shell(made.root)


def found_in(report: Any) -> dict[str, tuple[str, str]]:
    """Return what was found by name: health and text; of several of one name the last."""
    return {one["name"]: (one["health"], one["found"]) for one in report["examined"]}


def test_healthy_project_is_fit(project: Callable[..., AlembicProject], target: Target) -> None:
    """On both engines every part is looked at, before and after the first upgrade; nothing is made."""
    made = project(url=target.url)
    made.revise("001", None, upgrade=UP)
    shell = Shell(made.root)

    before = shell.json("doctor")
    assert before["is_fit"]
    assert target.engine == "postgresql" or not target.path.exists()
    assert target.engine == "sqlite" or target.tables() == set()

    shell.limosa("upgrade")
    after = found_in(shell.json("doctor"))
    assert ALWAYS | {"env.py", "versions", "revisions", "index cache"} <= after.keys()
    assert after["revisions"] == ("good", "1, head: 001")
    assert after["version"] == ("good", "at head, at 001")
    assert after["ledger"] == ("good", "our tables are there, with 1 step")
    assert {"sqlite": "driver sqlite3", "postgresql": "driver psycopg"}[target.engine] in after["database"][1]
    assert shell.limosa("doctor").stdout.endswith("\nall that is needed is here\n")


def test_each_setting_says_where_it_came_from(shell: Shell) -> None:
    """Flags, variables, the project's file and defaults are told apart, and a secret argument is masked."""
    (shell.folder / "limosa.toml").write_text(
        'environment = "staging"\ncache = "kept"\n[environments.staging]\nurl = "sqlite:///s.db"\n'
        "limits = {queue_limit = 3}\n"
    )
    report = shell.json("doctor", "-x", f"token={SECRET}", "-x", "tenant=blue")

    settings = {one["name"]: (one["value"], one["origin"]) for one in report["settings"]}
    assert settings["environment"] == ("staging", "limosa.toml")
    assert settings["limits.queue_limit"] == ("3", "limosa.toml [environments.staging] limits")
    assert settings["limits.connect_s"] == ("10", "default")
    assert settings["x_arguments"] == ("token=*** tenant=blue", "flag -x")
    assert settings["cache"] == (str(shell.folder / "kept"), "limosa.toml")
    assert settings["url"] == (f"sqlite:///{shell.folder / 's.db'}", "limosa.toml [environments.staging] url")


def break_settings(folder: Path) -> None:
    """Leave a settings file that is no TOML."""
    (folder / "limosa.toml").write_text("environment = \n")


def break_url(folder: Path) -> None:
    """Name a variable that is not set."""
    (folder / "limosa.toml").write_text('url_env = "NOT_SET_ANYWHERE"\n')


def break_env(folder: Path) -> None:
    """Lose env.py."""
    (folder / "migrations" / "env.py").unlink()


def break_graph(folder: Path) -> None:
    """Let a revision follow one that is not there."""
    (folder / "migrations" / "versions" / "bad.py").write_text('revision = "2"\ndown_revision = "1"\n')


def break_folder(folder: Path) -> None:
    """Put the database into a folder that is not there."""
    (folder / "limosa.toml").write_text('url = "sqlite:///no/such/folder/x.db"\n')


def break_file(folder: Path) -> None:
    """Put a text in the place of the database."""
    (folder / "notes.db").write_text("these are my notes\n" * 100)
    (folder / "limosa.toml").write_text('url = "sqlite:///notes.db"\n')


@pytest.mark.parametrize(
    ("damage", "name", "words", "remedy"),
    [
        (break_settings, "settings", "limosa.toml' is not valid TOML", "correct '"),
        (break_url, "settings", "'NOT_SET_ANYWHERE'", "set NOT_SET_ANYWHERE"),
        (break_env, "env.py", "not in '", "script_location"),
        (break_graph, "revisions", "'1', which no file defines", "git log"),
        (break_folder, "runner lock", "no/such/folder' does not exist", "mkdir -p '"),
        (break_file, "database", "is not a SQLite database", "path"),
    ],
)
def test_what_is_broken_is_named_and_the_rest_is_seen(
    shell: Shell, damage: Callable[[Path], None], name: str, words: str, remedy: str
) -> None:
    """One part that fails is exit code 1 with its remedy, and keeps no other from being looked at."""
    damage(shell.folder)

    report = shell.json("doctor", code=1)

    missing = [one for one in report["examined"] if one["health"] == "missing"]
    assert [one["name"] for one in missing] == [name]
    assert words in missing[0]["found"]
    assert remedy in missing[0]["remedy"]
    assert found_in(report).keys() >= ALWAYS
    told = shell.limosa("doctor", code=1).stdout
    assert told.endswith("\n1 thing missing: migrations cannot run here\n")
    assert f"  {name}: " in told


def test_what_only_some_commands_need_is_a_note(shell: Shell, tmp_path: Path) -> None:
    """A missing program, a cache that cannot be written, two heads: told, and still fit."""
    (shell.folder / ".limosa").write_text("in the way")
    (shell.folder / "migrations" / "versions" / "two.py").write_text(
        'revision = "two"\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n'
    )

    done = subprocess.run(
        [*LIMOSA, "doctor"],
        cwd=shell.folder,
        env={**shell.variables, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done
    notes = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("note ")]
    assert sorted(notes) == ["index", "revisions", "sqlite3"]
    assert "\n  sqlite3: " in done.stdout


@pytest.fixture
def guest(pg: Target) -> Iterator[str]:
    """The URL of a role that may look and not create."""
    name = f"guest_{os.getpid()}"
    pg.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    yield replace(pg.url, username=name, password=Secret(SECRET)).reveal()
    pg.execute(f"DROP ROLE {name}")


def test_user_without_rights_is_told_which(shell: Shell, guest: str, pg: Target) -> None:
    """Our tables cannot be made: the statement that allows it is the remedy, and no password is shown."""
    done = shell.limosa("doctor", "--url", guest, code=1)

    assert "this user may not make them" in done.stdout
    assert f'GRANT CREATE ON DATABASE "{pg.url.database}" TO "guest_{os.getpid()}"' in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_asynchronous_project_names_its_drivers(
    project: Callable[..., AlembicProject], sqlite: Target
) -> None:
    """What an asynchronous env.py needs is looked for."""
    shell = Shell(project("async", url=sqlite.url).root)

    found = found_in(shell.json("doctor"))

    assert "autogenerate" not in found
    assert found["greenlet"][1].endswith("env.py is asynchronous")
    assert found["aiosqlite"][1].endswith("the URL names it")


def test_alembic_without_plugins_is_noted(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Alembic is too old to hide our tables from its autogenerate, it is said how env.py can."""
    monkeypatch.setattr(machine, "_HIDES_OUR_TABLES", (99, 0))

    report = shell.json("doctor")

    assert report["is_fit"]
    assert "would drop our tables" in found_in(report)["autogenerate"][1]
    assert "include_name" in next(
        one["remedy"] for one in report["examined"] if one["name"] == "autogenerate"
    )


def test_ahead_is_told_the_way_back(project: Callable[..., AlembicProject], target: Target) -> None:
    """Beside git pull stands the exact command that status gives, and it works."""
    made = project(url=target.url)
    made.revise("001", None, upgrade=UP, downgrade='op.execute("DROP TABLE thing")')
    later = made.revise("002", "001", upgrade="pass", downgrade="pass")
    shell = Shell(made.root)
    shell.limosa("upgrade")
    later.unlink()

    (found,) = (one for one in shell.json("doctor")["examined"] if one["name"] == "version")

    assert found["found"] == "ahead, at 002"
    assert found["remedy"] == "get the code that has the revision: git pull; or: limosa downgrade 001"
    assert shell.json("status")["recover"] == "limosa downgrade 001"
    assert "limosa downgrade 001" in shell.limosa("doctor").stdout
    shell.limosa("downgrade", "001", "--yes")
    assert found_in(shell.json("doctor"))["version"] == ("good", "at head, at 001")
