"""An answer that is given again is the one that would be found anew, and costs next to nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures.graphs import write_revision

SETTLED = (
    "from limosa.cli import remembering; remembering._SETTLED_NS = -(10**18);"
    "from limosa.graph import index; index._SAME_TICK_NS = -(10**18)"
)
"""Let files count as settled that the test has only just written."""
ASK = """
import sys
{first}
from limosa.cli.main import main
before = set(sys.modules)
code = main(sys.argv[1:])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""


class Answer(NamedTuple):
    """What a command printed, how it ended, and what it loaded for it."""

    text: str
    code: int
    loaded: frozenset[str]

    @property
    def is_remembered(self) -> bool:
        """Was it answered without Click?"""
        return "limosa.cli.invocation" not in self.loaded


def ask(folder: Path, *words: str, first: str = "", **variables: str) -> Answer:
    """Call the command in a process of its own."""
    around = {k: v for k, v in os.environ.items() if not k.startswith(("LIMOSA", "DATABASE"))} | variables
    command = [sys.executable, "-c", ASK.format(first=first), *words]
    done = subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, check=False)
    return Answer(done.stdout, done.returncode, frozenset(done.stderr.splitlines()[-1].split()))


def teach(folder: Path, *words: str, **variables: str) -> Answer:
    """Let it be remembered by a call that need not open the revision files."""
    ask(folder, "heads", first=SETTLED, **variables)
    return ask(folder, *words, first=SETTLED, **variables)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose database is at its head."""
    made = tmp_path / "project"
    for name, parent in (("aaaa", None), ("bbbb", "aaaa")):
        write_revision(made / "migrations" / "versions", name, parent)
    (made / "migrations" / "env.py").write_text("")
    url = "sqlalchemy.url = sqlite:///app.db"
    (made / "alembic.ini").write_text(f"[alembic]\nscript_location = migrations\n{url}\n")
    execute(made, "CREATE TABLE alembic_version (version_num TEXT)", "CREATE TABLE own (id INTEGER)")
    execute(made, "INSERT INTO alembic_version VALUES ('bbbb')")
    return made


def execute(folder: Path, *statements: str) -> None:
    """Change the database behind Limosa's back."""
    connection = sqlite3.connect(folder / "app.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


LOOKS = [("status",), ("current",), ("upgrade",), ("upgrade", "head"), ("status", "--json")]


@pytest.mark.parametrize("words", LOOKS)
def test_the_same_is_answered_the_second_time(folder: Path, words: tuple[str, ...]) -> None:
    """Word for word, and with none of the modules that finding it took."""
    first = teach(folder, *words)
    second = ask(folder, *words)

    assert (second.text, second.code) == (first.text, first.code)
    assert first.code == 0
    assert "bbbb" in first.text
    assert not first.is_remembered
    assert {name for name in second.loaded if name.startswith("limosa")} == {
        "limosa.config", "limosa.config.consulted", "limosa.engines", "limosa.engines.sqlite",
        "limosa.engines.sqlite.heard", "limosa.graph", "limosa.graph.files",
    }  # fmt: skip
    assert second.loaded.isdisjoint({"click", "typing", "dataclasses", "sqlalchemy", "alembic"})


CHANGES: dict[str, Callable[[Path], object]] = {
    "a row": lambda folder: execute(folder, "UPDATE alembic_version SET version_num = 'aaaa'"),
    "no row": lambda folder: execute(folder, "DELETE FROM alembic_version"),
    "another table": lambda folder: execute(folder, "DROP TABLE alembic_version"),
    "no database": lambda folder: (folder / "app.db").unlink(),
    "no database any more": lambda folder: (folder / "app.db").write_text("something else altogether"),
    "a new revision": lambda folder: write_revision(folder / "migrations/versions", "cccc", "bbbb"),
    "a revision less": lambda folder: (folder / "migrations/versions/bbbb.py").unlink(),
    "an edited revision": lambda folder: same_size(folder / "migrations/versions/bbbb.py", b"make", b"MAKE"),
    "a broken revision": lambda folder: (folder / "migrations/versions/x.py").write_text("("),
    "other settings": lambda folder: (folder / "limosa.toml").write_text('environment = "other"'),
    "another database": lambda folder: same_size(folder / "alembic.ini", b"app.db", b"new.db"),
    "another env.py": lambda folder: (folder / "migrations/env.py").write_text("version_table = 'v'"),
    "other versions": lambda folder: (folder / "alembic.ini").write_text(
        (folder / "alembic.ini").read_text() + "version_locations = nowhere\n"
    ),
    "a damaged answer": lambda folder: same_size(
        next(folder.glob(".limosa/cache/answer-*")), b"bbbb", b"bbxb"
    ),
}


def same_size(path: Path, old: bytes, new: bytes) -> None:
    """Change a file and set its time back."""
    found, data = path.stat(), path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(folder: Path, change: str) -> None:
    """Whatever the answer hangs on: after a change it is what a command says that remembers nothing."""
    before = teach(folder, "status")
    CHANGES[change](folder)
    after = ask(folder, "status")
    for kept in folder.glob(".limosa/cache/*"):
        kept.unlink()

    assert not after.is_remembered
    assert (after.text, after.code) == ask(folder, "status")[:2]
    says_the_same = {"a damaged answer", "an edited revision"}
    assert (after.text == before.text) == (change in says_the_same)


@pytest.mark.parametrize(
    ("name", "value"), [("LIMOSA_ENV", "production"), ("DATABASE_URL", "sqlite:///x.db"), ("LIMOSA_X", "a=b")]
)
def test_a_variable_is_seen(folder: Path, name: str, value: str) -> None:
    """An answer holds for the variables with which it was found; others do not matter."""
    teach(folder, "status")

    assert ask(folder, "status", OTHER="1").is_remembered
    assert not ask(folder, "status", **{name: value}).is_remembered


@pytest.mark.parametrize(
    ("first", "variables"),
    [
        ("", {}),
        (SETTLED, {"PGPASSWORD": "hidden"}),
        (SETTLED + "; import alembic", {}),
        (SETTLED + "; sys.stderr.write('a word')", {}),
    ],
    ids=["just written", "a secret within reach", "Alembic was loaded", "a word on stderr"],
)
def test_what_is_unusual_is_not_remembered(folder: Path, first: str, variables: dict[str, str]) -> None:
    """Files only just written, secrets, env.py that ran, warnings: the next call looks again."""
    if "a word" in first:
        (folder / "migrations/versions/bbbb.py").write_text("revision = ")
        first = SETTLED
    ask(folder, "status", first=first, **variables)

    assert list(folder.glob(".limosa/cache/answer-*")) == []


@pytest.mark.parametrize(
    "words", [("status", "--exit-code"), ("history",), ("upgrade", "+1"), ("-q", "status")]
)
def test_other_words_are_not_remembered(folder: Path, words: tuple[str, ...]) -> None:
    """Only plain questions are."""
    teach(folder, *words)

    assert list(folder.glob(".limosa/cache/answer-*")) == []


def test_what_changed_the_database_is_not_remembered(folder: Path) -> None:
    """An upgrade that did something is no answer; the next, with nothing to do, is one."""
    versions = folder / "migrations" / "versions"
    write_revision(versions, "cccc", "bbbb")
    (folder / "migrations/env.py").write_text(ENV)
    done = teach(folder, "upgrade")
    assert "cccc" in done.text
    assert list(folder.glob(".limosa/cache/answer-*")) == []
    nothing = teach(folder, "upgrade")

    assert nothing.text.startswith("nothing to do")
    assert ask(folder, "upgrade") == (nothing.text, 0, ask(folder, "upgrade").loaded)


ENV = """
from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_a_locked_database_is_told_of(folder: Path) -> None:
    """Another process writes: the ordinary way waits for it, and says so when it does not end."""
    teach(folder, "status", LIMOSA_SQLITE_BUSY_S="0.1")
    holder = sqlite3.connect(folder / "app.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    answer = ask(folder, "status", LIMOSA_SQLITE_BUSY_S="0.1")
    holder.close()

    assert not answer.is_remembered
    assert answer.code == 1
    assert "locked" in answer.text


def test_an_answer_is_given_where_it_was_found(folder: Path) -> None:
    """A copy of the project has its own database, and the answer names the other one."""
    teach(folder, "status")
    other = folder.with_name("other")
    subprocess.run(["cp", "-a", str(folder), str(other)], check=True)

    answer = ask(other, "status")
    assert not answer.is_remembered
    assert str(other) in answer.text


def test_a_closed_pipe_ends_the_answer(folder: Path) -> None:
    """Nobody reads: the exit code says so, and there is no traceback."""
    teach(folder, "status")
    code = "import sys; from limosa.cli.main import main; sys.exit(main(['status']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
