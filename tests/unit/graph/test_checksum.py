"""The semantic checksum tells code from layout."""

from __future__ import annotations

import ast

import pytest

from limosa.graph.checksum import semantic_checksum

PLAIN = '''"""Add a table."""
from alembic import op
revision = 'a'
def upgrade():
    """Go up."""
    op.execute('DELETE FROM t', {'a': 1, 'b': [1, 2]})
    del (revision, op)
def downgrade(): pass
'''


def checksum(text: str) -> str:
    """Return the checksum of a text."""
    return semantic_checksum(ast.parse(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Add a table.", "Add another.\n\nWith more to say."),
        ('"""Add a table."""\n', ""),
        ('    """Go up."""\n', "    # went up\n\n"),
        ("def downgrade(): pass", 'def downgrade():\n    """Nothing."""'),
        ("'DELETE FROM t'", '"DELETE "  "FROM t"'),
        ("'DELETE FROM t'", "u'DELETE FROM t'"),
        ("{'a': 1, 'b': [1, 2]}", '(\n  {"a": 0x1,\n   "b": [1, 2,],\n  }\n)'),
        ("del (revision, op)", "del revision, op"),
        ("\n", "\r\n"),
    ],
)
def test_layout_comments_and_docstrings_do_not_count(old: str, new: str) -> None:
    """What a formatter or a writer of prose changes leaves the checksum alone."""
    assert old in PLAIN
    assert checksum(PLAIN.replace(old, new)) == checksum(PLAIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DELETE FROM t", "DELETE FROM u"),
        ("'a': 1", "'a': True"),
        ("'a': 1", "'a': 1.0"),
        ("'a': 1", "'a': '1'"),
        ("'a': 1", "'a': b'1'"),
        ("'a': 1", "'a': None"),
        ("[1, 2]", "[2, 1]"),
        ("[1, 2]", "(1, 2)"),
        ("[1, 2]", "[12]"),
        ("revision = 'a'", "revision = 'b'"),
        ("def downgrade", "async def downgrade"),
        ("def upgrade():", "def upgrade(x=None):"),
        ("import op", "import op as op2"),
        ("    op.execute('DEL", "    if 1: op.execute('DEL"),
        ("def downgrade(): pass", "def downgrade(): return"),
        ("def downgrade(): pass", "def downgrade(): 'a'; 'b'"),
    ],
)
def test_any_change_of_code_counts(old: str, new: str) -> None:
    """Another value, type, order, name or statement gives another checksum."""
    assert old in PLAIN
    assert checksum(PLAIN.replace(old, new)) != checksum(PLAIN)


def test_the_checksum_is_the_same_in_every_python() -> None:
    """It stands in ledgers for years: a change of this value breaks all of them."""
    text = (
        "def f(a, *, b=1, **k) -> int:\n    with x as y: return f'{a!r:>{b}}' + 'é' * 10**3 if b else -1j\n"
    )

    assert checksum(text) == "8df4a4a3f76d9383447c542aa02f0cb96b35ebfd7f2c894ad3ad9f4844cdfa19"


def test_an_empty_text_in_an_f_string_counts_for_nothing() -> None:
    """Python 3.12.1 parses ``f'{a:>{b}}'`` with one at the end, others without."""
    plain, longer = ast.parse("f'{a:>{b}}'"), ast.parse("f'{a:>{b}}'")
    (spec,) = (node for node in ast.walk(longer) if isinstance(node, ast.JoinedStr) and len(node.values) > 1)
    spec.values.append(ast.Constant(""))

    assert semantic_checksum(plain) == semantic_checksum(longer)


def test_a_deep_tree_is_no_obstacle() -> None:
    """A long sum is a tree as deep as it is long."""
    assert checksum("x = " + " + ".join(["1"] * 900)) != checksum("x = " + " + ".join(["1"] * 901))
