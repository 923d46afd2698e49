"""What revisions create is read from their text: by Alembic's operations, by SQL, and in no other way."""

from __future__ import annotations

import pytest

from limosa.graph.created import Created, created_by


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('op.create_table("thing", sa.Column("id"))', {Created("table", None, "thing")}),
        ('op.create_table("Thing", schema="app")', {Created("table", "app", "Thing")}),
        ('NAME = "thing"\nop.create_table(NAME)', {Created("table", None, "thing")}),
        ('N = "a"\nN = "b"\nop.create_table(N)', set()),
        ('for n in "ab":\n    op.create_table(n)', set()),
        ('P = "x"\nop.create_table(f"{P}_y")', {Created("table", None, "x_y")}),
        ('op.rename_table("old", "new", schema="s")', {Created("table", "s", "new")}),
        ('op.create_index("ix", "thing", ["id"])', {Created("index", None, "ix")}),
        ('op.create_index(op.f("ix_a"), "thing", ["id"])', {Created("index", None, "ix_a")}),
        ('sa.Enum("a", "b", name="mood")', {Created("type", None, "mood")}),
        ('op.execute(CreateSchema("app"))', {Created("schema", None, "app")}),
        ('op.execute("CREATE TABLE Thing (id int)")', {Created("table", None, "thing")}),
        ("op.execute('CREATE TABLE IF NOT EXISTS app.\"My Thing\" (id int)')",
         {Created("table", "app", "My Thing")}),
        ('op.execute("create or replace view v as select 1")', {Created("table", None, "v")}),
        ('op.execute("CREATE UNLOGGED TABLE u (a int)")', {Created("table", None, "u")}),
        ('op.execute("CREATE MATERIALIZED VIEW m AS SELECT 1")', {Created("table", None, "m")}),
        ('op.execute("CREATE FUNCTION app.f(int) RETURNS int ...")', {Created("function", "app", "f")}),
        ('op.execute("CREATE TYPE mood AS ENUM (1); CREATE DOMAIN d AS int")',
         {Created("type", None, "mood"), Created("type", None, "d")}),
        ('op.execute("CREATE EXTENSION IF NOT EXISTS citext")', {Created("extension", None, "citext")}),
        ('op.execute("ALTER TABLE app.a RENAME TO b")', {Created("table", "app", "b")}),
        ('op.execute("DROP TABLE thing")', set()),
        ('op.drop_table("thing")', set()),
        ("not python at all (", set()),
    ],
)  # fmt: skip
def test_created(source: str, expected: set[Created]) -> None:
    """Literal names are found with their schema, folded as SQL folds them; computed ones are not guessed."""
    assert created_by(source) == expected
