"""What a revision does is read from its text: operations, batches, SQL, helpers, and what they depend on."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from limosa.graph.operations import operations_of


def told(body: str, *, before: str = "") -> list[str]:
    """Return the operations of an ``upgrade()`` with this body, each in a line."""
    source = f"from alembic import op\n{dedent(before)}\ndef upgrade():\n{indent(dedent(body), '    ')}\n"
    return [
        f"{one.what} | {one.subject} | {one.detail} | {one.condition}"
        for one in operations_of(source, "upgrade")
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'op.create_table("thing", sa.Column("id", sa.Integer(), nullable=False), schema="app")',
            "create table | app.thing | id Integer() | ",
        ),
        ('op.add_column("thing", sa.Column("owner", sa.Text))', "add column | thing.owner | owner Text | "),
        ('op.drop_column("thing", "owner")', "drop column | thing.owner |  | "),
        ('op.alter_column("thing", "own", nullable=False)', "alter column | thing.own | nullable=False | "),
        ('op.create_index(op.f("ix"), "thing", ["a"])', "create index | ix | thing, ['a'] | "),
        ('op.drop_table(table_name="thing")', "drop table | thing |  | "),
        ('op.execute("DELETE  FROM\\n thing")', "run SQL |  | DELETE FROM thing | "),
        ('op.execute(sa.text("SELECT 1"))', "run SQL |  | SELECT 1 | "),
        ('op.execute(f"DROP {KIND()} x")', "run SQL |  | DROP {KIND()} x | "),
        ("for n in names():\n    op.drop_table(n)", "drop table | n |  | for n in names()"),
        ('if offline():\n    pass\nelse:\n    op.drop_table("a")', "drop table | a |  | if not (offline())"),
        ('with op.batch_alter_table("thing") as b:\n    b.drop_column("n")', "drop column | thing.n |  | "),
        ('with op.batch_alter_table("thing") as b:\n    b.add_column(sa.Column("n", sa.Integer))',
         "add column | thing.n | n Integer | "),
    ],
)  # fmt: skip
def test_an_operation_in_words(body: str, expected: str) -> None:
    """Each says what, to what, how, and under which condition."""
    assert [line for line in told(body) if not line.startswith("use ")] == [expected]


def test_names_and_helpers_of_the_file() -> None:
    """A name that stands for a text is that text; a helper is told by its call; nothing is run."""
    helpers = 'NAME = "thing"\n\ndef fill(table):\n    raise SystemExit\n'
    assert told("op.drop_table(NAME)\nfill(NAME)\n1 / 0", before=helpers) == [
        "drop table | thing |  | ",
        "call | fill() | thing | ",
    ]


@pytest.mark.parametrize("source", ["", "def upgrade(", "upgrade = 1", "def downgrade():\n    pass"])
def test_what_is_not_there(source: str) -> None:
    """A file without the function, or that is no Python, does nothing."""
    assert operations_of(source, "upgrade") == ()
