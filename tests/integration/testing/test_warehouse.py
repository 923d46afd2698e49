"""Databases of a server that is shared: each has an owner, and goes when its owner is gone."""

from __future__ import annotations

from contextlib import closing
from itertools import count

import pytest

from limosa.engines.postgresql.admin import Warehouse
from limosa.errors import Unreachable
from limosa.model.url import DatabaseURL
from limosa.scratch.copies import DatabaseCopies
from limosa.scratch.stock import Stock
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target

PREFIX = "limosa_sweep_"
LISTED = f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%' ORDER BY 1"


@pytest.fixture
def server(servers: Servers) -> DatabaseURL:
    """The shared server."""
    return servers.of(NEWEST).url()


def test_what_an_owner_left_behind_is_swept_away(server: DatabaseURL, pg: Target) -> None:
    """A process that ended without dropping has its databases dropped by the next; the living keep theirs."""
    with closing(Warehouse(server, prefix=PREFIX, owner="living")) as living:
        living.create(living.name_of("1"))
        gone = Warehouse(server, prefix=PREFIX, owner="gone")
        gone.create(gone.name_of("1"))
        gone.create(gone.name_of("t2"))
        gone.close_off(gone.name_of("t2"))
        gone.close()
        with closing(Warehouse(server, prefix=PREFIX, owner="next")):
            assert pg.rows(LISTED) == [(f"{PREFIX}living_1",)]
        living.drop(living.name_of("1"))


def test_a_stock_lends_several_at_once_and_leaves_none(server: DatabaseURL, pg: Target) -> None:
    """Each borrower has its own; what comes back changed is replaced, and in the end all are dropped."""
    with closing(Warehouse(server, prefix=PREFIX, owner="stock")) as warehouse:
        template = warehouse.name_of("t")
        warehouse.create(template)
        with closing(Stock(DatabaseCopies(server, warehouse, template, count(1)))) as stock:
            with stock.lent() as one, stock.lent() as two, stock.lent() as three:
                assert len({one.database, two.database, three.database}) == 3
                for url in (one, two):
                    Target("lent", "postgresql", url).execute("CREATE TABLE t (id int)")
            for _ in range(4):
                with stock.lent() as again:
                    assert Target("lent", "postgresql", again).tables() == set()
        assert pg.rows(LISTED) == []


def test_a_failure_behind_the_scenes_is_told_to_who_waits(server: DatabaseURL) -> None:
    """Without a template nothing can be lent, and nobody waits for ever."""
    with (
        closing(Warehouse(server, prefix=PREFIX, owner="failing")) as warehouse,
        closing(Stock(DatabaseCopies(server, warehouse, "there_is_none", count(1)))) as stock,
    ):
        for _ in range(2):
            with pytest.raises(Unreachable, match="there_is_none"):
                stock.take()
