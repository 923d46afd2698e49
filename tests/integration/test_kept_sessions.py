"""In a ``with`` block a Migrator keeps its connection, and still sees what is there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from limosa import Migrator, State
from limosa.errors import Unreachable
from tests.fixtures.graphs import write_revision
from tests.fixtures.targets import Target


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of two revisions."""
    for name, parent in (("aaaa", None), ("bbbb", "aaaa")):
        write_revision(tmp_path / "migrations" / "versions", name, parent)
    (tmp_path / "migrations" / "env.py").write_text("")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    return tmp_path


def stamp(target: Target, revision: str) -> None:
    """Say where the database stands."""
    target.execute(
        "DROP TABLE IF EXISTS alembic_version",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        f"INSERT INTO alembic_version VALUES ('{revision}')",
    )


def test_each_question_is_answered_anew(target: Target, root: Path) -> None:
    """What others do to the version table between two questions shows, its end and return included."""
    stamp(target, "aaaa")
    with Migrator(project=root, url=target.url.reveal()) as migrator:
        assert migrator.status().state is State.BEHIND
        stamp(target, "bbbb")
        assert migrator.status().state is State.AT_HEAD
        assert [one.id for one in migrator.current()] == ["bbbb"]
        target.execute("DROP TABLE alembic_version")
        assert migrator.status().state is State.EMPTY
        stamp(target, "zzzz")
        assert migrator.status().state is State.AHEAD


def test_the_connection_is_kept_and_closed(pg: Target, root: Path) -> None:
    """One connection for all questions, none after the block, and none between questions outside of one."""
    count = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = 'limosa' AND datname = current_database()"
    )
    stamp(pg, "bbbb")
    migrator = Migrator(project=root, url=pg.url.reveal())
    migrator.status()
    assert pg.rows(count) == [(0,)]
    with migrator:
        for _ in range(3):
            migrator.status()
            migrator.pending()
            assert pg.rows(count) == [(1,)]
    for _ in range(100):
        if pg.rows(count) == [(0,)]:
            break
    assert pg.rows(count) == [(0,)]


def test_a_lost_connection_is_made_again(pg: Target, root: Path) -> None:
    """The server ended the session between two questions: nobody notices."""
    stamp(pg, "bbbb")
    with Migrator(project=root, url=pg.url.reveal()) as migrator:
        migrator.status()
        pg.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'limosa'")
        assert migrator.status().state is State.AT_HEAD


def test_another_file_in_its_place_is_noticed(sqlite: Target, root: Path) -> None:
    """A SQLite database that was replaced or removed is not the one that is still open."""
    stamp(sqlite, "bbbb")
    with Migrator(project=root, url=sqlite.url.reveal()) as migrator:
        assert migrator.status().state is State.AT_HEAD
        sqlite.path.unlink()
        assert migrator.status().state is State.EMPTY
        stamp(sqlite, "aaaa")
        assert migrator.status().state is State.BEHIND


def test_another_thread_has_connections_of_its_own(sqlite: Target, root: Path) -> None:
    """SQLite's connections belong to a thread; asking from another one is no error."""
    stamp(sqlite, "bbbb")
    found: list[State] = []
    with Migrator(project=root, url=sqlite.url.reveal()) as migrator:
        migrator.status()
        thread = threading.Thread(target=lambda: found.append(migrator.status().state))
        thread.start()
        thread.join()
        assert migrator.status().state is State.AT_HEAD
    assert found == [State.AT_HEAD]


def test_an_unreachable_server_is_an_answer(root: Path) -> None:
    """In a block as outside of one: the state is told, and a verb raises the typed error."""
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    with Migrator(project=root, url=url) as migrator:
        assert migrator.status().state is State.UNREACHABLE
        with pytest.raises(Unreachable):
            migrator.current()
