"""An index made online: the same one everywhere, in whichever way it was made."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op

from limosa import Migrator, online
from limosa.errors import DuplicateRows, NameTaken, OperationRefused
from limosa.model.events import StatementStarted
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.online.conftest import Live, Tool

TABLE = "CREATE TABLE document (id integer PRIMARY KEY, owner integer, mail text)"
ROWS = {
    "sqlite": "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) "
    "INSERT INTO document SELECT i, i % 7, 'mail' || i FROM s",
    "postgresql": "INSERT INTO document SELECT i, i % 7, 'mail' || i FROM generate_series(1, {n}) i",
}
BUSY = 40_000
MAKE = """
from limosa import online
online.create_index_online("document_owner", "document", ["owner", "id"], postgresql_using="btree",
                           postgresql_where=sa.text("owner > 1"), sqlite_where=sa.text("owner > 1"))
"""
DROP = """
from limosa import online
online.drop_index_online("document_owner", table="document")
"""


def fill(target: Target, rows: int = BUSY) -> Target:
    """Create the table with its rows."""
    target.execute(TABLE, ROWS[target.engine].format(n=rows))
    return target


def indexes(target: Target) -> dict[str, str]:
    """Return the definition of each index by its name; '' for one that is not valid."""
    if target.engine == "sqlite":
        found = target.rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    else:
        found = target.rows(
            "SELECT c.relname, CASE WHEN i.indisvalid THEN pg_get_indexdef(c.oid) ELSE '' END "
            "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace"
        )
    return dict(found)


def sent(project: Any, target: Target, revision: str = "head") -> list[str]:
    """Upgrade with Limosa and return the statements about indexes."""
    statements = []

    def listen(event: object) -> None:
        if isinstance(event, StatementStarted) and "INDEX" in event.sql:
            statements.append(event.sql)

    Migrator(project=project.root, url=target.url.reveal(), sinks=[listen]).upgrade(revision)
    return statements


def test_up_down_and_up_again(target: Target, project: MakeProject, tool: Tool) -> None:
    """On an empty table and on a full one the same index comes, and goes, under both tools."""
    made = project(url=target.url)
    made.revise("001", None, upgrade=f"op.execute({TABLE!r})", downgrade='op.drop_table("document")')
    made.revise("002", "001", upgrade=MAKE, downgrade=DROP)
    tool.upgrade(made)
    empty = indexes(target)
    tool.downgrade(made, "001")
    assert indexes(target) == {}
    target.execute(ROWS[target.engine].format(n=BUSY))
    tool.upgrade(made)
    assert indexes(target) == empty
    assert "owner > 1" in empty["document_owner"]
    tool.downgrade(made, "001")
    assert indexes(target) == {}


def test_concurrently_only_where_it_matters(pg: Target, project: MakeProject) -> None:
    """In one transaction with its table or on a small one plainly; CONCURRENTLY on one with rows."""
    made = project(url=pg.url)
    rows = ROWS["postgresql"].format(n=BUSY)
    made.revise("001", None, upgrade=f"op.execute({TABLE!r})\nop.execute({rows!r})\n{MAKE}")
    made.revise("002", "001", upgrade=MAKE.replace("document_owner", "second"))
    made.revise("003", "002", upgrade=f'op.execute("TRUNCATE document")\n{MAKE.replace("_owner", "_third")}')
    ways = ["CONCURRENTLY" in one for one in sent(made, pg)]
    assert ways == [False, True, False]
    third, first, second = (indexes(pg)[name] for name in ("document_third", "document_owner", "second"))
    assert third.replace("_third", "_owner") == first == second.replace("second", "document_owner")


def test_a_plan_shows_what_will_run(pg: Target, project: MakeProject) -> None:
    """Captured on a copy without rows, the statement is the one for the real table."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade=f"op.execute({TABLE!r})")
    made.revise("002", "001", upgrade=MAKE, downgrade=DROP)
    made.alembic("upgrade", "001")
    pg.execute(ROWS["postgresql"].format(n=BUSY))
    (step,) = Migrator(project=made.root).plan(statements=True).steps
    planned = [one.text for one in step.statements or () if "INDEX" in one.text]
    assert planned == sent(made, pg)
    assert "CONCURRENTLY" in planned[0]


def test_a_script_makes_the_same(pg: Target, project: MakeProject) -> None:
    """--sql writes CONCURRENTLY between COMMIT and BEGIN, and the script runs."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade=f"op.execute({TABLE!r})")
    made.revise("002", "001", upgrade=MAKE, downgrade=DROP)
    made.alembic("upgrade", "001")
    script = made.alembic("upgrade", "001:002", "--sql").stdout
    assert "COMMIT;\n\nCREATE INDEX CONCURRENTLY document_owner" in script
    with pg.connect() as connection:
        for statement in (part.strip() for part in script.split(";")):
            if statement:
                connection.execute(statement)
    assert list(indexes(pg)) == ["document_owner"]
    down = made.alembic("downgrade", "002:001", "--sql").stdout
    assert 'COMMIT;\n\nDROP INDEX CONCURRENTLY "document_owner"' in down


def test_a_second_time_nothing_is_done(target: Target, live: Live) -> None:
    """The same index is left as it is; dropping what is gone is no error."""
    fill(target)
    for _ in range(2):
        with live(target):
            online.create_index_online(
                "d", "document", [sa.text("lower(mail)"), sa.column("owner").desc()], unique=True,
                postgresql_where=sa.text("owner IN (1, 2)"), sqlite_where=sa.text("owner IN (1, 2)"),
            )  # fmt: skip
    before = indexes(target)
    assert list(before) == ["d"]
    for _ in range(2):
        with live(target):
            online.drop_index_online("d", table="document")
    assert indexes(target) == {}


OTHERS = {
    "columns": "CREATE INDEX d ON document (id)",
    "uniqueness": "CREATE UNIQUE INDEX d ON document (mail)",
    "predicate": "CREATE INDEX d ON document (mail) WHERE owner > 3",
    "order": "CREATE INDEX d ON document (mail DESC)",
    "table": "CREATE INDEX d ON other (mail)",
    "kind": "CREATE VIEW d AS SELECT 1 AS one",
}


@pytest.mark.parametrize("difference", OTHERS)
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_another_index_of_that_name(target: Target, live: Live, difference: str) -> None:
    """Whatever differs, the error names both, and what is there stays."""
    fill(target, 10)
    target.execute("CREATE TABLE other (mail text)", OTHERS[difference])
    before = indexes(target)
    with pytest.raises(NameTaken, match="'d' is there and is not what was asked for") as caught, live(target):
        online.create_index_online("d", "document", ["mail"])
    assert caught.value.fields["wanted"] == "CREATE INDEX d ON document (mail)"
    assert caught.value.fields["found"]
    assert indexes(target) == before


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_an_index_of_another_table_is_not_dropped(target: Target, live: Live) -> None:
    """With the table named, a name that belongs to another one is an error."""
    fill(target, 10)
    target.execute("CREATE TABLE other (mail text)", OTHERS["table"])
    with pytest.raises(NameTaken, match="an index on 'other'"), live(target):
        online.drop_index_online("d", table="document")
    assert list(indexes(target)) == ["d"]


def test_a_method_is_compared_too(pg: Target, live: Live) -> None:
    """PostgreSQL: a hash index is not a btree index."""
    fill(pg, 10)
    with live(pg):
        online.create_index_online("d", "document", ["mail"], postgresql_using="hash")
    assert "USING hash" in indexes(pg)["d"]
    with pytest.raises(NameTaken), live(pg):
        online.create_index_online("d", "document", ["mail"])


@pytest.mark.parametrize("rows", [10, BUSY])
def test_an_invalid_index_is_built_again(pg: Target, live: Live, rows: int) -> None:
    """What a try that failed has left is dropped, and the index is whole in the end."""
    fill(pg, rows)
    pg.execute("UPDATE document SET mail = 'same'")
    with pytest.raises(Exception, match="could not create unique index"):
        pg.execute("CREATE UNIQUE INDEX CONCURRENTLY d ON document (mail)")
    assert indexes(pg) == {"d": ""}
    with live(pg):
        online.create_index_online("d", "document", ["owner"])
    assert indexes(pg) == {"d": "CREATE INDEX d ON public.document USING btree (owner)"}


@pytest.mark.parametrize("rows", [10, BUSY])
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_rows_in_the_way_of_a_unique_index(target: Target, live: Live, rows: int) -> None:
    """The error counts the values, its query shows them, no value is in it, and no index is left."""
    fill(target, rows)
    target.execute(
        "UPDATE document SET mail = 'secret' WHERE id < 4", "UPDATE document SET mail = NULL WHERE id > 7"
    )
    target.execute("UPDATE document SET mail = 'other' WHERE id IN (4, 5)")
    with (
        pytest.raises(
            DuplicateRows, match="'d' cannot be unique: in 'document' there are 2 values"
        ) as caught,
        live(target),
    ):
        online.create_index_online("d", "document", ["mail"], unique=True)
    error = caught.value
    assert error.fields["values"] == 2
    assert "secret" not in f"{error} {error.hint} {error.fields}"
    assert sorted(target.rows(error.fields["query"])) == [("other", 2), ("secret", 3)]
    assert indexes(target) == {}


def test_duplicates_that_come_while_it_is_built(pg: Target, project: MakeProject) -> None:
    """A duplicate written after the look leaves nothing INVALID, and the next run succeeds."""
    fill(pg)
    made = project(url=pg.url)
    make = 'from limosa import online\nonline.create_index_online("d", "document", ["mail"], unique=True)'
    made.revise("001", None, upgrade=make)

    def spoil(event: object) -> None:
        if isinstance(event, StatementStarted) and "CONCURRENTLY" in event.sql:
            pg.execute("UPDATE document SET mail = 'same' WHERE id < 3")

    with pytest.raises(DuplicateRows, match="there is 1 value"):
        Migrator(project=made.root, sinks=[spoil]).upgrade()
    assert indexes(pg) == {}
    pg.execute("UPDATE document SET mail = 'one' WHERE id = 1")
    Migrator(project=made.root).upgrade()
    assert "UNIQUE" in indexes(pg)["d"]


SLOW = """
CREATE FUNCTION slow(n integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
'BEGIN PERFORM pg_sleep(0.001); RETURN n; END'
"""


def test_timeouts_do_not_break_it_off(pg: Target, live: Live) -> None:
    """Timeouts of the session are off while it is built, and are as they were afterwards."""
    wide = "INSERT INTO document SELECT i, i, repeat(md5(i::text), 60) FROM generate_series(1, 700) i"
    pg.execute(TABLE, "ALTER TABLE document ALTER mail SET STORAGE PLAIN", wide, SLOW)
    with live(pg) as connection:
        connection.exec_driver_sql("SET lock_timeout = '17ms'")
        connection.exec_driver_sql("SET statement_timeout = '300ms'")
        online.create_index_online("d", "document", [sa.text("slow(owner)")])
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "17ms"
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "300ms"
    assert "slow" in indexes(pg)["d"]


def test_a_partitioned_table(pg: Target, live: Live) -> None:
    """One that was there is refused with the way to do it; a new one is indexed at once."""
    table = "CREATE TABLE part (id integer, n integer) PARTITION BY RANGE (id)"
    with live(pg):
        op.execute(table)
        online.create_index_online("part_n", "part", ["n"])
    assert list(indexes(pg)) == ["part_n"]
    with pytest.raises(OperationRefused, match="'part' is partitioned") as caught, live(pg):
        online.create_index_online("part_id", "part", ["id"])
    assert "ON ONLY" in str(caught.value.hint)
    with live(pg):
        online.drop_index_online("part_n")
    assert indexes(pg) == {}


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_in_an_autocommit_block(target: Target, live: Live) -> None:
    """A revision that has opened one already can use both operations in it, twice."""
    fill(target)
    for _ in range(2):
        with live(target), op.get_context().autocommit_block():
            online.create_index_online("d", "document", ["owner"])
            online.create_index_online("d", "document", ["owner"])
    with live(target), op.get_context().autocommit_block():
        online.drop_index_online("d")
    assert indexes(target) == {}


def test_a_transaction_of_env_py(pg: Target) -> None:
    """In a transaction that is not Alembic's own the error says what to do, and nothing is committed."""
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415

    fill(pg)
    engine = sa.create_engine(pg.url.reveal(), poolclass=sa.NullPool)
    with (
        engine.connect() as connection,
        connection.begin(),
        Operations.context(MigrationContext.configure(connection)),
    ):
        op.execute("CREATE TABLE more (id integer)")
        with pytest.raises(OperationRefused, match="must run outside of a transaction"):
            online.create_index_online("d", "document", ["owner"])
        connection.rollback()
    assert pg.tables() == {"document"}


def test_no_such_table(pg: Target, live: Live) -> None:
    """The error names the table."""
    with pytest.raises(OperationRefused, match="there is no table 'nowhere'"), live(pg):
        online.create_index_online("d", "nowhere", ["owner"])


@pytest.mark.parametrize("name", ['My "own" index', "a%b :c; --'", "ä" * 31 + "x"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_hostile_names(target: Target, live: Live, name: str) -> None:
    """Names with quotes, blanks, capitals, signs of SQL and of drivers, and 63 bytes; twice."""
    table, quoted = f"t{name[1:]}", '"' + name.replace('"', '""') + '"'
    owner = f'"t{name[1:].replace(chr(34), chr(34) * 2)}"'
    target.execute(f"CREATE TABLE {owner} ({quoted} text)")
    if target.engine == "postgresql":
        target.execute(f"INSERT INTO {owner} SELECT i FROM generate_series(1, {BUSY}) i")
    for _ in range(2):
        with live(target):
            online.create_index_online(name, table, [name], unique=True)
        assert list(indexes(target)) == [name]
    with live(target):
        online.drop_index_online(name, table=table)
    assert indexes(target) == {}


def test_in_another_schema(pg: Target, live: Live) -> None:
    """The index lies beside its table, and one of the same name elsewhere does not matter."""
    fill(pg, 10)
    pg.execute(
        "CREATE SCHEMA shop", "CREATE TABLE shop.document (owner integer)", "CREATE INDEX d ON document (id)"
    )
    for _ in range(2):
        with live(pg):
            online.create_index_online("d", "document", ["owner"], schema="shop")
    with live(pg):
        online.drop_index_online("d", table="document", schema="shop")
    assert indexes(pg) == {"d": "CREATE INDEX d ON public.document USING btree (id)"}
