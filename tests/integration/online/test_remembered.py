"""A change of rows that is taken back: of exactly the rows that it changed, and to the very values."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op

from limosa import Direction, Migrator, online
from limosa.errors import OperationRefused
from limosa.online import Restored
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.online.conftest import Live, Tool

TABLE = "CREATE TABLE document (id integer NOT NULL PRIMARY KEY, status text, n integer)"
ROWS = "INSERT INTO document VALUES (1, 'old', 1), (2, 'old', 2), (3, NULL, 3), (4, 'new', 4), (5, 'done', 5)"
OLD = sa.column("status") == "old"
UP = """
from limosa import online
changed = online.update_remembered(
    "document status", "document", {"status": "done"}, where=sa.text("status <> :new").bindparams(new="new")
)
assert changed == 2, changed
"""
DOWN = """
from limosa import online
restored = online.restore_remembered("document status")
assert restored == online.Restored(restored=2, changed=0, deleted=0), restored
"""


def statuses(target: Target) -> list[Any]:
    """Return the status of each document by its id."""
    return [status for (status,) in target.rows("SELECT status FROM document ORDER BY id")]


def own_tables(target: Target) -> set[str]:
    """Return what is kept for changes that are remembered."""
    return {name for name in target.tables() if "remembered_" in name}


@pytest.fixture
def filled(target: Target) -> Target:
    """A database with five documents."""
    target.execute(TABLE, ROWS)
    return target


def test_up_down_and_up_again(filled: Target, project: MakeProject, tool: Tool) -> None:
    """Under both tools the downgrade puts back what was there, and nothing is kept of it."""
    made = project(url=filled.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    before = statuses(filled)
    for _ in range(2):
        tool.upgrade(made)
        assert statuses(filled) == ["done", "done", None, "new", "done"]
        assert len(own_tables(filled)) == 1
        tool.downgrade(made, "base")
        assert statuses(filled) == before
        assert own_tables(filled) == set()


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_autogenerate_does_not_see_it(target: Target, filled: Target, project: MakeProject) -> None:
    """Models and database are the same to plain Alembic while a change is remembered."""
    made = project(url=filled.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    models = (
        'import sqlalchemy as sa\nm = sa.MetaData()\nsa.Table("document", m, sa.Column("id", sa.Integer, '
        'primary_key=True), sa.Column("status", sa.Text), sa.Column("n", sa.Integer))\n'
    )
    made.env.write_text(
        models + made.env.read_text().replace("target_metadata = None", "target_metadata = m")
    )
    made.alembic("upgrade", "head")
    assert Migrator(project=made.root).check().passed
    if target.engine == "postgresql" or find_spec("alembic.runtime.plugins"):  # Alembic 1.18 and newer
        assert "No new upgrade operations detected" in made.alembic("check").stdout


def test_a_copy_has_nothing_remembered(pg: Target, project: MakeProject) -> None:
    """A plan of the way back, captured on a copy of the tables, does not fail for want of rows."""
    pg.execute(TABLE, ROWS)
    made = project(url=pg.url)
    made.revise("001", None, upgrade=UP, downgrade='op.restore_remembered("document status")')
    Migrator(project=made.root).upgrade()
    assert Migrator(project=made.root).plan("base", direction=Direction.DOWNGRADE, statements=True).steps
    assert len(own_tables(pg)) == 1


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_only_rows_that_change(filled: Target, live: Live) -> None:
    """A row that has the value already is neither touched nor remembered."""
    with live(filled):
        assert online.update_remembered("x", "document", {"status": "old"}, where=sa.true()) == 3
    with live(filled):
        assert online.restore_remembered("x") == Restored(3, 0, 0)
    assert statuses(filled) == ["old", "old", None, "new", "done"]


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_changed_and_deleted_since(filled: Target, live: Live) -> None:
    """A row that somebody changed, or deleted, or made anew with other values, is left as it is."""
    with live(filled):
        online.update_remembered("x", "document", {"status": "done", "n": 0}, where=sa.true())
    filled.execute(
        "UPDATE document SET status = 'mine' WHERE id = 1",
        "UPDATE document SET n = NULL WHERE id = 2",
        "DELETE FROM document WHERE id = 4",
        "DELETE FROM document WHERE id = 5",
        "INSERT INTO document VALUES (5, 'other', 0), (6, 'done', 0)",
    )
    with live(filled):
        assert online.restore_remembered("x") == Restored(restored=1, changed=3, deleted=1)
    assert filled.rows("SELECT id, status, n FROM document ORDER BY id") == [
        (1, "mine", 0), (2, "done", None), (3, None, 3), (5, "other", 0), (6, "done", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_expressions_and_null(filled: Target, live: Live) -> None:
    """A value may come from the row's own columns, or be NULL."""
    values = {"status": sa.func.upper(sa.column("status")), "n": None}
    with live(filled):
        assert online.update_remembered("x", "document", values, where=OLD) == 2
    assert filled.rows("SELECT status, n FROM document WHERE id < 3") == [("OLD", None), ("OLD", None)]
    with live(filled):
        online.restore_remembered("x")
    assert filled.rows("SELECT status, n FROM document WHERE id < 3 ORDER BY id") == [("old", 1), ("old", 2)]


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_twice_under_one_name(filled: Target, live: Live) -> None:
    """What is remembered is not lost by a second change; under another name there may be one."""
    with live(filled):
        online.update_remembered("x", "document", {"status": "done"}, where=OLD)
    with pytest.raises(OperationRefused, match="remembered under 'x' already") as caught, live(filled):
        online.update_remembered("x", "document", {"status": "lost"}, where=sa.true())
    assert caught.value.fields["name"] == "x"
    with live(filled):
        online.update_remembered("y", "document", {"status": "again"}, where=sa.column("status") == "done")
    with live(filled):
        online.restore_remembered("y")
        online.restore_remembered("x")
    assert statuses(filled) == ["old", "old", None, "new", "done"]
    with pytest.raises(OperationRefused, match="nothing is remembered under 'x'"), live(filled):
        online.restore_remembered("x")


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_a_table_made_anew(filled: Target, project: MakeProject, tool: Tool) -> None:
    """What is remembered of a table that was dropped since is in nobody's way: the upgrade runs again."""
    made = project(url=filled.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    tool.upgrade(made)
    filled.execute("DROP TABLE document", TABLE, ROWS, "DELETE FROM alembic_version")
    tool.upgrade(made)
    tool.downgrade(made, "base")
    assert statuses(filled) == ["old", "old", None, "new", "done"]


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_a_failure_leaves_nothing(filled: Target, project: MakeProject, tool: Tool) -> None:
    """What fails later in the revision takes the change, and the memory of it, back."""
    made = project(url=filled.url)
    made.revise("001", None, upgrade=f'{UP}\nraise RuntimeError("later")', downgrade=DOWN)
    with pytest.raises(Exception, match="later"):
        tool.upgrade(made)
    assert statuses(filled) == ["old", "old", None, "new", "done"]
    assert own_tables(filled) == set()
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    tool.upgrade(made)
    assert statuses(filled)[0] == "done"


TYPED = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN code AS text CHECK (value <> '');
CREATE TABLE typed (
  a uuid, b text, j json, jb jsonb, t timestamptz, i interval, num numeric, f float8, by bytea, arr integer[],
  m mood, c code, p point, ip inet, CONSTRAINT k UNIQUE (b, a)
);
INSERT INTO typed SELECT gen_random_uuid(), 'key ' || i, '{"b":1,  "a":[1, null]}', '{"a": 1}',
  '2024-03-31 01:59:59.123456+00',
  '1 mon 3 days 00:00:00.000001', 1.50, 'NaN', '\\\\x00ff', '{1,NULL}', 'sad', 'c',
  '(1,2)', '10.0.0.1' FROM generate_series(1, 3) i
"""


def test_every_type_comes_back_as_it_was(pg: Target, live: Live) -> None:
    """PostgreSQL: a composite key, and types with and without equality, to the last bit."""
    pg.execute(*TYPED.split(";\n"))
    everything = "SELECT typed::text FROM typed ORDER BY b"
    before = pg.rows(everything)
    values = {
        "j": {"new": [1]}, "jb": None, "t": sa.func.now(), "i": sa.text("interval '1 hour'"), "num": 2,
        "f": 0.5,
        "by": b"\x01", "arr": [7], "m": "ok", "c": "d", "p": sa.text("point '(3,4)'"),
        "ip": "10.0.0.2",
    }  # fmt: skip
    with live(pg):
        count = online.update_remembered(
            "typed", "typed", values, where=sa.text("b <> 'key 2'"), key=("b", "a")
        )
    assert count == 2
    assert pg.rows("SELECT j::text, m::text, num, ip::text FROM typed WHERE b = 'key 1'") == [
        ('{"new": [1]}', "ok", 2, "10.0.0.2/32")
    ]
    with live(pg):
        assert online.restore_remembered("typed") == Restored(2, 0, 0)
    assert pg.rows(everything) == before


def test_every_kind_of_value_comes_back_on_sqlite(sqlite: Target, live: Live) -> None:
    """SQLite: texts, numbers, blobs and NULL in any column, with a composite key."""
    sqlite.execute(
        "CREATE TABLE typed (a TEXT, b INTEGER, v, w NUMERIC, d DATETIME, j JSON, PRIMARY KEY (a, b)) "
        "WITHOUT ROWID",
        "INSERT INTO typed VALUES ('x', 1, '007', '1e3', '2024-03-31 01:59:59.123456', '[1,  2]'), "
        "('x', 2, x'00ff', NULL, NULL, NULL), ('y', 1, 1.5, 'text', 7, '{}')",
    )
    everything = "SELECT a, b, v, typeof(v), w, typeof(w), d, typeof(d), j FROM typed ORDER BY a, b"
    before = sqlite.rows(everything)
    with live(sqlite):
        values = {"v": "1", "w": "2", "d": None, "j": {"n": 1}}
        online.update_remembered("typed", "typed", values, where=sa.true(), key=["a", "b"])
    assert sqlite.rows(everything) != before
    with live(sqlite):
        assert online.restore_remembered("typed") == Restored(3, 0, 0)
    assert sqlite.rows(everything) == before


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a table that is not there": ({"table": "nowhere"}, "there is no table 'nowhere'"),
    "a column that is not there": ({"values": {"stat": 1}}, "'document' has no column 'stat'"),
    "a key that is not there": ({"key": "uuid"}, "'document' has no column 'uuid'"),
    "a key that is none": ({"key": "status", "values": {"n": 1}}, r"\(status\) is no key of 'document'"),
    "the key itself": ({"values": {"id": 1}}, "the key itself cannot be changed"),
    "no value": ({"values": {}}, "no value is given"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_bad_input(filled: Target, live: Live, kind: str) -> None:
    """Each is refused by name, with a hint, before anything is done."""
    given, said = BAD[kind]
    arguments = {"table": "document", "values": {"status": "x"}, "where": sa.true(), **given}
    with pytest.raises(OperationRefused, match=said) as caught, live(filled):
        online.update_remembered("x", **arguments)
    assert caught.value.hint
    assert statuses(filled) == ["old", "old", None, "new", "done"]
    assert own_tables(filled) == set()


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_not_in_an_autocommit_block(filled: Target, live: Live) -> None:
    """The change and the memory of it need one transaction."""
    with (
        pytest.raises(OperationRefused, match="one transaction"),
        live(filled),
        op.get_context().autocommit_block(),
    ):
        online.update_remembered("x", "document", {"status": "x"}, where=OLD)


def test_not_in_a_script(pg: Target, project: MakeProject) -> None:
    """With --sql the error says why not, and what to do."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade=UP)
    done = made.alembic("upgrade", "head", "--sql", check=False)
    assert "OperationRefused: a script cannot have this" in done.stderr


@pytest.mark.parametrize("name", ['My "own" name', "a%b :c; --'", "ä" * 31 + "x", "x" * 200])
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_hostile_names(target: Target, live: Live, name: str) -> None:
    """Of the change, the table, its key and its column."""
    short = name[:60]
    quoted = '"' + short.replace('"', '""') + '"'
    key = '"k' + short[1:].replace('"', '""') + '"'
    target.execute(f"CREATE TABLE {quoted} ({key} text PRIMARY KEY, {quoted} text)")
    target.execute(f"INSERT INTO {quoted} VALUES ('1', 'a'), ('2', NULL)")
    with live(target):
        values = {short: "a%b :c; --'"}
        assert online.update_remembered(name, short, values, where=sa.true(), key=f"k{short[1:]}") == 2
    with live(target):
        assert online.restore_remembered(name) == Restored(2, 0, 0)
    assert target.rows(f"SELECT {quoted} FROM {quoted} ORDER BY 1 DESC") in (
        [("a",), (None,)],
        [(None,), ("a",)],
    )


def test_two_long_names_are_two(pg: Target, live: Live) -> None:
    """Names that a server would cut to the same stay apart."""
    pg.execute(TABLE, ROWS)
    names = ["x" * 80 + end for end in "ab"]
    with live(pg):
        for number, name in enumerate(names, 1):
            online.update_remembered(name, "document", {"n": 0}, where=sa.column("id") == number)
    with live(pg):
        assert [online.restore_remembered(name) for name in names] == [Restored(1, 0, 0)] * 2


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_a_hundred_thousand_rows(target: Target, live: Live) -> None:
    """They are changed and restored in seconds."""
    rows = {
        "sqlite": "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 100000) "
        "INSERT INTO document SELECT i, 'old', i FROM s",
        "postgresql": "INSERT INTO document SELECT i, 'old', i FROM generate_series(1, 100000) i",
    }
    target.execute(TABLE, rows[target.engine])
    began = time.monotonic()
    with live(target):
        assert online.update_remembered("x", "document", {"status": "new"}, where=OLD) == 100_000
    with live(target):
        assert online.restore_remembered("x") == Restored(100_000, 0, 0)
    assert time.monotonic() - began < 30
    assert target.rows("SELECT count(*) FROM document WHERE status = 'old'") == [(100_000,)]
