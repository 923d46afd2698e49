"""Scratch databases are empty, cheap the second time, and gone after the block and after a crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from limosa.engines.base import opened
from limosa.engines.registry import engine_for
from limosa.errors import ConfigError, Unreachable
from limosa.model.limits import Limits
from limosa.model.session import Query
from limosa.model.url import DatabaseURL
from limosa.scratch import folders, scratch_database, scratch_server
from tests.fixtures.servers import NEWEST

OWNER = """
import sys
from limosa.scratch import scratch_database
with scratch_database("sqlite") as url:
    open(url.database, "w").close()
    print(url.database, "psycopg" in sys.modules, flush=True)
    sys.stdin.read()
"""


def tables(url: DatabaseURL) -> tuple[str, ...]:
    """Return the tables of a database."""
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="test") as session:
        return engine.tables(session)


def create_table(url: DatabaseURL) -> None:
    """Make a table in a database."""
    with opened(engine_for(url), url, limits=Limits(), application="test") as session:
        session.change(Query("CREATE TABLE kept (id integer)"))


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_each_is_empty_and_goes_with_its_block(backend: str) -> None:
    """What was made in one is not in the next, and the first is gone when its block ends."""
    with scratch_database(backend, NEWEST) as first:
        create_table(first)
        with scratch_database(backend, NEWEST) as second:
            assert first.database != second.database
            assert tables(second) == ()
        assert [name.rpartition(".")[2] for name in tables(first)] == ["kept"]
    assert not engine_for(first).exists(first) or backend == "postgresql"
    if backend == "postgresql":
        with pytest.raises(Unreachable, match="does not exist"):
            tables(first)


def test_one_server_serves_a_process() -> None:
    """The second database of a version costs no second server, and a server that was ended is replaced."""
    first = scratch_server(NEWEST)
    assert scratch_server(NEWEST) is first
    first.stop()
    with scratch_database("postgresql", NEWEST) as url:
        assert tables(url) == ()
    assert scratch_server(NEWEST) is not first


def test_a_file_needs_no_driver_of_postgresql_and_a_crash_leaves_none_behind() -> None:
    """A killed owner's SQLite file is swept by the next one; no PostgreSQL driver was loaded for it."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        name, has_driver = owner.stdout.readline().split()
        path = Path(name)
        assert has_driver == "False"
        assert path not in folders.sweep()
        assert path.exists()
        owner.kill()
        owner.wait()
    assert path.parent in folders.sweep()
    assert not path.exists()


def test_an_unknown_kind_is_refused() -> None:
    """A backend that Limosa does not know is a configuration error."""
    with (
        pytest.raises(ConfigError, match="no scratch database of the kind 'mysql'"),
        scratch_database("mysql"),
    ):
        pass
