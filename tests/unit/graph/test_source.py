"""What is read from a revision file without running it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from limosa.errors import GraphError
from limosa.graph import Graph

FILE = '''"""Add orders,
with their lines.

They belong together.

Revision ID: abc1
Revises: base1
Create Date: 2026-01-15 08:30:00.000000+02:00

"""
{head}


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
'''


def read(tmp_path: Path, text: str, *, name: str = "abc1_add.py") -> Graph:
    """Read a folder that holds this one file."""
    (tmp_path / name).write_bytes(text.encode())
    return Graph.read([tmp_path])


@pytest.mark.parametrize(
    "head",
    [
        "revision = 'abc1'\ndown_revision = None\nbranch_labels = ('left', 'l2')\ndepends_on = None",
        "revision: str = 'abc1'\ndown_revision: str | None = None\nbranch_labels: object = ['left', 'l2']",
        "x = revision = 'abc1'\ndown_revision = ()\nbranch_labels = 'l' 'eft', 'l2'",
        "revision = 'old'\nrevision = 'abc1'\ndown_revision = None\nbranch_labels = ('left', 'l2')",
        "from x import *\nrevision = 'abc1'\ndepends_on = down_revision = None\nbranch_labels = 'left', 'l2'",
        "down_revision: str\nrevision = 'abc1'\ndown_revision = None\nbranch_labels = ('left', 'l2')",
    ],
)
def test_identifiers_are_read_however_they_are_spelt(tmp_path: Path, head: str) -> None:
    """Plain, annotated and chained assignments, strings, tuples and lists; the last one counts."""
    (revision,) = read(tmp_path, FILE.format(head=head)).revisions.values()

    assert revision.id == "abc1"
    assert revision.parents == ()
    assert revision.labels == ("left", "l2")
    assert revision.depends_on == ()
    assert revision.is_base


def test_the_message_is_the_first_paragraph_in_one_line(tmp_path: Path) -> None:
    """The docstring gives message, text and date; the functions are seen."""
    graph = read(tmp_path, FILE.format(head="revision = 'abc1'\ndown_revision = None"))
    revision = graph.get("abc1")

    assert revision.message == "Add orders, with their lines."
    assert revision.doc.startswith("Add orders,\nwith their lines.\n\nThey belong together.")
    assert revision.created == "2026-01-15 08:30:00.000000+02:00"
    assert revision.has_upgrade
    assert revision.has_downgrade
    assert revision.path == tmp_path.resolve() / "abc1_add.py"
    assert graph.source("abc1") == revision.path.read_text()


def test_absent_parts_are_absent(tmp_path: Path) -> None:
    """No docstring and no functions are no error: the graph does not depend on them."""
    revision = read(tmp_path, "revision = 'a'\ndown_revision = None\n").get("a")

    assert (revision.message, revision.doc, revision.created) == ("", "", None)
    assert not revision.has_upgrade
    assert not revision.has_downgrade


def test_a_declared_encoding_is_honoured(tmp_path: Path) -> None:
    """A file in Latin-1 is read as such, its source too."""
    text = '# -*- coding: latin-1 -*-\n"""Größe"""\nrevision = "a"\ndown_revision = None\n'
    (tmp_path / "a.py").write_bytes(text.encode("latin-1"))
    graph = Graph.read([tmp_path])

    assert graph.get("a").message == "Größe"
    assert graph.source("a") == text


@pytest.mark.parametrize(
    "head",
    [
        "import os\nrevision = 'abc1'\ndown_revision = os.environ['PARENT']",
        "revision, down_revision = 'abc1', None",
        "revision = 'abc1'\nif revision:\n    down_revision = None",
        "revision = 'abc1'\ndown_revision = None\ndepends_on = ['a', *OTHERS]",
        "revision = 'abc1'\ndown_revision = None\nfrom elsewhere import depends_on",
        "revision = 'abc1'\ndown_revision = None\nfrom elsewhere import *",
        "revision = 'abc1'\ndown_revision = None\nfor branch_labels in [None]:\n    pass",
        "revision = 'abc1'\ndown_revision = None\nbranch_labels = ()\nbranch_labels += ('x',)",
    ],
)
def test_a_computed_identifier_is_left_to_the_fallback(tmp_path: Path, head: str) -> None:
    """The caller executes such a file; without a caller's help it is an error that names it."""
    (tmp_path / "abc1_add.py").write_text(FILE.format(head=head))
    asked: list[Path] = []

    def execute(path: Path) -> Mapping[str, object]:
        asked.append(path)
        return {"revision": "abc1", "down_revision": (), "depends_on": None, "upgrade": print}

    revision = Graph.read([tmp_path], fallback=execute).get("abc1")

    assert asked == [tmp_path.resolve() / "abc1_add.py"]
    assert revision.has_upgrade
    assert not revision.has_downgrade
    assert revision.message == "Add orders, with their lines."
    with pytest.raises(GraphError, match="computes") as caught:
        Graph.read([tmp_path])
    assert caught.value.fields["paths"] == (str(asked[0]),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("revision = 'a'\ndown_revision = None\ndef upgrade(:\n    pass\n", "line 3"),
        ("revision = 'a\0'", "not Python"),
        ("revision = 'a'\n", "sets no 'down_revision'"),
        ("def upgrade(): pass\n", "sets no 'revision'"),
        ("revision = 17\ndown_revision = None\n", "17, which is not a string"),
        ("revision = 'a'\ndown_revision = ('b', 3)\n", "3, which is not a string"),
        ("revision = 'a-b'\ndown_revision = None\n", "no target could name"),
    ],
)
def test_a_file_that_cannot_be_a_revision_is_named(tmp_path: Path, text: str, says: str) -> None:
    """The error names file and cause and says what to do."""
    with pytest.raises(GraphError, match=says) as caught:
        read(tmp_path, text)

    assert "abc1_add.py" in str(caught.value)
    assert caught.value.fields["paths"] == (str(tmp_path.resolve() / "abc1_add.py"),)
    assert caught.value.hint


def test_a_file_named_by_its_id_needs_no_revision(tmp_path: Path) -> None:
    """Alembic's oldest projects name the file by the hexadecimal id."""
    assert read(tmp_path, "down_revision = None\n", name="0ab1.py").heads == ("0ab1",)
