"""Databases of a server that is shared: each has an owner, and goes when its owner is gone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import count

import pytest

from limosa.engines.postgresql.admin import Warehouse
from limosa.errors import Unreachable
from limosa.model.url import DatabaseURL, Secret
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


def test_who_is_no_superuser_gets_a_new_copy_each_time(server: DatabaseURL, pg: Target) -> None:
    """A role that may create databases is enough; it only takes longer."""
    role = f"maker_{pg.url.database}"
    pg.execute(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'maker'")
    try:
        as_maker = replace(server, username=role, password=Secret("maker"))
        with closing(Warehouse(as_maker, prefix=PREFIX, owner="maker")) as warehouse:
            template = warehouse.name_of("t")
            warehouse.create(template)
            with closing(Stock(DatabaseCopies(as_maker, warehouse, template, count(1)))) as stock:
                names = set()
                for _ in range(6):
                    with stock.lent() as url:
                        lent = Target("lent", "postgresql", url)
                        assert lent.tables() == set()
                        lent.execute("CREATE TABLE t (id int)")
                        names.add(url.database)
                assert len(names) == 6
                assert len(pg.rows(LISTED)) <= 4, "what was replaced is gone at once, not at the end"
        assert pg.rows(LISTED) == []
    finally:
        pg.execute(f"DROP ROLE {role}")


def test_what_is_lent_at_the_end_goes_as_well(server: DatabaseURL, pg: Target) -> None:
    """A test that never gave its database back leaves none, and giving it back later is harmless."""
    with closing(Warehouse(server, prefix=PREFIX, owner="late")) as warehouse:
        template = warehouse.name_of("t")
        warehouse.create(template)
        stock = Stock(DatabaseCopies(server, warehouse, template, count(1)))
        url = stock.take()
        stock.close()
        assert pg.rows(LISTED) == []
        stock.give_back(url)
