"""On SQLite a revision happens whole or not at all, and a rebuild of a table loses no row of its children."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limosa.config import load
from limosa.errors import DataLoss, RevisionFailed
from limosa.migrator import Migrator
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target, sqlite_target

LOFTS = "CREATE TABLE lofts (id INTEGER PRIMARY KEY, name TEXT, height INTEGER)"
PIGEONS = """CREATE TABLE pigeons (
    ring INTEGER PRIMARY KEY, loft INTEGER REFERENCES lofts (id) ON DELETE {on_delete})"""
FILL = (
    "INSERT INTO lofts VALUES (1, 'north', 4), (2, 'south', -1)",
    "INSERT INTO pigeons VALUES (10, 1), (11, 2)",
)
REBUILD = """
with op.batch_alter_table("lofts", recreate="always") as batch:
    batch.alter_column("name", type_=sa.String(40), existing_type=sa.Text)
"""
FAILING = """
op.add_column("lofts", sa.Column("owner", sa.Text))
with op.batch_alter_table("lofts", recreate="always") as batch:
    batch.create_check_constraint("above_ground", "height > 0")
"""
SHORT_COPY = """
op.execute("CREATE TABLE _alembic_tmp_lofts (id INTEGER PRIMARY KEY, name TEXT)")
op.execute("INSERT INTO _alembic_tmp_lofts SELECT id, name FROM lofts WHERE height > 0")
op.execute("DROP TABLE lofts")
op.execute("ALTER TABLE _alembic_tmp_lofts RENAME TO lofts")
"""
KEYS_ON = """
import sqlalchemy as sa
sa.event.listen({engine}, "connect", lambda driver, _: driver.execute("PRAGMA foreign_keys = ON").close())
"""


def with_keys_on(made: AlembicProject) -> AlembicProject:
    """Let the project's own connect event turn foreign keys on, as SQLAlchemy's documentation advises."""
    is_async = "async" in made.template
    begin = "    async with connectable.connect()" if is_async else "    with connectable.connect()"
    event = KEYS_ON.format(engine="connectable.sync_engine" if is_async else "connectable")
    text = made.env.read_text()
    assert begin in text
    made.env.write_text(text.replace(begin, event.replace("\n", "\n    ").rstrip() + f"\n{begin}"))
    return made


def lofts_and_pigeons(target: Target, *, on_delete: str = "CASCADE", mode: str = "DELETE") -> None:
    """Make a parent with two rows and a child of each."""
    target.execute(f"PRAGMA journal_mode = {mode}", LOFTS, PIGEONS.format(on_delete=on_delete), *FILL)


def contents(target: Target) -> dict[str, Any]:
    """Everything in the file but Limosa's own: each table's definition and rows, and the other objects."""
    found = target.rows("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%limosa%' ORDER BY name")
    tables = sorted(name for name in target.tables() if "limosa" not in name)
    return dict(found) | {f"rows of {table}": target.rows(f'SELECT * FROM "{table}"') for table in tables}


def upgrade(made: AlembicProject, target: str = "head") -> tuple[str, ...]:
    """Upgrade with Limosa and say where that led."""
    return Migrator(project=made.root).upgrade(target).after


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("template", ["generic", "async"])
def test_failing_revision_leaves_nothing(
    project: MakeProject, sqlite: Target, template: str, mode: str
) -> None:
    """No new column and no _alembic_tmp_ table is left, as both are by plain Alembic."""
    made = project(template, url=sqlite.url)
    made.revise("r1", None)
    made.revise("r2", "r1", upgrade=FAILING)
    lofts_and_pigeons(sqlite, mode=mode)
    upgrade(made, "r1")
    before = contents(sqlite)

    with pytest.raises(RevisionFailed, match="above_ground"):
        upgrade(made)

    assert contents(sqlite) == before
    assert sqlite.rows("PRAGMA journal_mode") == [(mode.lower(),)]
    assert sqlite.rows("PRAGMA integrity_check") == [("ok",)]

    assert "above_ground" in made.alembic("upgrade", "head", check=False).stderr
    left = contents(sqlite)
    assert "owner" in left["lofts"]
    assert "_alembic_tmp_lofts" in left


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("on_delete", ["CASCADE", "SET NULL"])
@pytest.mark.parametrize("template", ["generic", "async"])
def test_rebuild_keeps_the_children(
    project: MakeProject, tmp_path: Path, template: str, on_delete: str, mode: str
) -> None:
    """The project turns foreign keys on and rebuilds a parent: its children stay; with Alembic they go."""
    kept = {}
    for tool in ("limosa", "alembic"):
        (tmp_path / tool).mkdir()
        target = sqlite_target(tmp_path / tool)
        lofts_and_pigeons(target, on_delete=on_delete, mode=mode)
        made = with_keys_on(project(template, url=target.url, folder=f"{tool}_project"))
        made.revise("r1", None, upgrade=REBUILD)
        if tool == "limosa":
            upgrade(made)
        else:
            made.alembic("upgrade", "head")
        assert "VARCHAR(40)" in contents(target)["lofts"]
        kept[tool] = target.rows("SELECT ring, loft FROM pigeons ORDER BY ring")

    assert kept["limosa"] == [(10, 1), (11, 2)]
    assert kept["alembic"] == ([] if on_delete == "CASCADE" else [(10, None), (11, None)])


def test_dangling_references_are_refused(project: MakeProject, sqlite: Target) -> None:
    """A revision that deletes a parent and leaves its child is refused, named, and undone."""
    made = project(url=sqlite.url)
    lofts_and_pigeons(sqlite)
    made.revise("r1", None, upgrade='op.execute("DELETE FROM lofts WHERE id = 2")')
    before = contents(sqlite)

    with pytest.raises(DataLoss, match="1 rows of 'pigeons' would refer to rows of 'lofts'") as caught:
        upgrade(made)

    assert caught.value.fields["table"] == "pigeons"
    assert contents(sqlite).items() >= before.items()
    assert Migrator(project=made.root).status().current == ()


def test_references_that_dangled_before_do_not_block(project: MakeProject, sqlite: Target) -> None:
    """What led nowhere before the run is no reason to refuse it, and stays as it was; one more is."""
    made = with_keys_on(project(url=sqlite.url))
    lofts_and_pigeons(sqlite)
    sqlite.execute("INSERT INTO pigeons VALUES (12, 99)")
    made.revise("r1", None, upgrade=REBUILD)
    made.revise("r2", "r1", upgrade='op.execute("INSERT INTO pigeons VALUES (13, 98)")')

    assert upgrade(made, "r1") == ("r1",)
    with pytest.raises(DataLoss):
        upgrade(made)

    assert sqlite.rows("SELECT ring, loft FROM pigeons ORDER BY ring") == [(10, 1), (11, 2), (12, 99)]


def test_rebuild_that_loses_rows_is_refused(project: MakeProject, sqlite: Target) -> None:
    """A copy that does not take every row along is refused before the original is dropped."""
    made = project(url=sqlite.url)
    lofts_and_pigeons(sqlite)
    sqlite.execute("DELETE FROM pigeons")
    made.revise("r1", None, upgrade=SHORT_COPY)
    before = contents(sqlite)

    with pytest.raises(DataLoss, match="1 of the 2 rows of 'lofts'") as caught:
        upgrade(made)

    assert (caught.value.fields["before"], caught.value.fields["after"]) == (2, 1)
    assert contents(sqlite).items() >= before.items()


def test_dropping_a_parent_and_its_children_is_allowed(project: MakeProject, sqlite: Target) -> None:
    """Tables that a revision means to drop are dropped, with whatever refers to them."""
    made = with_keys_on(project(url=sqlite.url))
    lofts_and_pigeons(sqlite)
    made.revise("r1", None, upgrade='op.drop_table("pigeons")\nop.drop_table("lofts")')

    assert upgrade(made) == ("r1",)
    assert {"lofts", "pigeons"} & sqlite.tables() == set()


ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")
CHANGES = {
    "type": 'batch.alter_column("note", type_=sa.String(40), existing_type=sa.Text)',
    "column": 'batch.add_column(sa.Column("extra", sa.Integer))',
    "check": 'batch.create_check_constraint("positive", "id > 0")',
    "nothing": "pass",
}
CHOOSE = f"""
from alembic import context
chosen = context.get_x_argument(as_dictionary=True)
with op.batch_alter_table(chosen["table"], recreate="always") as batch:
    exec({CHANGES!r}[chosen["change"]])
"""


@dataclass(frozen=True)
class Family:
    """Tables t0, t1 …, each referring to itself or an earlier one, with rows, and the one that is rebuilt."""

    keys: tuple[tuple[int, str] | None, ...]
    """For each table, the table that it refers to, and its ON DELETE action."""
    rows: tuple[tuple[int, ...], ...]
    """For each table the reference of each of its rows; 0 is NULL."""
    rebuilt: int
    change: str

    def statements(self) -> list[str]:
        """Write the schema and its rows."""
        made = []
        for number, key in enumerate(self.keys):
            reference = "" if key is None else f" REFERENCES t{key[0]} (id) ON DELETE {key[1]}"
            made.append(
                f"CREATE TABLE t{number} "
                f"(id INTEGER PRIMARY KEY, parent INTEGER DEFAULT 1{reference}, note TEXT)"
            )
            for row, parent in enumerate(self.rows[number], start=1):
                made.append(f"INSERT INTO t{number} VALUES ({row}, {parent or 'NULL'}, 'n{row}')")
        return made


@st.composite
def families(draw: st.DrawFn) -> Family:
    """Draw a family in which no reference leads nowhere."""
    size = draw(st.integers(1, 3))
    sizes = draw(st.lists(st.integers(1, 3), min_size=size, max_size=size))
    keys: list[tuple[int, str] | None] = []
    rows = []
    for number in range(size):
        parent = draw(st.integers(0, number))
        has_key = draw(st.booleans()) or number > 0
        keys.append((parent, draw(st.sampled_from(ACTIONS))) if has_key else None)
        choices = st.integers(0, sizes[parent]) if has_key else st.just(0)
        rows.append(tuple(draw(choices) for _ in range(sizes[number])))
    rebuilt = draw(st.integers(0, size - 1))
    return Family(tuple(keys), tuple(rows), rebuilt, draw(st.sampled_from(sorted(CHANGES))))


COUNTER = itertools.count()


@given(family=families())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_rebuild_keeps_any_family(project: MakeProject, tmp_path: Path, family: Family) -> None:
    """Whatever refers to whatever, under whichever action, a rebuild keeps each row and reference."""
    root = tmp_path / "project"
    made = AlembicProject(root, "generic") if root.exists() else with_keys_on(project())
    if not (made.versions / "r1_revision_r1.py").exists():
        made.revise("r1", None, upgrade=CHOOSE)
    folder = tmp_path / f"family{next(COUNTER)}"
    folder.mkdir()
    target = sqlite_target(folder)
    target.execute(*family.statements())
    before = rows_of(target, family)
    x = (f"table=t{family.rebuilt}", f"change={family.change}")

    Migrator(load(project=root, url=target.url.reveal(), x=x)).upgrade()

    assert rows_of(target, family) == before
    assert target.rows("PRAGMA foreign_key_check") == []
    rebuilt = target.rows(
        "SELECT group_concat(sql) FROM sqlite_master WHERE name = ?", (f"t{family.rebuilt}",)
    )
    marks = {"type": "VARCHAR(40)", "column": "extra", "check": "positive", "nothing": "CREATE TABLE"}
    assert marks[family.change] in rebuilt[0][0]


def rows_of(target: Target, family: Family) -> list[list[tuple[Any, ...]]]:
    """Read the rows of all tables, without what the rebuild may have added."""
    return [
        target.rows(f"SELECT id, parent, note FROM t{number} ORDER BY id")
        for number in range(len(family.keys))
    ]
